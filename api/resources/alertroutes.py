"""Routes: which alerts are told to whom, by which channel, at which hours."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, TypeAlias
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from pydantic import Field

from actors import channel as ways
from api.channelfields import EMAIL
from api.fields import Site, Tag
from api.resource import TENANT, Answer, Asked, Given, Nothing, Resource, Route
from db import alertchannels, alertroutes, sites
from db.alertroutes import RouteRow, Routes
from fleet.alerts.telling import DAYS, Escalation, Hours, Recipient, Way
from fleet.errors import BadInput, Conflict, NotFound
from fleet.events import Severity
from fleet.identity import Scope

CLOCK = r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$"

Name: TypeAlias = Annotated[
    str, Field(min_length=1, max_length=120, pattern=r"^\S([^\x00]*\S)?$", examples=["critical at night"])
]
Which: TypeAlias = Annotated[
    str, Field(min_length=1, max_length=120, pattern=r"^[^\x00]+$", description="A channel, by its name or id.")
]
Clock: TypeAlias = Annotated[str, Field(pattern=CLOCK, examples=["08:00"])]


class Day(StrEnum):
    """A day of the week."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


class AlertRouteWish(Given):
    """A route as it is to be. An alert takes the first route for it; where that `goes_on`, the next one as well.

    Outside its hours a route takes none. Where no other one does, it is told when they begin, if it is not over.
    """

    name: Name
    place: int = Field(100, ge=0, le=10_000, description="The order in which routes are asked.")
    enabled: bool = True
    goes_on: bool = False
    severity: Severity = Field(Severity.INFO, description="At least so severe.")
    tag: Tag | None = Field(None, description="Only of devices with this tag.")
    site: Site | None = Field(None, description="Only of devices at this site, by its name or id.")
    days: list[Day] = Field(list(Day), min_length=1, max_length=7)
    begins: Clock = Field("00:00", description="From begin to the same time is the whole day.")
    ends: Clock = Field("00:00", description="Before `begins`, it is on the day after.")
    zone: str = Field("UTC", max_length=60, pattern=r"^[A-Za-z0-9_+/-]+$", examples=["Europe/Oslo"])
    channel: Which
    person: str = Field("", max_length=254, pattern=f"{EMAIL}|^$", description="A person of the tenant, by e-mail.")
    group_seconds: float = Field(30, ge=0, le=3600, description="How long a message waits for more of its kind.")
    digest_seconds: float | None = Field(None, ge=300, le=604_800, description="One message for each such span.")
    escalate_seconds: float | None = Field(None, ge=60, le=86_400, description="After so long without a person.")
    escalate: Which | None = Field(None, description="By which channel to tell it then.")


class AlertRouteHours(Answer):
    """When a route is open."""

    days: list[str]
    begins: str
    ends: str
    zone: str


class AlertRoute(Answer):
    """A route, and who changed it last."""

    id: UUID
    name: str
    place: int
    enabled: bool
    goes_on: bool
    severity: Severity
    tag: str | None
    site_id: UUID | None
    site: str | None
    hours: AlertRouteHours
    channel_id: UUID
    channel: str
    person: str
    group_seconds: float
    digest_seconds: float | None
    escalate_seconds: float | None
    escalate_id: UUID | None
    escalate: str | None
    changed_by: str
    changed_at: datetime


class AlertRouteList(Answer):
    """The routes in the order in which they are asked."""

    items: list[AlertRoute]


def every(asked: Asked[Nothing]) -> AlertRouteList:
    return AlertRouteList(items=[_answer(row) for row in alertroutes.every(asked.session)])


def one(asked: Asked[Nothing]) -> AlertRoute:
    return _answer(alertroutes.one(asked.session, asked.ids["route_id"]))


def create(asked: Asked[AlertRouteWish]) -> AlertRoute:
    made = _writer(asked).add(_way(asked, uuid4()), enabled=asked.given.enabled)
    return _answer(alertroutes.one(asked.session, made))


def replace_it(asked: Asked[AlertRouteWish]) -> AlertRoute:
    """Write a route anew: what is left out is as if it were new."""
    route_id = alertroutes.one(asked.session, asked.ids["route_id"]).way.id
    _writer(asked).change(_way(asked, route_id), enabled=asked.given.enabled)
    return _answer(alertroutes.one(asked.session, route_id))


