"""The panels of a device: what each reads of which family, and how it is drawn. One entry in PANELS is one panel."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import pandas as pd

from dashboard import units
from dashboard.figures import Curve, Scale
from dashboard.units import Unit
from db.latest import Latest

NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Want:
    """One line to draw: the column and labels to ask for, and how the line looks.

    ``share_of`` turns what is free into what is used: the values are taken from it.
    """

    column: str
    name: str
    labels: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    below: bool = False
    band: bool = False
    fill: bool = False
    steps: bool = False
    share_of: float | None = None

    def curve(self, frame: pd.DataFrame, series: int) -> Curve:
        """Make the line of a frame that was read for this."""
        return Curve(self.name, self._used(frame), series, self.below, self.band, self.fill, self.steps)

    def _used(self, frame: pd.DataFrame) -> pd.DataFrame:
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


def busiest(rows: Sequence[Latest]) -> str:
    """Name the interface with the most traffic, the first of those that have none."""
    if not rows:
        return ""
    return max(rows, key=lambda row: _value(row, "rx_bytes_rate") + _value(row, "tx_bytes_rate")).labels["interface"]


def _value(row: Latest, column: str) -> float:
    return row.values.get(column) or 0.0


def _first(rows: Sequence[Latest], column: str) -> float | None:
    return next((row.values.get(column) for row in rows if row.values.get(column) is not None), None)


def _fixed(unit: Unit, high: float | None = None) -> Callable[[Sequence[Latest]], Scale]:
    return lambda rows: Scale(unit, 0.0, high)


def _cpu_now(rows: Sequence[Latest]) -> Iterable[Now]:
    yield Now("", *units.PERCENT.parts(_first(rows, "cpu_load_ratio")))


def _memory_wants(rows: Sequence[Latest]) -> Iterable[Want]:
    total = _first(rows, "memory_total_bytes")
    if total:
        yield Want("memory_free_bytes", "Used", fill=True, share_of=total)


def _memory_now(rows: Sequence[Latest]) -> Iterable[Now]:
    free, total = _first(rows, "memory_free_bytes"), _first(rows, "memory_total_bytes")
    if free is not None and total:
        yield Now("", *units.BYTES.parts(total - free))
        yield Now("of", *units.BYTES.parts(total))


def _traffic_wants(rows: Sequence[Latest]) -> Iterable[Want]:
    for row in rows:
        yield Want("rx_bytes_rate", "In", row.labels, fill=True)
        yield Want("tx_bytes_rate", "Out", row.labels, below=True, fill=True)


def _traffic_now(rows: Sequence[Latest]) -> Iterable[Now]:
    for row in rows:
        yield Now("In", *units.BITS.parts(row.values.get("rx_bytes_rate")))
        yield Now("Out", *units.BITS.parts(row.values.get("tx_bytes_rate")))


def _warmth(rows: Sequence[Latest]) -> Iterable[tuple[Latest, str, str]]:
    """Find the temperatures among the sensors: the row, its column, its name."""
    words = {"temperature_celsius": "Device", "cpu_temperature_celsius": "CPU", "board_temperature_celsius": "Board"}
    for row in rows:
        sensor = row.labels["sensor"]
        yield from ((row, c, name) for c, name in words.items() if row.values.get(c) is not None)
        if "temperature" in sensor and row.values.get("value") is not None:
            yield row, "value", sensor.replace("-temperature", "")


def _warmth_wants(rows: Sequence[Latest]) -> Iterable[Want]:
    return (Want(column, name, row.labels) for row, column, name in _warmth(rows))


def _warmth_now(rows: Sequence[Latest]) -> Iterable[Now]:
    return (Now(name, *units.CELSIUS.parts(row.values[column])) for row, column, name in _warmth(rows))


def _clients_wants(rows: Sequence[Latest]) -> Iterable[Want]:
    return (Want("clients", row.labels["interface"], row.labels, steps=True) for row in rows)


def _clients_now(rows: Sequence[Latest]) -> Iterable[Now]:
    return (Now(row.labels["interface"], *units.COUNT.parts(row.values.get("clients"))) for row in rows)


def _signal(rows: Sequence[Latest]) -> Sequence[Latest]:
    return [row for row in rows if row.values.get("signal_dbm") is not None]


def _signal_wants(rows: Sequence[Latest]) -> Iterable[Want]:
    return (Want("signal_dbm", row.labels["interface"], row.labels) for row in _signal(rows))


def _signal_now(rows: Sequence[Latest]) -> Iterable[Now]:
    for row in _signal(rows):
        yield Now(row.labels["interface"], *units.DBM.parts(row.values["signal_dbm"]))


PANELS = (
    Panel(
        name="cpu",
        title="CPU load",
        family="resource",
        usual=True,
        wants=lambda rows: [Want("cpu_load_ratio", "CPU", band=True, fill=True)],
        now=_cpu_now,
        scale=_fixed(units.PERCENT, 1.0),
    ),
    Panel(
        name="memory",
        title="Memory",
        family="resource",
        usual=True,
        wants=_memory_wants,
        now=_memory_now,
        scale=lambda rows: Scale(units.BYTES, 0.0, _first(rows, "memory_total_bytes")),
    ),
    Panel(
        name="traffic",
        title="Traffic",
        family="interfaces",
        usual=True,
        selects="interface",
        wide=True,
        wants=_traffic_wants,
        now=_traffic_now,
        scale=_fixed(units.BITS),
    ),
    Panel(
        name="temperature",
        title="Temperature",
        family="health",
        wants=_warmth_wants,
        now=_warmth_now,
        scale=lambda rows: Scale(units.CELSIUS, None),
    ),
    Panel(
        name="clients",
        title="Wireless clients",
        family="wireless",
        wants=_clients_wants,
        now=_clients_now,
        scale=_fixed(units.COUNT),
    ),
    Panel(
        name="signal",
        title="Mean signal of clients",
        family="wireless",
        wants=_signal_wants,
        now=_signal_now,
        scale=lambda rows: Scale(units.DBM, None),
    ),
)
