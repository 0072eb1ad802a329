"""What a metric is: a family of fields, declared once, from which tables, charts and columns follow."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from enum import StrEnum
from typing import TypeAlias

import msgspec

from fleet.errors import BadInput

Value: TypeAlias = float | int | None


class Cycle(StrEnum):
    """How often a collector runs: every poll, every 15 minutes, or once a day."""

    FAST = "fast"
    SLOW = "slow"
    DAILY = "daily"


class Kind(StrEnum):
    """A gauge goes up and down, a counter only up until it is reset, a state is one of a few words."""

    GAUGE = "gauge"
    COUNTER = "counter"
    STATE = "state"


class Storage(StrEnum):
    """How a column is kept: ``real`` would lose bytes, so gauges are doubles."""

    DOUBLE = "double precision"
    BIGINT = "bigint"
    SMALLINT = "smallint"


_NAME = re.compile(r"[a-z][a-z0-9_]{1,48}\Z")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a metric table and the field that it comes from."""

    name: str
    storage: Storage
    unit: str


@dataclass(frozen=True, slots=True)
class Field:
    """One number of a family, in base units named at the end of its name (``rx_bytes_total``, ``signal_dbm``).

    A counter's name ends in ``_total`` and it is stored as three columns: the raw count, the increase since the
    poll before and the rate per second. A state is stored as the place of its word in ``states``.
    """

    name: str
    kind: Kind = Kind.GAUGE
    unit: str = ""
    title: str = ""
    states: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not _NAME.match(self.name):
            raise ValueError(f"{self.name!r} is no field name: lower case, digits and underscores, at most 49")
        if (self.kind is Kind.COUNTER) != self.name.endswith("_total"):
            raise ValueError(f"{self.name}: a counter's name ends in _total, and no other's does")
        if (self.kind is Kind.STATE) != bool(self.states):
            raise ValueError(f"{self.name}: a state lists its words, and nothing else does")

    @property
    def stem(self) -> str:
        """The name without ``_total``: what the derived columns of a counter begin with."""
        return self.name.removesuffix("_total")

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that hold this field, the raw value first."""
        if self.kind is Kind.GAUGE:
            return (Column(self.name, Storage.DOUBLE, self.unit),)
        if self.kind is Kind.STATE:
            return (Column(self.name, Storage.SMALLINT, ""),)
        return (
            Column(self.name, Storage.BIGINT, self.unit),
            Column(f"{self.stem}_increase", Storage.BIGINT, self.unit),
            Column(f"{self.stem}_rate", Storage.DOUBLE, f"{self.unit}/s"),
        )


@dataclass(frozen=True, slots=True)
class Family:
    """Fields that are read together for each instance named by ``labels`` (none: one row a device).

    ``columns`` are all value columns in the order of declaration, ``names`` their names, and ``counting`` tells of
    each field's name whether it is a counter: laid out once, for every poll asks.
    """

    name: str
    title: str
    fields: tuple[Field, ...]
    labels: tuple[str, ...] = ()
    columns: tuple[Column, ...] = attribute(init=False, repr=False, compare=False)
    names: tuple[str, ...] = attribute(init=False, repr=False, compare=False)
    counting: tuple[tuple[str, bool], ...] = attribute(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", tuple(column for field in self.fields for column in field.columns))
        object.__setattr__(self, "names", tuple(column.name for column in self.columns))
        object.__setattr__(self, "counting", tuple((f.name, f.kind is Kind.COUNTER) for f in self.fields))
        names = [self.name, *self.labels]
        if bad := [n for n in names if not _NAME.match(n)]:
            raise ValueError(f"{bad[0]!r} is no name for a family or a label")
        columns = [c.name for c in self.columns] + list(self.labels) + ["time", "tenant_id", "device_id"]
        if len(columns) != len(set(columns)):
            raise ValueError(f"family {self.name}: two columns of one name")

    @property
    def table(self) -> str:
        """The name of the table with one wide row for each device, instance and poll."""
        return f"{self.name}_metrics"

    def column(self, name: str) -> Column:
        """Find a value column by name; raises BadInput that lists what there is."""
        for column in self.columns:
            if column.name == name:
                return column
        raise BadInput(f"The family {self.name} has no field {name!r}.", f"Choose one of: {', '.join(self.names)}.")

    def field_of(self, column: str) -> Field:
        """Find the field that a column holds or is derived from."""
        for field in self.fields:
            if any(c.name == column for c in field.columns):
                return field
        raise BadInput(f"The family {self.name} has no field {column!r}.", f"Choose one of: {', '.join(self.names)}.")


class Sample(msgspec.Struct, frozen=True):
    """What one collector read of one instance: its labels in the family's order, and raw values by field name.

    A field that is absent or None was not told by the device. Derived columns are not in here: the poller adds them.
    """

    values: Mapping[str, Value]
    labels: tuple[str, ...] = ()


def find(families: Mapping[str, Family], name: str) -> Family:
    """Find a family by name; raises BadInput that lists what there is."""
    if name not in families:
        raise BadInput(f"There is no metric family {name!r}.", f"Choose one of: {', '.join(sorted(families))}.")
    return families[name]