def remove(asked: Asked[Nothing]) -> None:
    """Remove a route; what it has begun to tell is told to its end."""
    _writer(asked).remove(asked.ids["route_id"])


def _writer(asked: Asked[Any]) -> Routes:
    return Routes(asked.session, asked.author, asked.principal.tenant_id)


def _way(asked: Asked[AlertRouteWish], its_id: UUID) -> Way:
    """Read a wish; raises BadInput where it names what there is not, or what does not go together."""
    given, session = asked.given, asked.session
    channel = alertchannels.find(session, given.channel)
    if given.person and not ways.known(channel.kind).people:
        raise BadInput(f"A channel of the kind {channel.kind} leads to no person.", "Choose one of the kind email.")
    way = Way(
        id=its_id,
        name=given.name,
        to=Recipient(channel.id, given.person.lower()),
        place=given.place,
        severity=given.severity,
        tag=given.tag,
        site_id=sites.find(session, given.site).id if given.site else None,
        hours=Hours(frozenset(map(str, given.days)), _minutes(given.begins), _minutes(given.ends), _zone(given.zone)),
        group=timedelta(seconds=given.group_seconds),
        digest=None if given.digest_seconds is None else timedelta(seconds=given.digest_seconds),
        goes_on=given.goes_on,
    )
    return _escalating(asked, way)


def _escalating(asked: Asked[AlertRouteWish], way: Way) -> Way:
    after, which = asked.given.escalate_seconds, asked.given.escalate
    if (after is None) is not (which is None):
        raise BadInput("It is not said how to escalate.", "Give both escalate_seconds and escalate, or neither.")
    if after is None or which is None:
        return way
    if way.digest is not None:
        raise BadInput("A digest comes too late to escalate.", "Leave out digest_seconds or the escalation.")
    further = Recipient(alertchannels.find(asked.session, which).id)
    return replace(way, escalation=Escalation(timedelta(seconds=after), further))


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (KeyError, ValueError, OSError):
        raise BadInput("There is no such time zone.", "Write it as Europe/Oslo.") from None


def _answer(row: RouteRow) -> AlertRoute:
    way, further = row.way, row.way.escalation
    hours = way.hours
    days = [day for day in DAYS if day in hours.days]
    shown = AlertRouteHours(days=days, begins=_clock(hours.begins), ends=_clock(hours.ends), zone=hours.zone)
    return AlertRoute(
        hours=shown,
        channel_id=way.to.channel_id,
        person=way.to.person,
        group_seconds=way.group.total_seconds(),
        digest_seconds=None if way.digest is None else way.digest.total_seconds(),
        escalate_seconds=None if further is None else further.after.total_seconds(),
        escalate_id=None if further is None else further.to.channel_id,
        **{name: getattr(way, name) for name in ("id", "name", "place", "goes_on", "severity", "tag", "site_id")},
        **{
            name: getattr(row, name)
            for name in ("enabled", "changed_by", "changed_at", "channel", "site", "escalate")
        },
    )


PLACE = f"{TENANT}/alert-routes"
ONE = f"{PLACE}/{{route_id}}"

resource = Resource(
    name="alertroutes",
    about="Which alerts are told to whom.",
    routes=(
        Route(
            path=PLACE,
            summary="The routes in their order",
            takes=Nothing,
            answer=AlertRouteList,
            scope=Scope.ALERTS_READ,
            handler=every,
        ),
        Route(
            path=PLACE,
            method="POST",
            summary="Add a route",
            takes=AlertRouteWish,
            answer=AlertRoute,
            makes=f"{PLACE}/{{id}}",
            scope=Scope.ALERTS_WRITE,
            raises=(Conflict, NotFound),
            handler=create,
        ),
        Route(
            path=ONE,
            summary="One route",
            takes=Nothing,
            answer=AlertRoute,
            scope=Scope.ALERTS_READ,
            raises=(NotFound,),
            handler=one,
        ),
        Route(
            path=ONE,
            method="PUT",
            summary="Write a route anew",
            takes=AlertRouteWish,
            answer=AlertRoute,
            scope=Scope.ALERTS_WRITE,
            raises=(NotFound, Conflict),
            handler=replace_it,
        ),
        Route(
            path=ONE,
            method="DELETE",
            summary="Remove a route",
            takes=Nothing,
            answer=None,
            scope=Scope.ALERTS_WRITE,
            raises=(NotFound,),
            handler=remove,
        ),
    ),
)
