"""``flotilla device import`` and ``export``: all devices of a tenant as a table of a spreadsheet."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from sqlalchemy.orm import Session

from api import bulk, lines
from api.bulk import TRUSTED, Desk
from api.lines import Action, Numbered, RowResult, Status
from api.probing import Probes
from cluster import admission, console, terminal
from cluster.commands.device import command
from cluster.console import Console
from db import inventory
from db.accounts import TenantRow
from db.inventory import DeviceRow
from db.vault import Vault
from fleet import sheets
from fleet.errors import BadInput, Unavailable

MOST: Final = 100_000
"""Rows of one file."""

EXPORTED: Final = (
    *("id", "name", "address", "port", "tls", "fingerprint", "streams", "interval_seconds", "username"),
    *("profile", "site", "tags", "collectors_off"),
)

TAKE: Final = (
    "Examples: [bold]flotilla device import fleet.csv --tenant northwind --dry-run[/]\n\n"
    f"The columns, in any order: {', '.join(lines.COLUMNS)}. A row is found by its id or else its name; an empty "
    "cell leaves a thing as it is, a dash empties site, tags and collectors_off.\n\n"
    "Exit statuses: 0 all rows are as they should be · 1 some failed, and left nothing · 2 nothing was begun."
)


@command.command("import", epilog=TAKE)
def take(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="The table; - reads standard input.")],
    tenant: console.TenantOption,
    action: Annotated[
        Action, typer.Option(help="What a row is for that does not say so itself; apply: make it, or change it.")
    ] = Action.APPLY,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would become of each row, no more.")] = False,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Make, change and remove devices by a table (CSV), each row for itself; a bad one costs only itself."""
    rows = lines.twice(lines.table(_data(file), MOST))
    with console.opened(state) as here, here.vault() as vault, closing(Probes(here.settings.poll_timeout)) as probes:
        one = here.tenant(tenant)
        vault.ensure(one.id)
        found = _every(rows, partial(_some, _Ways(here, one, vault, probes), action, dry_run))
    if as_json:
        items = [result.model_dump(mode="json") for result in found]
        terminal.answer({"dry_run": dry_run, "counts": lines.counted(found), "items": items})
    else:
        _show(found, dry_run)
    raise typer.Exit(1 if any(result.status is Status.FAILED for result in found) else 0)


@command.command(epilog="Example: [bold]flotilla device export --tenant northwind --output fleet.csv[/]")
def export(
    tenant: console.TenantOption,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="Write it there.", show_default="standard output")
    ] = None,
    state: terminal.StateOption = None,
) -> None:
    """Write the devices of a tenant as a table that import takes back; passwords are not in it."""
    with console.opened(state) as here:
        rows = here.every(here.tenant(tenant), _page)
        written = sheets.write(EXPORTED, map(_cells, rows))
        if output is None:
            for line in written:
                typer.echo(line, nl=False)
        else:
            count = _write(output, written)
            terminal.say(f"{output} has {count} devices.")


@dataclass(frozen=True, slots=True)
class _Ways:
    """What an import goes through."""

    here: Console
    tenant: TenantRow
    vault: Vault
    probes: Probes


def _data(file: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}.", "Name another file.") from error


def _every(rows: Sequence[Numbered], do: Callable[[Sequence[Numbered]], Sequence[RowResult]]) -> list[RowResult]:
    """Do the rows a part after the other, each in a transaction of its own, and say how far it is.

    Where a server goes away in between, the rows that are left have failed. Raises Unavailable before the first.
    """
    found: list[RowResult] = []
    with terminal.live() as progress:
        for first in range(0, len(rows), TRUSTED):
            try:
                found += do(rows[first : first + TRUSTED])
            except Unavailable as error:
                if not found:
                    raise
                return [*found, *(RowResult.failed(row.line, error) for row in rows[first:])]
            failed = sum(result.status is Status.FAILED for result in found)
            progress(f"{len(found)} of {len(rows)} rows, {failed} failed")
    return found


def _some(ways: _Ways, action: Action, dry_run: bool, rows: Sequence[Numbered]) -> list[RowResult]:
    """Do some rows in one transaction."""
    here, one = ways.here, ways.tenant
    allowed = here.egress(one)
    with here.registry(one) as registry:
        desk = Desk(
            tenant_id=one.id,
            registry=registry,
            egress=allowed,
            interval=admission.often(here.settings.interval),
            seals=lambda secrets: ways.vault.seal(one.id, [secret.encode() for secret in secrets]),
            look=partial(ways.probes.look, one.id, egress=allowed),
        )
        return bulk.run(desk, rows, action, dry=dry_run)


def _show(found: Sequence[RowResult], dry_run: bool) -> None:
    failed = [result for result in found if result.status is Status.FAILED]
    if failed:
        rows = [(str(one.line), one.name or "", _why(one), one.next_step or "") for one in failed]
        terminal.table("", ("line", "device", "what is wrong", "what to do"), rows)
    counts = [f"{count} {status}" for status, count in lines.counted(found).items() if count]
    typer.echo(f"{'Nothing was kept; it would be: ' if dry_run else ''}{', '.join(counts)}.")


def _why(one: RowResult) -> str:
    faults = "; ".join(f"{fault.name}: {fault.detail}" for fault in one.errors)
    return faults or one.detail or ""


def _page(session: Session, last: DeviceRow | None) -> list[DeviceRow]:
    return inventory.page(session, None if last is None else last.name, console.PAGE)


def _cells(row: DeviceRow) -> dict[str, Any]:
    """Lay a device out by column; what is empty stays as it is when it is taken back."""
    place, seconds = row.endpoint, row.interval.total_seconds()
    return {
        "id": row.id,
        "name": row.name,
        "address": place.address,
        "port": place.port,
        "tls": place.tls,
        "fingerprint": place.fingerprint,
        "streams": place.streams,
        "interval_seconds": int(seconds) if seconds.is_integer() else seconds,
        "username": None if row.profile else row.username,
        "profile": row.profile,
        "site": row.site,
        "tags": " ".join(row.tags),
        "collectors_off": " ".join(row.collectors_off),
    }


def _write(output: Path, written: Iterable[str]) -> int:
    """Write a file and tell how many rows it has; raises BadInput."""
    count = -1
    try:
        with output.open("w", encoding="utf-8", newline="") as out:
            for line in written:
                out.write(line)
                count += 1
    except OSError as error:
        raise BadInput(f"{output} cannot be written: {error.strerror}.", "Name another file.") from error
    return count
