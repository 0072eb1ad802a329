"""What the devices measured: the catalogue of families, and one field of one device over time."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field

from api.resource import TENANT, Answer, Asked, Given, Nothing, Resource, Route
from api.times import Instant, instant
from db import groupings, inventory, partials
from db import lines as stored
from db.aggregates import ALLOWED, Aggregate
from db.lines import LineQuery
from db.partials import Role
from db.ranges import FEWEST, MOST
from fleet import families as declared
from fleet.errors import NotFound
from fleet.families import Column, Family
from fleet.identity import DeviceId, Scope
from fleet.resolutions import Resolution


class FieldEntry(Answer):
    """A field that can be asked for."""

    name: str
    kind: Role
    unit: str
    title: str
    states: list[str] = Field(description="What the numbers of a state mean, from 0 on.")
    aggregates: list[Aggregate] = Field(description="To what it can be reduced; the first is its usual one.")


class FamilyEntry(Answer):
    """Fields that are read together, for each instance that the labels name."""

    name: str
    title: str
    labels: list[str]
    groupings: list[str] = Field(description="By what its fields can be grouped.")
    resolutions: list[Resolution] = Field(description="How finely it is kept: as polled, and rolled up.")
    fields: list[FieldEntry]


class Catalogue(Answer):
    """Every family."""

    items: list[FamilyEntry]


class MetricsQuery(Given):
    """One field of one family over a range."""

    family: str = Field(max_length=64, examples=["resource"], description="A name of the catalogue.")
    field: str = Field(max_length=64, examples=["cpu_load_ratio"], description="A field of that family.")
    start: Instant = Field("now-6h", alias="from")
    end: Instant = Field("now", alias="to")
    points: int = Field(300, ge=FEWEST, le=MOST, description="At most so many points for each line.")


class Point(Answer):
    """One step of a line. Where nothing was measured there is no point."""

    time: datetime
    min: float | None = Field(description="Null where it is not kept: of increases in a roll-up.")
    avg: float
    max: float
    count: int


class Line(Answer):
    """The points of one instance, by time."""

    labels: dict[str, str]
    points: list[Point]


class Metrics(Answer):
    """A field over time: a line for each instance."""

    device_id: UUID
    family: str
    field: str
    unit: str
    start: datetime = Field(serialization_alias="from")
    end: datetime = Field(serialization_alias="to")
    resolution: Resolution = Field(
        description="The coarsest rows that were read: raw ones, or of 5 minutes or an hour."
    )
    labels: list[str] = Field(description="The names of the labels that tell the lines apart.")
    lines: list[Line]


def families(asked: Asked[Nothing]) -> Catalogue:
    return Catalogue(items=[_family(family) for _, family in sorted(asked.families.items())])


def series(asked: Asked[MetricsQuery]) -> Metrics:
    """Read a field over time; an unknown device is told before an unknown family."""
    device = inventory.one(asked.session, DeviceId(asked.ids["device_id"]))
    given = asked.given
    query = LineQuery(
        device_id=device.id,
        family=given.family,
        field=given.field,
        start=instant(given.start, asked.now),
        end=instant(given.end, asked.now),
        points=given.points,
    )
    lines, read = stored.series(asked.session, query, asked.families, asked.now)
    family = declared.find(asked.families, given.family)
    return Metrics(
        device_id=device.id,
        family=family.name,
        field=given.field,
        unit=family.column(given.field).unit,
        start=query.start,
        end=query.end,
        resolution=read.resolution,
        labels=list(family.labels),
        lines=[_line(line) for line in lines],
    )


def _line(line: stored.Line) -> Line:
    """Build a line unchecked: it comes from our own query, and has hundreds of points."""
    points = [Point.model_construct(time=p.time, min=p.min, avg=p.avg, max=p.max, count=p.count) for p in line.points]
    return Line.model_construct(labels=dict(line.labels), points=points)


def _family(family: Family) -> FamilyEntry:
    return FamilyEntry(
        name=family.name,
        title=family.title,
        labels=list(family.labels),
        groupings=list(groupings.known(family)),
        resolutions=list(Resolution),
        fields=[_field(family, field, column) for field in family.fields for column in field.columns],
    )


def _field(family: Family, field: declared.Field, column: Column) -> FieldEntry:
    """Describe a column; after a counter itself come its increase and its rate."""
    role = partials.role(family, column)
    return FieldEntry(
        name=column.name,
        kind=role,
        unit=column.unit,
        title=field.title or field.stem.replace("_", " "),
        states=list(field.states),
        aggregates=list(ALLOWED[role]),
    )


resource = Resource(
    name="metrics",
    about="What the devices measured.",
    routes=(
        Route(
            path=f"{TENANT}/metrics/families",
            summary="The catalogue: families and their fields",
            takes=Nothing,
            answer=Catalogue,
            scope=Scope.METRICS_READ,
            handler=families,
        ),
        Route(
            path=f"{TENANT}/devices/{{device_id}}/metrics",
            summary="One field of one device over time",
            takes=MetricsQuery,
            answer=Metrics,
            scope=Scope.METRICS_READ,
            raises=(NotFound,),
            handler=series,
        ),
    ),
)
