"""When devices are not expected to answer, because somebody works on them."""

from __future__ import annotations

from datetime import datetime, time
from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field

from api import cursors
from api.fields import TEXT, Site, Tag
from api.resource import TENANT, Answer, Asked, Given, Nothing, Resource, Route
from api.times import Instant, Span, after, instant, span
from db import inventory, maintenance, sites
from db.maintenance import Maintenance, Narrow, Scope, Window
from fleet.errors import BadInput, NotFound
from fleet.identity import DeviceId
from fleet.identity import Scope as Right
from fleet.recurrence import Series, series

MOST = 500
SHOWN = 5
"""Next times of what recurs."""


class WindowsQuery(Given):
    """Which windows to list, and how many at once."""

    after: UUID | None = Field(None, description="The `next` of the page before.")
    limit: int = Field(100, ge=1, le=MOST, description="At most so many windows.")
    start: Instant = Field("now", alias="from", description="Those that end after this instant.")
    end: Instant | None = Field(None, alias="to", description="Those that begin before this instant.")
    device_id: UUID | None = Field(None, description="Those that this device is in, by its site and its tags too.")


class Lasting(Given):
    """When a window is, until `to` or for as long as it `lasts`, and why."""

    model_config = ConfigDict(strict=True)

    start: Instant = Field("now", alias="from")
    end: Instant | None = Field(None, alias="to", description="When it ends; or say how long it lasts.")
    lasts: Span | None = Field(None, examples=["2h"], description="How long it lasts: 30m, 2h, 1d.")
    reason: str = Field(min_length=1, max_length=500, pattern=TEXT, examples=["power work"])


Rule = Annotated[str, Field(min_length=1, max_length=400, pattern=r"^[ -~]*$")]
Zone = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9_+/-]*$", examples=["Europe/Oslo"])]
Clock = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["02:00"])]
EVERY = "A rule of iCalendar (RRULE), hourly at most: it recurs, not before `from`, and each time `lasts` so long."


class NewWindow(Lasting):
    """What to plan: for one of `device_id`, `site`, `tag` and `all`, until `to` or for as long as it `lasts`.

    With `every` it recurs, `at` a time of day of a `zone`.
    """

    every: Rule | None = Field(None, description=EVERY)
    at: Clock | None = Field(None, description="When on these days it begins.")
    zone: Zone | None = Field(None, description="Whose clock is meant; without it UTC.")
    device_id: UUID | None = Field(None, description="For this device.")
    site: Site | None = Field(None, description="For the devices at this site, by its name or id.")
    tag: Tag | None = Field(None, description="For the devices with this tag.")
    all: bool = Field(False, description="For all devices of the tenant.")


class OccurrencesQuery(Given):
    """What would recur."""

    every: Rule = Field(description=EVERY, examples=["FREQ=WEEKLY;BYDAY=SU"])
    at: Clock = Field(description="When on these days it begins.")
    zone: Zone = Field("UTC", description="Whose clock is meant.")
    start: Instant = Field("now", alias="from", description="Not before this instant.")
    lasts: Span = Field(description="How long it lasts each time.", examples=["2h"])


class Occurrence(Answer):
    """One time of what recurs."""

    start: datetime = Field(serialization_alias="from")
    end: datetime = Field(serialization_alias="to")


class Occurrences(Answer):
    """The rule in its own spelling, and the next times by it."""

    every: str
    items: list[Occurrence]


class Recurring(Answer):
    """How a window recurs."""

    every: str = Field(description="The rule (RRULE).")
    at: str = Field(description="The time of day at which it begins, unless the rule names hours.")
    zone: str
    lasts_seconds: float
    next: list[Occurrence] = Field(description="The next times, with one that is under way.")


class MaintenanceWindow(Answer):
    """A time for which nothing is expected of a device, of a site's, of those with a tag, or of all.

    Of one that recurs, `from` is the first beginning and `to` the last end.
    """

    unsteady = frozenset({"recurring"})
    id: UUID
    device_id: UUID | None
    device: str | None = Field(description="The device's name.")
    site_id: UUID | None
    site: str | None = Field(description="The site's name.")
    tag: str | None
    all: bool = Field(description="Whether it is for all devices of the tenant.")
    start: datetime = Field(serialization_alias="from")
    end: datetime | None = Field(serialization_alias="to", description="Null where it recurs for ever.")
    reason: str
    created_by: str
    created_at: datetime
    recurring: Recurring | None = Field(description="Null for what is planned once.")


class Windows(Answer):
    """A page of windows, by their beginning."""

    items: list[MaintenanceWindow]
    next: UUID | None = Field(description="Give it as `after` for the next page; null on the last.")


def windows(asked: Asked[WindowsQuery]) -> Windows:
    given = asked.given
    narrow = Narrow(
        since=instant(given.start, asked.now),
        until=None if given.end is None else instant(given.end, asked.now),
        device_id=None if given.device_id is None else DeviceId(given.device_id),
    )
    found = maintenance.page(asked.session, given.after, given.limit + 1, narrow)
    shown, last = cursors.cut(found, given.limit)
    following = None if last is None else last.id
    return Windows(items=[_window(one, asked.now) for one in shown], next=following)


