"""``flotilla maintenance``: say when devices are not expected to answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from functools import partial
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from sqlalchemy.orm import Session

from api import times
from cluster import console, terminal
from db import maintenance
from db.maintenance import Maintenance, Narrow, Scope, Window
from fleet import recurrence
from fleet.errors import BadInput
from fleet.recurrence import Series

command = typer.Typer(name="maintenance", help="Plan, list and take back times of maintenance.", no_args_is_help=True)

ADD = (
    "Examples: [bold]flotilla maintenance add --tenant northwind --site Oslo --for 2h --reason 'power work'[/]\n\n"
    "[bold]flotilla maintenance add --tenant northwind --device core-1 --from 2026-03-01T22:00:00Z "
    "--to 2026-03-02T02:00:00Z --reason upgrade --json[/]\n\n"
    "[bold]flotilla maintenance add --tenant northwind --tag edge --every 'FREQ=WEEKLY;BYDAY=SU' --at 02:00 "
    "--for 2h --zone Europe/Oslo --reason patching[/]\n\n"
    "Exit statuses: 0 done · 2 refused, nothing was changed."
)
NEXT = (
    "Example: [bold]flotilla maintenance preview --every 'FREQ=MONTHLY;BYDAY=1SU' --at 02:30 --for 2h "
    "--zone Europe/Oslo[/]"
)
COMING = 5
"""Next times that are told."""

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
    every: Annotated[str | None, typer.Option(help="It recurs by this rule (RRULE): FREQ=WEEKLY;BYDAY=SU.")] = None,
    at: Annotated[str | None, typer.Option(help="Then: the time of day at which it begins, as 02:00.")] = None,
    zone: Annotated[
        str | None, typer.Option(help="Then: whose clock is meant: Europe/Oslo.", show_default="UTC")
    ] = None,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Plan a time for which nothing is expected of a device, of a site's devices, of those with a tag, or of all.

    It counts neither for nor against their availability. It may lie in the past, too.
    """
    if [device is not None, site is not None, tag is not None, everything].count(True) != 1:
        raise BadInput("A window is for one thing.", "Give one of --device, --site, --tag and --all.")
    wish = _Wish(start, end, lasts, every, at, zone)
    wish.check()
    if not 1 <= len(reason) <= 500 or not reason.isprintable():
        raise BadInput("That is no reason that could be kept.", "Say it in a line of at most 500 characters.")
    with console.opened(state) as here:
        one, now = here.tenant(tenant), here.settings.clock().now()
        recurs, span = wish.recurs(now), wish.span(now)
        with here.entered(one) as session:
            scope, planner = console.scope(session, device, site, tag), Maintenance(session, here.author(), one.id)
            made = planner.plan(scope, span, reason) if recurs is None else planner.recur(scope, recurs, reason)
            window = maintenance.one(session, made)
    if as_json:
        terminal.answer(_document(window, now))
    else:
        typer.echo(
            f"{window.whom} of {one.slug}: maintenance {_when(window, now)}. Its id is {str(window.id)[:SHOWN]}."
        )


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
        one, now = here.tenant(tenant), here.settings.clock().now()
        at = times.instant(since, now)
        with here.entered(one) as session:
            narrow = Narrow(at, None, None if device is None else console.device(session, device).id)
        found = list(here.every(one, partial(_page, narrow)))
    if as_json:
        terminal.answer([_document(each, now) for each in found])
    else:
        rows = [(str(w.id)[:SHOWN], w.whom, *_row(w, now), w.reason, w.created_by) for w in found]
        terminal.table("", ("id", "what", "from (UTC)", "to (UTC)", "recurs", "why", "by whom"), rows)


