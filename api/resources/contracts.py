"""What contracts ask for: availability, and the 95th percentile of what a counter grew by."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field

from api.resource import TENANT, Answer, Asked, Given, Resource, Route
from api.times import Instant, instant
from db import availability as measured
from db.partials import Source
from db.ranges import Range
from fleet.families import find
from fleet.identity import Scope


class Spanned(Given):
    """A range."""

    start: Instant = Field("now-4w", alias="from")
    end: Instant = Field("now", alias="to")


class Counter(Spanned):
    """A counter over a range."""

    family: str = Field(max_length=64, examples=["interfaces"], description="A name of the catalogue.")
    field: str = Field(max_length=64, examples=["rx_bytes_total"], description="A counter of that family.")


class Available(Answer):
    """The polls of a device."""

    device_id: UUID
    answered: int
    expected: int
    ratio: float | None = Field(description="The share that was answered; null where none was expected.")


class Availability(Answer):
    """Every device that was there in the range, in the order of their names. Maintenance is not taken out."""

    items: list[Available]


class Burst(Answer):
    """An instance of a counter."""

    device_id: UUID
    labels: dict[str, str]
    rate: float = Field(description="What it grew by in a second, exceeded in one of twenty five minutes.")
    buckets: int = Field(description="How many five minutes it was measured in.")


class Bursts(Answer):
    """The 95th percentile of each instance, in the order of devices and labels."""

    unit: str
    items: list[Burst]


def availability(asked: Asked[Spanned]) -> Availability:
    found = measured.availability(asked.session, asked.families, _range(asked, asked.given), asked.now)
    return Availability(
        items=[
            Available(device_id=a.device_id, answered=a.answered, expected=a.expected, ratio=a.ratio) for a in found
        ]
    )


def bursts(asked: Asked[Counter]) -> Bursts:
    family = find(asked.families, asked.given.family)
    column = family.column(asked.given.field)
    found = measured.bursts(asked.session, Source(family, column), _range(asked, asked.given), asked.now)
    items = [Burst(device_id=b.device_id, labels=dict(b.labels), rate=b.rate, buckets=b.buckets) for b in found]
    return Bursts(unit=family.field_of(column.name).columns[-1].unit, items=items)


def _range(asked: Asked[Spanned] | Asked[Counter], given: Spanned) -> Range:
    return Range(instant(given.start, asked.now), instant(given.end, asked.now))


resource = Resource(
    name="contracts",
    about="Availability and the 95th percentile.",
    routes=(
        Route(
            path=f"{TENANT}/metrics/availability",
            summary="How many of its expected polls each device answered",
            takes=Spanned,
            answer=Availability,
            scope=Scope.METRICS_READ,
            handler=availability,
        ),
        Route(
            path=f"{TENANT}/metrics/bursts",
            summary="The 95th percentile of a counter's five minutes",
            takes=Counter,
            answer=Bursts,
            scope=Scope.METRICS_READ,
            handler=bursts,
        ),
    ),
)
