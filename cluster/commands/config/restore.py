"""``flotilla config restore``: a router brought back by a stored version, a binary backup, or another router."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

import typer

from api import loading
from cluster import console, terminal
from cluster.commands import push
from cluster.commands.config import STATUSES, DeviceArgument, command, lay, replacement
from cluster.commands.device import deeds
from db import binaries, configs
from db.binaries import Kept
from fleet import control
from fleet.control import BACK, PROMPT
from fleet.errors import BadInput
from routeros.restore import Kind

SHOWN: Final = 20
"""Versions that are laid out to choose from, the newest."""

CHOOSE: Final = "Give one of --version N, --binary ID and --replacement NEW."

BELONGS: Final = {
    "--wait": (Kind.SCRIPT, Kind.BINARY),
    "--override": (Kind.SCRIPT,),
    "--reason": (Kind.SCRIPT,),
    "--identity": (Kind.BINARY,),
    "--secrets": (Kind.REPLACEMENT,),
}
"""The kinds that an option is for; all others are for each."""


@command.command(
    epilog="Examples: [bold]flotilla config restore core-1 --tenant northwind[/] (what there is to choose from)\n\n"
    "[bold]flotilla config restore core-1 --tenant northwind --version 3 --dry-run[/]\n\n"
    "[bold]flotilla config restore core-1 --tenant northwind --binary 5f0c… --identity core-1 --wait[/]\n\n"
    "[bold]flotilla config restore core-1 --tenant northwind --replacement core-2 > core-2.rsc[/]"
    + STATUSES.format(wrong="with --wait: it did not end well, or not in time")
)
def restore(
    device: DeviceArgument,
    tenant: console.TenantOption,
    version: Annotated[int | None, typer.Option(min=1, help="Push this stored version of its configuration.")] = None,
    binary: Annotated[UUID | None, typer.Option(metavar="ID", help="Load this binary backup of its own.")] = None,
    other: Annotated[
        str | None, typer.Option("--replacement", metavar="NAME|ID", help="Write the script for this one instead.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would be done; do nothing.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Wait for the end; 1 unless all went well.")] = False,
    override: Annotated[str | None, typer.Option(help="Of a version: the device's identity, despite risks.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why the override, for the record.")] = None,
    identity: Annotated[str | None, typer.Option(help="Of a binary backup: its identity, to confirm.")] = None,
    secrets: Annotated[bool, typer.Option("--secrets", help="Of a replacement: with its secrets.")] = False,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Bring a device back: by a stored version, by a binary backup, or by another device in its place.

    A version is a push, with its plan, its risks and its nets. A binary backup is loaded by the device that it is of
    alone, which restarts and loses what came since. A replacement prints what the other device takes over, and tells
    what it cannot. Without any of them, what there is to choose from is listed.
    """
    said = {"--wait": wait, "--override": override, "--reason": reason, "--identity": identity, "--secrets": secrets}
    kind = _kind((version, binary, other), [name for name, value in said.items() if value not in (None, False)])
    if kind is None:
        _lay_out(device, tenant, state, as_json)
        raise BadInput("A restore names its kind; nothing was done.", CHOOSE)
    if version is not None:
        begin = partial(push.begin, device, tenant, version=version, state=state, as_json=as_json)
        begin(dry_run=dry_run, override=override, reason=reason, wait=wait)
    elif binary is not None:
        _load(device, _Loading(tenant, binary, identity, dry_run, wait), state, as_json)
    elif other is not None:
        replacement.write(device, other, replacement.Telling(tenant, None, secrets, as_json), state)


@dataclass(frozen=True, slots=True)
class _Loading:
    """Which backup is to be loaded, and how."""

    tenant: str
    binary: UUID
    identity: str | None
    dry_run: bool
    wait: bool


def _kind(ways: tuple[object, object, object], options: Collection[str]) -> Kind | None:
    """Tell the kind that was named, None without any; raises BadInput for several, and for options of another one."""
    kinds = [kind for kind, value in zip(Kind, ways, strict=True) if value is not None]
    if len(kinds) > 1:
        raise BadInput("A restore is of one kind.", CHOOSE)
    for name in options:
        if kinds and kinds[0] not in BELONGS[name]:
            fitting = " or ".join(f"a {kind}" for kind in BELONGS[name])
            raise BadInput(f"{name} does not go with a {kinds[0]}.", f"Leave it out; it is for {fitting}.")
    return kinds[0] if kinds else None


def _lay_out(which: str, tenant: str, state: Path | None, as_json: bool) -> None:
    """List the versions and the binary backups of a device."""
    with console.opened(state) as here, here.entered(here.tenant(tenant)) as session:
        device_id = console.device(session, which).id
        versions, kept = configs.page(session, device_id, None, SHOWN), binaries.listed(session, device_id)
    if as_json:
        found = [asdict(one) for one in versions]
        terminal.answer({"versions": found, "binaries": [_document(one) for one in kept]})
        return
    lay(versions)
    rows = [
        (str(one.id), f"{one.at:%Y-%m-%d %H:%M:%S}", one.origin.ros_version, str(one.size), one.asked_by)
        for one in kept
    ]
    terminal.table("", ("binary backup", "taken (UTC)", "RouterOS", "bytes", "asked by"), rows)


def _load(which: str, wanted: _Loading, state: Path | None, as_json: bool) -> None:
    """Have a device load a backup of its own, once its identity was said; raises Unfit where it is not its own."""
    with console.opened(state) as here:
        one = here.tenant(wanted.tenant)
        with here.entered(one) as session:
            row = console.device(session, which)
            kept = binaries.one(session, row.id, wanted.binary)
        loading.check(kept, row)
        would = (
            f"{row.name} at {row.endpoint} would load its backup of {kept.at:%Y-%m-%d %H:%M:%S} UTC and restart; "
            "what was changed since is lost."
        )
        if wanted.dry_run:
            _tell(kept, would, as_json)
            return
        sure = deeds.confirmed(row, wanted.identity, would)
        author = here.author()
        errand = control.load((row.tenant_id, row.id), kept.id, sure, (author.by, author.at))
        deeds.do(here, one, errand, PROMPT + BACK if wanted.wait else None, as_json)


def _tell(kept: Kept, would: str, as_json: bool) -> None:
    if as_json:
        terminal.answer({"binary": _document(kept), "would": would})
    else:
        typer.echo(would)


def _document(kept: Kept) -> dict[str, Any]:
    origin = kept.origin
    facts = {"id": kept.id, "at": kept.at, "asked_by": kept.asked_by, "size": kept.size}
    return {**facts, "version": origin.ros_version, "model": origin.model, "serial": origin.serial or None}