@command.command(epilog=NEXT)
def preview(
    every: Annotated[str, typer.Option(help="The rule (RRULE): FREQ=WEEKLY;BYDAY=SU.")],
    at: Annotated[str, typer.Option(help="The time of day at which it begins, as 02:00.")],
    lasts: Annotated[str, typer.Option("--for", help="How long it lasts: 30m, 2h, 1d.")],
    zone: Annotated[str, typer.Option(help="Whose clock is meant.")] = "UTC",
    start: Annotated[str, typer.Option("--from", help=f"Not before: {INSTANT}.")] = "now",
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Tell when something would recur; nothing is planned."""
    with console.opened(state) as here:
        now = here.settings.clock().now()
    recurs = _Wish(start, None, lasts, every, at, zone).recurs(now)
    assert recurs is not None
    found = recurs.coming(max(now, times.instant(start, now)), COMING)
    if as_json:
        terminal.answer([{"from": begin.isoformat(), "to": end.isoformat()} for begin, end in found])
        return
    place = ZoneInfo(zone)
    rows = [(f"{begin.astimezone(place):%a %Y-%m-%d %H:%M}", _text(begin), _text(end)) for begin, end in found]
    terminal.table("", (f"in {zone}", "from (UTC)", "to (UTC)"), rows)


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
        now = here.settings.clock().now()
        with here.entered(one) as session:
            gone = Maintenance(session, here.author(), one.id).cancel(maintenance.find(session, window).id)
    if as_json:
        terminal.answer(_document(gone, now) | {"removed": True})
    else:
        typer.echo(f"{gone.whom} of {one.slug}: no maintenance {_when(gone, now)}.")


@dataclass(frozen=True, slots=True)
class _Wish:
    """When something is to be, as it was written."""

    start: str
    end: str | None
    lasts: str | None
    every: str | None
    at: str | None
    zone: str | None

    def check(self) -> None:
        """Raise BadInput where it is not said, or said twice."""
        if (self.end is None) is (self.lasts is None):
            raise BadInput("It is not said when the window ends.", "Give one of --to and --for.")
        if self.every is None and (self.at is not None or self.zone is not None):
            raise BadInput("--at and --zone are for what recurs.", "Say how with --every, or leave them out.")
        if self.every is not None and (self.at is None or self.lasts is None):
            raise BadInput("What recurs has a time of day and a length.", "Give --at and --for.")

    def span(self, now: datetime) -> tuple[datetime, datetime]:
        """Read from when until when; raises BadInput."""
        begin = times.instant(self.start, now)
        if self.end is not None:
            return begin, times.instant(self.end, now)
        return begin, times.after(begin, times.span(self.lasts or ""))

    def recurs(self, now: datetime) -> Series | None:
        """Read what recurs; None for what is planned once. Raises BadInput."""
        if self.every is None:
            return None
        try:
            at = time.fromisoformat(self.at or "")
        except ValueError as error:
            raise BadInput(f"{(self.at or '')[:20]!r} is no time of day.", "Write it as 02:00.") from error
        begin, lasts = self.span(now)[0], times.span(self.lasts or "")
        return recurrence.series(self.every, at, self.zone or "UTC", begin, lasts)


def _page(narrow: Narrow, session: Session, last: Window | None) -> list[Window]:
    return maintenance.page(session, None if last is None else last.id, console.PAGE, narrow)


def _document(one: Window, now: datetime) -> dict[str, Any]:
    return {
        "id": one.id,
        "device": one.device,
        "site": one.site,
        "tag": one.scope.tag,
        "all": one.scope == Scope(),
        "from": one.start.isoformat(),
        "to": None if one.end is None else one.end.isoformat(),
        "recurring": None if one.series is None else _recurring(one.series, now),
        "reason": one.reason,
        "created_by": one.created_by,
        "created_at": one.created_at.isoformat(),
    }


def _recurring(series: Series, now: datetime) -> dict[str, Any]:
    return {
        "every": series.rule,
        "at": f"{series.begin:%H:%M}",
        "zone": series.zone,
        "lasts_seconds": series.lasts.total_seconds(),
        "next": [{"from": start.isoformat(), "to": end.isoformat()} for start, end in series.coming(now, COMING)],
    }


def _row(one: Window, now: datetime) -> tuple[str, str, str]:
    """Tell from when until when; of what recurs the next time, and how it does."""
    if one.series is None:
        return _text(one.start), _text(one.end), ""
    start, end = next(iter(one.series.coming(now, 1)), (one.start, one.end))
    return _text(start), _text(end), f"{one.series.rule} at {one.series.begin:%H:%M} {one.series.zone}"


def _when(one: Window, now: datetime) -> str:
    start, end, recurs = _row(one, now)
    return f"from {start} to {end} UTC" + (f", and so on by {recurs}" if recurs else "")


def _text(at: datetime | None) -> str:
    return "for ever" if at is None else f"{at:%Y-%m-%d %H:%M}"
