"""``flotilla demo``: a simulated fleet, and everything that watches it, in one command."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from cluster import seeding, terminal
from cluster.demo import Demo, Wish
from cluster.report import Report
from cluster.servers.state import write
from cluster.simulation import Fleet
from fleet import settings
from fleet.errors import BadInput

command = typer.Typer()
LONGEST_PAST = timedelta(days=7)

EXAMPLE = "Example: [bold]flotilla demo --devices 500 --interval 30s --for 60s --report demo.json[/]"


@command.command(epilog=EXAMPLE)
def demo(
    devices: Annotated[int, typer.Option(min=1, max=5000, help="How many routers to simulate.")] = 200,
    tenants: Annotated[int, typer.Option(min=1, max=50, help="Among how many tenants.")] = 2,
    interval: Annotated[str, typer.Option(help="How often each is polled.")] = "10s",
    history: Annotated[str, typer.Option(help="How much past to make, at most 7d; 0s for none.")] = "7d",
    lasting: Annotated[str | None, typer.Option("--for", help="End after this long; without it, at Ctrl-C.")] = None,
    report_file: Annotated[
        Path | None, typer.Option("--report", help="Write the figures of the run as JSON.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed simulates the same fleet.")] = 1,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="The web server's port.")] = None,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Start everything on this machine with a simulated fleet, and open a link to look at it.

    Ends with status 0 only if data flowed: every published event is stored, once. With --for it ends by itself.
    """
    asked = settings.load(state, announced=False, interval=interval, web_port=port)
    wish = Wish(
        Fleet(devices, tenants, seed), _past(history), settings.span(lasting) if lasting is not None else None
    )
    _writable(report_file)
    with terminal.terminable():
        done = _run(Demo(asked, wish, terminal.say))
    if report_file:
        report_file.write_text(json.dumps(done.document(), indent=1) + "\n")
    if as_json:
        terminal.answer(done.document())
    _tell(done)
    raise typer.Exit(0 if done.flowed else 1)


def _past(text: str) -> timedelta:
    past = settings.span(text)
    if past > LONGEST_PAST:
        raise BadInput(f"A past of {text} is longer than the 7 days that raw rows are kept.", "Ask for 7d or less.")
    return past


def _writable(path: Path | None) -> None:
    """Find out before the run, not after it, that the report cannot be written."""
    if path is None:
        return
    try:
        path.touch()
    except OSError as error:
        raise BadInput(f"The report {path} cannot be written: {error.strerror}.", "Name another file.") from error


def _run(made: Demo) -> Report:
    """Start, show and count; Ctrl-C ends the showing and not the counting."""
    with made as running:
        _welcome(running)
        with terminal.live() as show:
            try:
                running.run(show)
            except KeyboardInterrupt:
                terminal.say("stopping: the pollers finish, the writers catch up")
        return running.finish()


def _welcome(running: Demo) -> None:
    first, url = running.tenants[0], running.assembly.web.url
    key, header = _kept_key(running, first)
    links = "\n".join(f"  {one.name}\n    [bold cyan]{running.link(one)}[/]" for one in running.tenants[:4])
    terminal.table("\nWhat runs where", ("part", "process", "address"), running.assembly.places())
    terminal.out.print(
        "\n[bold]Flotilla is up.[/] Open a link (each signs in once, within half an hour):\n"
        f"{links}\n\n"
        "Three things to try\n"
        "  1  Open a device and watch its CPU and its traffic move.\n"
        f"  2  curl -H @{header} '{url}/api/tenants/{first.id}/devices?limit=3'\n"
        f"  3  {sys.executable} -c '\n"
        f'from flotilla import Client\nprint(Client("{url}", open("{key}").read()).devices())\'\n\n'
        "A rollout of firmware, from the catalogue to the last device: docs/rollouts.md; SSH is at port "
        f"{running.simulation.ssh_port}.\n\n"
        "Another link: [bold]flotilla link EMAIL[/] · how it is: [bold]flotilla status[/] · end: Ctrl-C\n",
        soft_wrap=True,
    )


def _kept_key(running: Demo, one: seeding.Tenant) -> tuple[Path, Path]:
    """Make an API key and keep it in files of the owner's, as it is and as a header: never in an argument."""
    made, state = seeding.api_key(running.assembly.settings, one), running.assembly.state
    files = state.secret_path("demo-key"), state.secret_path("demo-header")
    write(files[0], made)
    write(files[1], f"Authorization: Bearer {made}\n")
    return files


def _tell(done: Report) -> None:
    """Say in a few lines how it went."""
    verdict = "every event is stored, once" if done.flowed else "the counts do not agree"
    terminal.say(
        f"polls: {done.polls_ok:,} answered, {done.polls_failed:,} failed · "
        f"events: {done.events_published:,} published, {done.events_stored:,} stored · "
        f"rows: {done.rows_stored:,}, {done.duplicate_rows} double · {verdict}"
    )
