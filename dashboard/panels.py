"""What a panel of a device is: what it reads of which family, and how it is drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import pandas as pd

from dashboard import units
from dashboard.figures import Curve, Scale
from dashboard.units import Unit
from db.latest import Latest

MOST = 6
"""Lines of a panel: so many colours there are."""

NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Want:
    """One line to draw: the column and labels to ask for, and how the line looks.

    ``share_of`` turns what is free into what is used: the values are taken from it. ``common`` says that the same
    column of other devices can be compared with it.
    """

    column: str
    name: str
    labels: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    below: bool = False
    band: bool = False
    fill: bool = False
    steps: bool = False
    share_of: float | None = None
    common: bool = False

    def curve(self, frame: pd.DataFrame, series: int) -> Curve:
        """Make the line of a frame that was read for this."""
        return Curve(self.name, self.used(frame), series, self.below, self.band, self.fill, self.steps)

    def ghost(self, frame: pd.DataFrame) -> Curve:
        """Make the line of what was there at another time."""
        return Curve(f"{self.name} before", self.used(frame), below=self.below, steps=self.steps, ghost=True)

    def used(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Turn what is free into what is used, where that is wanted."""
        if self.share_of is None:
            return frame
        used = {"min": self.share_of - frame["max"], "avg": self.share_of - frame["avg"]}
        return frame.assign(**used, max=self.share_of - frame["min"])


@dataclass(frozen=True, slots=True)
class Now:
    """A current value: its name where there are several, the number, its unit."""

    name: str
    number: str
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A chart of a device. ``wants`` and ``now`` see the newest reading of the family, a row for each instance.

    ``selects`` names the label of which one instance is shown, chosen by a person. ``absent`` says why there may be
    nothing; a panel that is ``usual`` says so, the others are left out.
    """

    name: str
    title: str
    family: str
    wants: Callable[[Sequence[Latest]], Iterable[Want]]
    now: Callable[[Sequence[Latest]], Iterable[Now]]
    scale: Callable[[Sequence[Latest]], Scale]
    usual: bool = False
    selects: str = ""
    wide: bool = False


def each(
    name: str,
    title: str,
    column: tuple[str, str],
    unit: Unit,
    scale: Callable[[Sequence[Latest]], Scale] | None = None,
) -> Panel:
    """Make a panel of one column, named with its family: a line for each instance that tells of it, at most MOST."""
    family, field_name = column

    def known(rows: Sequence[Latest]) -> Sequence[Latest]:
        return [row for row in rows if row.values.get(field_name) is not None][:MOST]

    return Panel(
        name=name,
        title=title,
        family=family,
        wants=lambda rows: (Want(field_name, label(row, title), row.labels) for row in known(rows)),
        now=lambda rows: (Now(label(row, ""), *unit.parts(row.values[field_name])) for row in known(rows)),
        scale=scale or fixed(unit),
    )


def traffic(name: str) -> Panel:
    """Make the panel of one interface's traffic: what comes in above, what goes out below the line."""
    return Panel(
        name=name,
        title="Traffic",
        family="interfaces",
        usual=True,
        selects="interface",
        wide=True,
        wants=_traffic_wants,
        now=_traffic_now,
        scale=fixed(units.BITS),
    )


def label(row: Latest, usual: str) -> str:
    """Name an instance by what it is labelled with."""
    return " ".join(word for word in row.labels.values() if word) or usual


def floating(unit: Unit) -> Callable[[Sequence[Latest]], Scale]:
    """Make an axis that follows the values, where zero means nothing."""
    return lambda rows: Scale(unit, None)


def busiest(rows: Sequence[Latest]) -> str:
    """Name the interface with the most traffic, the first of those that have none."""
    if not rows:
        return ""
    return max(rows, key=lambda row: _value(row, "rx_bytes_rate") + _value(row, "tx_bytes_rate")).labels["interface"]


def _traffic_wants(rows: Sequence[Latest]) -> Iterable[Want]:
    for row in rows:
        yield Want("rx_bytes_rate", "In", row.labels, fill=True)
        yield Want("tx_bytes_rate", "Out", row.labels, below=True, fill=True)


def _traffic_now(rows: Sequence[Latest]) -> Iterable[Now]:
    for row in rows:
        yield Now("In", *units.BITS.parts(row.values.get("rx_bytes_rate")))
        yield Now("Out", *units.BITS.parts(row.values.get("tx_bytes_rate")))


def _value(row: Latest, column: str) -> float:
    return row.values.get(column) or 0.0


def first(rows: Sequence[Latest], column: str) -> float | None:
    """Tell the first value of a column that is known."""
    return next((row.values.get(column) for row in rows if row.values.get(column) is not None), None)


def fixed(unit: Unit, high: float | None = None) -> Callable[[Sequence[Latest]], Scale]:
    """Make an axis that begins at zero."""
    return lambda rows: Scale(unit, 0.0, high)
