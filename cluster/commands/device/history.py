"""``flotilla device history``: what was done to the routers of a tenant, by whom and when."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from itertools import islice
from typing import Annotated, Any
from uuid import UUID

import typer
from sqlalchemy.orm import Session

from cluster import console, terminal
from cluster.commands.device import command
from db import inventory, operations
from db.operations import Narrow
from fleet.errors import NotFound
from fleet.identity import DeviceId
from fleet.operations import Operation


@command.command(
    epilog="Examples: [bold]flotilla device history --tenant northwind[/]\n\n"
    "[bold]flotilla device history core-1 --tenant northwind --last 10 --json[/]"
)
def history(
    tenant: console.TenantOption,
    device: Annotated[
        str | None,
        typer.Argument(metavar="NAME|ID", help="One device; one that was removed by its id.", show_default="all"),
    ] = None,
    last: Annotated[int, typer.Option(min=1, help="At most so many, the newest.")] = 50,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Tell what was done to the devices of a tenant, the newest first."""
    with console.opened(state) as here:
        one = here.tenant(tenant)
        with here.entered(one) as session:
            narrow = Narrow(None if device is None else _id(session, device))
        done = list(islice(here.every(one, partial(_page, narrow)), last))
    if as_json:
        terminal.answer([_document(each) for each in done])
    else:
        rows = [(f"{d.at:%Y-%m-%d %H:%M:%S}", d.kind, _name(d), _fields(d), d.by, d.error or d.outcome) for d in done]
        terminal.table("", ("when (UTC)", "what", "device", "changed", "by whom", "outcome"), rows)


def _id(session: Session, device: str) -> DeviceId:
    """Tell the id of a device; raises NotFound for a name that no device has now."""
    try:
        return DeviceId(UUID(device))
    except ValueError:
        pass
    try:
        return inventory.named(session, device).id
    except NotFound as error:
        advice = "One that was removed is found by its id: leave the name out, and say --json."
        raise NotFound(error.message, advice) from error


def _page(narrow: Narrow, session: Session, last: Operation | None) -> list[Operation]:
    return operations.page(session, None if last is None else last.id, console.PAGE, narrow)


def _name(one: Operation) -> str:
    return str(one.detail.get("name") or one.device_id or "")


def _fields(one: Operation) -> str:
    fields = one.detail.get("fields")
    return ", ".join(map(str, fields)) if isinstance(fields, list) else ""


def _document(one: Operation) -> dict[str, Any]:
    instants = {"at": one.at.isoformat(), "ended_at": one.ended_at and one.ended_at.isoformat()}
    return {**asdict(one), **instants}
