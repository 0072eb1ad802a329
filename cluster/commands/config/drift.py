"""``flotilla config drift``: where devices are not as they are intended to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer
from sqlalchemy.orm import Session

from actors import intending
from actors.intending import DriftState, Standing
from cluster import console, terminal
from cluster.commands.config import STATUSES, command
from dashboard import units
from db import inventory, keyring
from db.inventory import DeviceRow

WRONG = (DriftState.DRIFTED, DriftState.UNKNOWN, DriftState.NEVER_READ)
SAID = {
    DriftState.AS_INTENDED: "is as intended",
    DriftState.NOTHING_INTENDED: "has nothing that is intended of it",
    DriftState.NEVER_READ: "was never read: take a backup first",
}

Found = Sequence[tuple[DeviceRow, Standing]]


@command.command(
    epilog="Examples: [bold]flotilla config drift --tenant northwind[/]\n\n"
    "[bold]flotilla config drift core-1 --tenant northwind && echo as intended[/]\n\n"
    "What is found is mended by: flotilla push begin core-1 --drift --tenant northwind"
    + STATUSES.format(wrong="some device is not as intended, or that cannot be told")
)
def drift(
    tenant: console.TenantOption,
    device: Annotated[
        str | None, typer.Argument(metavar="NAME|ID", help="One device.", show_default="all of the tenant's")
    ] = None,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Compare devices, as they were last read, with the templates and pinned versions intended of them."""
    with console.opened(state) as here, here.vault() as vault:
        one = here.tenant(tenant)
        if device is None:
            rows = list(here.every(one, _page))
        with here.entered(one) as session:
            if device is not None:
                rows = [console.device(session, device)]
            intended, ring = intending.read(session, rows), keyring.Keyring(vault)
            found = [(row, intending.look(session, ring, row, intended)) for row in rows]
    if as_json:
        terminal.answer([_document(row, each) for row, each in found])
    else:
        _tell(found, quiet=device is None)
    raise typer.Exit(1 if any(each.state in WRONG for _, each in found) else 0)


def _page(session: Session, last: DeviceRow | None) -> list[DeviceRow]:
    return inventory.page(session, None if last is None else last.name, console.PAGE)


def _tell(found: Found, *, quiet: bool) -> None:
    """Say what differs; ``quiet`` about devices of which nothing is intended."""
    for row, standing in found:
        if quiet and standing.state is DriftState.NOTHING_INTENDED:
            continue
        told = SAID.get(standing.state) or f"has {units.plural(standing.count, 'difference')}"
        typer.echo(f"{row.name} {told}.")
        for part in standing.parts:
            if part.error:
                typer.echo(f"  {part.name}, version {part.number}: {part.error}")
            for finding in part.drift.findings if part.drift else ():
                typer.echo(f"  {finding.menu}: {finding.why}\n    {finding.step}")
    if quiet and all(each.state is DriftState.NOTHING_INTENDED for _, each in found):
        typer.echo("Nothing is intended of any device: assign a template, or pin a version.")


def _document(row: DeviceRow, standing: Standing) -> dict[str, Any]:
    version = standing.version
    parts = [
        {
            "source": part.source,
            "name": part.name,
            "version": part.number,
            "error": part.error.message if part.error else None,
            "findings": [asdict(one) for one in part.drift.findings] if part.drift else [],
        }
        for part in standing.parts
    ]
    facts = {"device_id": row.id, "device": row.name, "state": standing.state, "findings": standing.count}
    return {**facts, "version": None if version is None else version.number, "parts": parts}