def window(asked: Asked[Nothing]) -> MaintenanceWindow:
    return _window(maintenance.one(asked.session, asked.ids["window_id"]), asked.now)


def create(asked: Asked[NewWindow]) -> MaintenanceWindow:
    """Plan a window; one that lies in the past takes that time out of availability all the same."""
    given, start = asked.given, instant(asked.given.start, asked.now)
    if given.every is None:
        if given.at is not None or given.zone is not None:
            raise BadInput("`at` and `zone` are for what recurs.", "Say how with `every`, or leave them out.")
        made = _writer(asked).plan(_scope(asked), (start, ending(asked, start)), given.reason)
    else:
        if given.at is None or given.lasts is None or given.end is not None:
            raise BadInput("What recurs has a time of day and a length.", "Give `at` and `lasts`, and no `to`.")
        recurs = series(given.every, time.fromisoformat(given.at), given.zone or "UTC", start, span(given.lasts))
        made = _writer(asked).recur(_scope(asked), recurs, given.reason)
    return _window(maintenance.one(asked.session, made), asked.now)


def occurrences(asked: Asked[OccurrencesQuery]) -> Occurrences:
    """Tell when a window would recur, before it is planned."""
    given, start = asked.given, instant(asked.given.start, asked.now)
    found = series(given.every, time.fromisoformat(given.at), given.zone, start, span(given.lasts))
    return Occurrences(every=found.rule, items=_times(found, max(start, asked.now)))


def remove(asked: Asked[Nothing]) -> None:
    """Take a window back, as if it had never been."""
    _writer(asked).cancel(asked.ids["window_id"])


def _writer(asked: Asked[Any]) -> Maintenance:
    return Maintenance(asked.session, asked.author, asked.principal.tenant_id)


def _scope(asked: Asked[NewWindow]) -> Scope:
    given = asked.given
    if [given.device_id is not None, bool(given.site), given.tag is not None, given.all].count(True) != 1:
        raise BadInput("A window is for one thing.", "Give one of device_id, site, tag, or all: true.")
    if given.device_id is not None:
        return Scope(device_id=inventory.one(asked.session, DeviceId(given.device_id)).id)
    return Scope(site_id=sites.find(asked.session, given.site).id if given.site else None, tag=given.tag)


def ending(asked: Asked[Any], start: datetime) -> datetime:
    """Tell when a window ends that begins at ``start``; raises BadInput."""
    given = asked.given
    if (given.end is None) is (given.lasts is None):
        raise BadInput("It is not said when the window ends.", "Give one of `to` and `lasts`.")
    if given.end is not None:
        return instant(given.end, asked.now)
    return after(start, span(given.lasts or ""))


def _times(found: Series, now: datetime) -> list[Occurrence]:
    return [Occurrence(start=start, end=end) for start, end in found.coming(now, SHOWN)]


def _recurring(found: Series, now: datetime) -> Recurring:
    return Recurring(
        every=found.rule,
        at=f"{found.begin:%H:%M}",
        zone=found.zone,
        lasts_seconds=found.lasts.total_seconds(),
        next=_times(found, now),
    )


def _window(one: Window, now: datetime) -> MaintenanceWindow:
    scope = one.scope
    return MaintenanceWindow(
        id=one.id,
        device_id=scope.device_id,
        device=one.device,
        site_id=scope.site_id,
        site=one.site,
        tag=scope.tag,
        all=scope == Scope(),
        start=one.start,
        end=one.end,
        reason=one.reason,
        created_by=one.created_by,
        created_at=one.created_at,
        recurring=None if one.series is None else _recurring(one.series, now),
    )


PLACE = f"{TENANT}/maintenance"

resource = Resource(
    name="maintenance",
    about="When devices are not expected to answer.",
    routes=(
        Route(
            path=PLACE,
            summary="The windows by their beginning, a page at a time",
            takes=WindowsQuery,
            answer=Windows,
            scope=Right.DEVICES_READ,
            handler=windows,
        ),
        Route(
            path=PLACE,
            method="POST",
            summary="Plan a maintenance window",
            takes=NewWindow,
            answer=MaintenanceWindow,
            makes=f"{PLACE}/{{id}}",
            scope=Right.DEVICES_WRITE,
            raises=(NotFound,),
            handler=create,
        ),
        Route(
            path=f"{PLACE}/occurrences",
            summary="When a window would recur, before it is planned",
            takes=OccurrencesQuery,
            answer=Occurrences,
            scope=Right.DEVICES_READ,
            handler=occurrences,
        ),
        Route(
            path=f"{PLACE}/{{window_id}}",
            summary="One window",
            takes=Nothing,
            answer=MaintenanceWindow,
            scope=Right.DEVICES_READ,
            raises=(NotFound,),
            handler=window,
        ),
        Route(
            path=f"{PLACE}/{{window_id}}",
            method="DELETE",
            summary="Take a window back, as if it had never been",
            takes=Nothing,
            answer=None,
            scope=Right.DEVICES_WRITE,
            raises=(NotFound,),
            handler=remove,
        ),
    ),
)
