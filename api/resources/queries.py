"""Questions about metrics of many devices: reduced, grouped, ranked and compared."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from api.fields import TEXT, Site, Tag
from api.resource import TENANT, Answer, Asked, Given, Resource, Route
from api.times import Instant, Span, instant, span
from db import answers, queries
from db.aggregates import Aggregate
from db.queries import TOP, MetricQuery
from db.ranges import MOST, Range
from fleet.identity import DeviceId, Scope
from fleet.resolutions import Resolution

DEVICES = 10_000
"""The most devices that one question may name."""

Word = Annotated[str, Field(max_length=64)]
Label = Annotated[str, Field(max_length=255, pattern=TEXT)]


class Question(Given):
    """A field of a family over a range, for each step and each group."""

    family: Word = Field(examples=["interfaces"], description="A name of the catalogue.")
    field: Word = Field(examples=["rx_bytes_total"], description="A field of that family.")
    aggregate: Word | None = Field(
        None,
        examples=["rate"],
        description="To what it is reduced, one of those that the catalogue tells of the field.",
    )
    start: Instant = Field("now-6h", alias="from")
    end: Instant = Field("now", alias="to")
    step: Span | None = Field(
        None, description="How long a step is. Without it the range has at most `points` of them."
    )
    points: int = Field(300, ge=1, le=MOST, description="At most so many steps; 1 is the range as a whole.")
    by: list[Word] = Field(
        [],
        max_length=8,
        examples=[["device", "interface"]],
        description="What to group by: `device`, `site`, `tag`, a label, …; without it all is one line.",
    )
    where: dict[Word, Label] = Field({}, max_length=8, description="Labels that the rows must have, by name.")
    devices: list[UUID] | None = Field(None, max_length=DEVICES, description="Of which devices; of all without it.")
    sites: list[Site] | None = Field(None, max_length=100, description="Only devices at one of these sites.")
    tags: list[Tag] | None = Field(None, max_length=100, description="Only devices with one of these tags.")
    top: int | None = Field(None, ge=1, le=TOP, description="Only the groups that are greatest over the whole range.")
    compare: Span | None = Field(None, description="How much earlier the range is that is read beside it.")


class QueryPoint(Answer):
    """One step of a line. Where nothing was measured there is no point."""

    time: datetime
    value: float | None
    min: float | None
    avg: float
    max: float
    count: int


class QueryLine(Answer):
    """The points of one group, by time."""

    group: dict[str, str]
    title: str = Field(description="The group in words: a device by its name.")
    points: list[QueryPoint]
    earlier: list[QueryPoint] = Field(description="Those of the earlier range, moved to the time of this one.")


class Read(Answer):
    """What a range was read from."""

    start: datetime = Field(serialization_alias="from")
    end: datetime = Field(serialization_alias="to")
    resolution: Resolution = Field(description="The coarsest rows that were read.")
    basis: str = Field(
        description="Of what percentiles and the last are taken: `samples`, or `5m averages` where those are gone."
    )


class Series(Answer):
    """Lines in the order of their groups, or the greatest first where a top was asked for."""

    family: str
    field: str
    aggregate: Aggregate
    unit: str
    by: list[str]
    step_seconds: float
    read: Read
    earlier: Read | None
    lines: list[QueryLine]


def ask(asked: Asked[Question]) -> Series:
    given = asked.given
    query = MetricQuery(
        family=given.family,
        field=given.field,
        range=Range(instant(given.start, asked.now), instant(given.end, asked.now)),
        aggregate=given.aggregate,
        by=tuple(given.by),
        step=None if given.step is None else span(given.step),
        points=given.points,
        devices=None if given.devices is None else [DeviceId(device) for device in given.devices],
        sites=given.sites,
        tags=given.tags,
        labels=given.where,
        top=given.top,
        compare=None if given.compare is None else span(given.compare),
    )
    found = queries.ask(asked.session, query, asked.families, asked.now)
    return Series(
        family=given.family,
        field=given.field,
        aggregate=found.aggregate,
        unit=found.unit,
        by=given.by,
        step_seconds=found.step.total_seconds(),
        read=_read(found.read),
        earlier=None if found.earlier is None else _read(found.earlier),
        lines=[_line(line) for line in found.lines],
    )


def _read(reading: answers.Reading) -> Read:
    return Read(start=reading.start, end=reading.end, resolution=reading.resolution, basis=reading.basis)


def _line(line: answers.Line) -> QueryLine:
    """Build a line unchecked: it comes from our own query, and has hundreds of points."""
    return QueryLine.model_construct(
        group=dict(line.group), title=line.title, points=_points(line.points), earlier=_points(line.earlier)
    )


def _points(points: Sequence[answers.Point]) -> list[QueryPoint]:
    return [
        QueryPoint.model_construct(time=p.time, value=p.value, min=p.min, avg=p.avg, max=p.max, count=p.count)
        for p in points
    ]


resource = Resource(
    name="queries",
    about="Questions about the metrics of many devices.",
    routes=(
        Route(
            path=f"{TENANT}/metrics/query",
            method="POST",
            changes=False,
            summary="A field over time, reduced and grouped",
            takes=Question,
            answer=Series,
            scope=Scope.METRICS_READ,
            handler=ask,
        ),
    ),
)
