"""What the address of the explorer asks: a metric, of which devices, by what, reduced how, shown as what. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode
from uuid import UUID

from db import groupings, partials
from db.aggregates import ALLOWED, Aggregate
from db.groupings import DEVICE
from db.partials import Role
from db.queries import MetricQuery
from db.ranges import Range
from fleet import families as declared
from fleet.families import Column, Family, Field
from fleet.identity import DeviceId

E = TypeVar("E", bound=StrEnum)

METRIC = "resource.cpu_load_ratio"
"""What is shown where the address names no metric."""

NAMED = 8
"""How many devices may be named."""

READ, INSTANCES = 90_000, 8
"""Points that are read at most, for an answer of the database has its bounds, and a guess at a device's instances."""

ALONE = "none"
"""The word for no grouping: all in one line."""

FLEET = "fleet"
"""What lies behind lines of devices that are named: where nine of ten devices of the fleet are."""

MOST_GROUPINGS = 4
TOPS = (5, 10, 20, 50, 100)


class Shape(StrEnum):
    """As what an answer is shown."""

    LINE = "line"
    BAND = "band"
    HEATMAP = "heatmap"
    DISTRIBUTION = "distribution"
    TABLE = "table"
    TOP = "top"


class Band(StrEnum):
    """What a band spans: nine in ten of the groups, or from the least to the greatest measurement."""

    PERCENTILES = "p5-p95"
    EXTREMES = "min-max"


class Pick(StrEnum):
    """By what devices are chosen."""

    ALL = "all"
    SITE = "site"
    TAG = "tag"
    MODEL = "model"
    TEXT = "text"
    DEVICES = "devices"


USUAL: Mapping[Shape, int] = {Shape.LINE: 10, Shape.HEATMAP: 50, Shape.TABLE: 50, Shape.TOP: 20}
"""How many groups are shown where the address does not say; of the other shapes all."""

MOST: Mapping[Shape, int] = {Shape.LINE: 20}
"""How many can be told apart."""

POINTS: Mapping[Shape, int] = {Shape.HEATMAP: 160, Shape.TOP: 1}
FINEST = 300
"""Steps of a range: as many as can be seen, and 40,000 points on a page at most."""

POLLS = 2
"""How many polls a step of many devices holds: with one alone, some would be missing by chance."""

