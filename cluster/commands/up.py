"""``flotilla up`` and ``flotilla down``: start everything on this machine, and stop it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from cluster import certificates, terminal
from cluster.assembly import Assembly
from cluster.programs import ROOT, python
from cluster.servers.state import holder
from db import verifiers
from db.engine import Stores
from fleet import settings
from fleet.errors import StartRefused
from fleet.settings import Settings

command = typer.Typer()
LOOK_EVERY = 0.5
PATIENCE = timedelta(seconds=120)
STOP_PATIENCE = timedelta(seconds=30)
FIRST = (
    "Nobody can sign in yet: [bold]flotilla tenant add SLUG NAME[/], "
    "[bold]flotilla user add EMAIL --tenant SLUG --role super_admin[/], "
    "[bold]flotilla link --enrol EMAIL[/]"
)


@command.command(epilog="Example: [bold]flotilla up --state /var/lib/flotilla --detach[/]")
def up(
    detach: Annotated[bool, typer.Option("--detach", help="Come back once everything runs.")] = False,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="The web server's port.")] = None,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
    alone: Annotated[bool, typer.Option("--alone", hidden=True)] = False,
) -> None:
    """Start everything on this machine, and keep it running: what dies is started again.

    Servers that the settings name by a URL are used; the others run embedded. Ctrl-C or `flotilla down` ends it.
    """
    asked = settings.load(state, announced=False, web_port=port)
    if detach:
        _detached(asked, port, as_json)
        return
    with terminal.terminable(), Assembly(asked, terminal.say) as assembly:
        _announced(assembly, as_json)
        if alone:
            _part(assembly.state.log("up"))
        _until_interrupted(assembly.watch)


def _part(log: Path) -> None:
    """Write to a log from here on: the one who read our output leaves now."""
    with open(log, "ab", opener=partial(os.open, mode=0o600)) as out:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
            os.dup2(out.fileno(), stream.fileno())


def _announced(assembly: Assembly, as_json: bool) -> None:
    if as_json:
        terminal.answer({"url": assembly.web.url, "state": str(assembly.settings.state), "pid": os.getpid()})
        return
    terminal.table("What runs where", ("part", "process", "address"), assembly.places())
    terminal.out.print(f"\nFlotilla is up: [bold]{assembly.web.url}[/] · sign in with [bold]flotilla link EMAIL[/]")
    with Stores.of(assembly.settings) as stores:
        if not verifiers.anybody(stores):
            terminal.out.print(FIRST, soft_wrap=True)
    if path := certificates.authority(assembly.settings):
        terminal.out.print(
            f"Its certificate is from an authority of its own; let browsers trust [bold]{path}[/]", soft_wrap=True
        )
        terminal.out.print(f"  SHA-256 {certificates.fingerprint(path)}", soft_wrap=True)


def _until_interrupted(watch: Callable[[], None]) -> None:
    try:
        while True:
            watch()
            time.sleep(LOOK_EVERY)
    except KeyboardInterrupt:
        terminal.say("stopping")


def _detached(asked: Settings, port: int | None, as_json: bool) -> None:
    """Start ``flotilla up`` in a session of its own and wait until the web server is announced."""
    if pid := holder(asked.state):
        raise StartRefused(
            f"{asked.state} is in use by another Flotilla (process {pid}).", "`flotilla down` stops it."
        )
    more = ["--port", str(port)] if port is not None else []
    child = subprocess.Popen(
        [*python("cluster", "up", "--state", str(asked.state), "--json", "--alone", *more)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert child.stdout is not None
    assert child.stderr is not None
    if first := child.stdout.read(1):
        terminal.say(f"Flotilla is up (process {child.pid}); `flotilla status` tells more, `flotilla down` ends it")
        if as_json:
            typer.echo(first + "".join(iter(child.stdout.readline, "}\n")) + "}")
        return
    said = child.stderr.read().splitlines()
    why = [line.removeprefix("flotilla: ") for line in said if line.startswith("flotilla: ")]
    step = [line.removeprefix("→ ") for line in said if line.startswith("→ ")]
    raise StartRefused(
        " ".join(why) or "Flotilla did not start.", " ".join(step) or "`flotilla up` without --detach tells more."
    )


@command.command(epilog="Example: [bold]flotilla down --state /var/lib/flotilla[/]")
def down(state: terminal.StateOption = None) -> None:
    """Stop the Flotilla of a state directory, and wait until it has ended; status 0 as well where none runs."""
    asked = settings.load(state, announced=False)
    pid = holder(asked.state)
    if pid is None:
        terminal.say(f"nothing runs from {asked.state}")
        return
    os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + STOP_PATIENCE.total_seconds()
    while holder(asked.state) is not None:
        if time.monotonic() > until:
            terminal.say(f"process {pid} has not ended after {STOP_PATIENCE.total_seconds():.0f} s")
            raise typer.Exit(1)
        time.sleep(0.1)
    terminal.say("stopped")
