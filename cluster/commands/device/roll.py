"""``flotilla device list``: those devices of a tenant that are meant, in the order that is asked for."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated

import typer
from pydantic import ValidationError
from sqlalchemy.orm import Session

from api import meant
from api.meant import MeantQuery
from api.problems import Invalid
from cluster import console, terminal
from cluster.commands.device import command, document
from db import listing
from db.inventory import DeviceRow
from db.listing import Order, Sort
from fleet.errors import BadInput

EPILOG = (
    "Examples: [bold]flotilla device list --tenant northwind --site Oslo --json[/]\n\n"
    "[bold]flotilla device list --tenant northwind --in down,stale --tag core,edge --sort=-since[/]"
)
SortOption = Annotated[
    str, typer.Option(metavar="[-]FIELD", help=f"{', '.join(Sort)}; with a minus the other way round.")
]


@command.command("list", epilog=EPILOG)
def show(
    tenant: console.TenantOption,
    shown: Annotated[str | None, typer.Option("--in", help="Only those in one of these states: down,stale.")] = None,
    text: Annotated[str | None, typer.Option(help="Only those with this in a name, address, model …")] = None,
    site: Annotated[str | None, typer.Option(help="Only those at one of these sites.", show_default="all")] = None,
    tag: Annotated[str | None, typer.Option(help="Only those with one of these tags.", show_default="all")] = None,
    tags_all: Annotated[str | None, typer.Option(help="Only those with all of these tags.")] = None,
    model: Annotated[str | None, typer.Option(help="Only those of one of these models; hAP* begins so.")] = None,
    version: Annotated[str | None, typer.Option(help="Only those with one of these versions; 7.18* too.")] = None,
    group: Annotated[str | None, typer.Option(help="Only those of this group.")] = None,
    sort: SortOption = "name",
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """List the devices of a tenant and how each is. Several words have commas between them."""
    given = {"state": shown, "q": text, "site": site, "tag": tag, "tags_all": tags_all, "model": model}
    query = _query({**given, "version": version, "group": group})
    with console.opened(state) as here:
        one, now = here.tenant(tenant), here.settings.clock().now()
        found = list(here.every(one, partial(_page, query, _order(sort, now))))
    if as_json:
        terminal.answer([document(row, now) for row in found])
    else:
        rows = [
            (r.name, r.shown(now), str(r.endpoint), r.endpoint.tls, r.site or "", ", ".join(r.tags), r.error or "")
            for r in found
        ]
        terminal.table("", ("name", "state", "address", "tls", "site", "tags", "what is wrong"), rows)


def _query(given: dict[str, str | None]) -> MeantQuery:
    """Read what is asked for; raises BadInput that names the option."""
    try:
        return MeantQuery.model_validate(given)
    except ValidationError as error:
        fault = Invalid.of("query", error).errors[0]
        option = {"state": "in", "q": "text"}.get(fault.name, fault.name.replace("_", "-"))
        raise BadInput(
            f"--{option} is wrong: {fault.detail}", "`flotilla device list --help` has examples."
        ) from error


def _order(sort: str, now: datetime) -> Order:
    try:
        return Order(now, Sort(sort.removeprefix("-")), sort.startswith("-"))
    except ValueError:
        raise BadInput(f"Devices have no order {sort!r}.", f"Choose one of: {', '.join(Sort)}.") from None


def _page(query: MeantQuery, order: Order, session: Session, last: DeviceRow | None) -> list[DeviceRow]:
    after = None if last is None else listing.place(last, order)
    return listing.page(session, meant.filters(session, query, order.now), order, after, console.PAGE)
