"""``flotilla maintenance``: say when devices are not expected to answer."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated, Any

import typer
from sqlalchemy.orm import Session

from api import times
from cluster import console, terminal
from db import maintenance
from db.maintenance import Maintenance, Narrow, Scope, Window
from fleet.errors import BadInput

command = typer.Typer(name="maintenance", help="Plan, list and take back times of maintenance.", no_args_is_help=True)

ADD = (
    "Examples: [bold]flotilla maintenance add --tenant northwind --site Oslo --for 2h --reason 'power work'[/]\n\n"
    "[bold]flotilla maintenance add --tenant northwind --device core-1 --from 2026-03-01T22:00:00Z "
    "--to 2026-03-02T02:00:00Z --reason upgrade --json[/]\n\n"
    "Exit statuses: 0 done · 2 refused, nothing was changed."
)
SHOWN = 8
"""How much of an id is shown: enough to tell one from another."""

INSTANT = "2026-03-01T22:00:00Z, or now-2h"


@command.command(epilog=ADD)
def add(
    tenant: console.TenantOption,
    reason: Annotated[str, typer.Option(help="Why, for whoever looks at it later.")],
    device: Annotated[str | None, typer.Option(help="For this device, by its name or id.")] = None,
    site: Annotated[str | None, typer.Option(help="For the devices at this site.")] = None,
    tag: Annotated[str | None, typer.Option(help="For the devices with this tag.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="For all devices of the tenant.")] = False,
    start: Annotated[str, typer.Option("--from", help=f"When it begins: {INSTANT}.")] = "now",
    end: Annotated[str | None, typer.Option("--to", help=f"When it ends: {INSTANT}.")] = None,
    lasts: Annotated[str | None, typer.Option("--for", help="Or how long it lasts: 30m, 2h, 1d.")] = None,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Plan a time for which nothing is expected of a device, of a site's devices, of those with a tag, or of all.

    It counts neither for nor against their availability. It may lie in the past, too.
    """
    if [device is not None, site is not None, tag is not None, everything].count(True) != 1:
        raise BadInput("A window is for one thing.", "Give one of --device, --site, --tag and --all.")
    if (end is None) is (lasts is None):
        raise BadInput("It is not said when the window ends.", "Give one of --to and --for.")
    if not 1 <= len(reason) <= 500 or not reason.isprintable():
        raise BadInput("That is no reason that could be kept.", "Say it in a line of at most 500 characters.")
    with console.opened(state) as here:
        one, now = here.tenant(tenant), here.settings.clock().now()
        span = _span(start, end, lasts, now)
        with here.entered(one) as session:
            scope = console.scope(session, device, site, tag)
            made = Maintenance(session, here.author(), one.id).plan(scope, span, reason)
            window = maintenance.one(session, made)
    if as_json:
        terminal.answer(_document(window))
    else:
        typer.echo(f"{window.whom} of {one.slug}: maintenance {_when(window)}. Its id is {str(window.id)[:SHOWN]}.")


@command.command("list", epilog="Example: [bold]flotilla maintenance list --tenant northwind --since now-4w[/]")
def show(
    tenant: console.TenantOption,
    device: Annotated[
        str | None, typer.Option(help="Those that this device is in, by its site and tags too.", show_default="all")
    ] = None,
    since: Annotated[str, typer.Option(help=f"Those that end after: {INSTANT}.")] = "now",
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """List the windows of a tenant by their beginning: those under way and those to come."""
    with console.opened(state) as here:
        one, at = here.tenant(tenant), times.instant(since, here.settings.clock().now())
        with here.entered(one) as session:
            narrow = Narrow(at, None, None if device is None else console.device(session, device).id)
        found = list(here.every(one, partial(_page, narrow)))
    if as_json:
        terminal.answer([_document(each) for each in found])
    else:
        rows = [(str(w.id)[:SHOWN], w.whom, _text(w.start), _text(w.end), w.reason, w.created_by) for w in found]
        terminal.table("", ("id", "what", "from (UTC)", "to (UTC)", "why", "by whom"), rows)


@command.command(epilog="Example: [bold]flotilla maintenance remove 6f9f03ab --tenant northwind[/]")
def remove(
    window: Annotated[str, typer.Argument(metavar="ID", help="Its id, or how that begins, as the list says.")],
    tenant: console.TenantOption,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Take a window back, as if it had never been: what has passed of it counts again."""
    with console.opened(state) as here:
        one = here.tenant(tenant)
        with here.entered(one) as session:
            gone = Maintenance(session, here.author(), one.id).cancel(maintenance.find(session, window).id)
    if as_json:
        terminal.answer(_document(gone) | {"removed": True})
    else:
        typer.echo(f"{gone.whom} of {one.slug}: no maintenance {_when(gone)}.")


def _span(start: str, end: str | None, lasts: str | None, now: datetime) -> tuple[datetime, datetime]:
    """Read from when until when; raises BadInput."""
    begin = times.instant(start, now)
    if end is not None:
        return begin, times.instant(end, now)
    return begin, times.after(begin, times.span(lasts or ""))


def _page(narrow: Narrow, session: Session, last: Window | None) -> list[Window]:
    return maintenance.page(session, None if last is None else last.id, console.PAGE, narrow)


def _document(one: Window) -> dict[str, Any]:
    return {
        "id": one.id,
        "device": one.device,
        "site": one.site,
        "tag": one.scope.tag,
        "all": one.scope == Scope(),
        "from": one.start.isoformat(),
        "to": one.end.isoformat(),
        "reason": one.reason,
        "created_by": one.created_by,
        "created_at": one.created_at.isoformat(),
    }


def _when(one: Window) -> str:
    return f"from {_text(one.start)} to {_text(one.end)} UTC"


def _text(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