BACK: Mapping[str, timedelta] = {"day": timedelta(days=1), "week": timedelta(days=7)}
"""What a range can be compared with, and how much earlier that is."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked, read from the words of an address; a word that does not fit the metric is as if not said."""

    family: Family
    column: Column
    aggregate: Aggregate
    by: tuple[str, ...] = (DEVICE.name,)
    pick: Pick = Pick.ALL
    chosen: str = ""
    where: tuple[str, str] | None = None
    compare: str = ""
    top: int | None = None
    shape: Shape = Shape.LINE
    band: Band = Band.PERCENTILES
    over: str = ""

    @property
    def comparable(self) -> bool:
        """Whether the fleet can lie behind the lines: they are means of devices that are named, one line each."""
        alone = set(self.by) == {DEVICE.name, *self.family.labels}
        return bool(self.devices) and alone and self.shape is Shape.LINE and self.aggregate is Aggregate.AVG

    @property
    def fleet(self) -> bool:
        """Whether the band of the whole fleet is drawn behind the lines."""
        return self.comparable and self.over == FLEET

    @property
    def metric(self) -> str:
        return f"{self.family.name}.{self.column.name}"

    @property
    def field(self) -> Field:
        return self.family.field_of(self.column.name)

    @property
    def role(self) -> Role:
        return partials.role(self.family, self.column)

    @property
    def devices(self) -> list[DeviceId]:
        """The devices that are named."""
        return named(self.chosen.split(",")) if self.pick is Pick.DEVICES else []

    @property
    def sites(self) -> list[str] | None:
        return [self.chosen] if self.pick is Pick.SITE and self.chosen else None

    @property
    def tags(self) -> list[str] | None:
        return [self.chosen] if self.pick is Pick.TAG and self.chosen else None

    @property
    def limit(self) -> int | None:
        """How many groups are shown, the greatest first; None where all are."""
        if not self.by or (self.devices and self.by == (DEVICE.name,) and self.shape is not Shape.TOP):
            return None
        asked = self.top if self.top is not None else USUAL.get(self.shape)
        return None if asked is None else min(asked, MOST.get(self.shape, TOPS[-1]))

    @property
    def mixed(self) -> bool:
        """Whether a step is made of many devices or instances, so that all of them must have been polled in it."""
        alone = {DEVICE.name, *self.family.labels} <= set(self.by)
        return not alone or self.shape in (Shape.BAND, Shape.HEATMAP)

    def points(self, spanned: Range, devices: int, slowest: timedelta) -> int:
        """Tell in how many steps at most a range is read, where so many devices are polled at least so often."""
        many = max(devices, 1) * (INSTANCES if set(self.by) & set(self.family.labels) else 1)
        lines = (self.limit or many) * (2 if self.compare else 1)
        polled = spanned.length // (POLLS * slowest) if self.mixed else FINEST
        return min(POINTS.get(self.shape, FINEST), max(2, min(READ // lines, polled)))

    def query(self, spanned: Range, found: Sequence[DeviceId] | None, points: int) -> MetricQuery:
        """Ask the same of the stores; ``found`` are the devices where they had to be looked up.

        One group more is asked for than shown: so it is known whether there are more.
        """
        return MetricQuery(
            family=self.family.name,
            field=self.column.name,
            range=spanned,
            aggregate=self.aggregate,
            by=self.by,
            points=points,
            devices=found,
            sites=self.sites,
            tags=self.tags,
            labels=dict([self.where] if self.where else []),
            top=None if self.limit is None else self.limit + 1,
            compare=BACK.get(self.compare),
        )


def read(words: Mapping[str, str], families: Mapping[str, Family]) -> Asked:
    """Read the words of an address; raises BadInput for a metric that is none."""
    name, _, field = words.get("metric", METRIC).partition(".")
    family = declared.find(families, name)
    column = family.column(field)
    allowed = ALLOWED[partials.role(family, column)]
    shape = _one(Shape, words.get("as", ""), Shape.LINE)
    pick = _one(Pick, words.get("of", ""), Pick.ALL)
    return Asked(
        family=family,
        column=column,
        aggregate=next((a for a in allowed if a == words.get("agg")), allowed[0]),
        by=_by(words.get("by"), family, shape),
        pick=pick,
        chosen=words.get("in", "").strip() if pick is not Pick.ALL else "",
        where=_where(words.get("where", ""), family),
        compare=words.get("compare", "") if words.get("compare") in BACK else "",
        top=next((top for top in TOPS if str(top) == words.get("top")), None),
        shape=shape,
        band=_one(Band, words.get("band", ""), Band.PERCENTILES),
        over=words.get("over", "") if words.get("over") == FLEET else "",
    )


def named(words: Iterable[object]) -> list[DeviceId]:
    """Read the ids of devices; what is none is left out, and what is too many."""
    return list(dict.fromkeys(_ids(words)))[:NAMED]


def link(words: Mapping[str, str], **changes: str) -> str:
    """Write the query of the same address with some words changed, or left out where they are empty."""
    said = {name: word for name, word in {**words, **changes}.items() if word}
    return f"?{urlencode(said)}"


def _ids(words: Iterable[object]) -> Iterator[DeviceId]:
    for word in words:
        with suppress(ValueError):
            yield DeviceId(UUID(str(word)))


def _one(kind: type[E], word: str, usual: E) -> E:
    return next((member for member in kind if member == word), usual)


def _by(word: str | None, family: Family, shape: Shape) -> tuple[str, ...]:
    """Read the groupings; a band and a top are of groups, so there they are devices where none are named."""
    known = groupings.known(family)
    found = tuple(dict.fromkeys(name for name in (word or DEVICE.name).split(",") if name in known))
    if not found and (word != ALONE or shape in (Shape.BAND, Shape.TOP)):
        return (DEVICE.name,)
    return found[:MOST_GROUPINGS]


def _where(word: str, family: Family) -> tuple[str, str] | None:
    """Read which instances are meant: ``label:value``, or a value of the first label alone."""
    label, colon, value = word.strip().partition(":")
    if colon and label in family.labels:
        return (label, value) if value else None
    return (family.labels[0], word.strip()) if word.strip() and family.labels else None
