"""How the device itself is: load, memory, traffic of one interface, disk, sensors, connections."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dashboard import panels, units
from dashboard.figures import Scale
from dashboard.panels import Now, Panel, Want, first, fixed, floating
from dashboard.tab import Tab
from dashboard.units import Unit
from db.latest import Latest

VOLTS, WATTS, SPEED = Unit("V"), Unit("W"), Unit("rpm")
FANS = ("fan1_speed_rpm", "fan2_speed_rpm", "fan3_speed_rpm", "fan4_speed_rpm")


def _cpu_now(rows: Sequence[Latest]) -> Iterable[Now]:
    yield Now("", *units.PERCENT.parts(first(rows, "cpu_load_ratio")))


def _room(name: str, title: str, usual: bool) -> Panel:
    """Make a panel of what is used of something, of which the free part and the whole are told."""
    free, total = f"{name}_free_bytes", f"{name}_total_bytes"

    def wants(rows: Sequence[Latest]) -> Iterable[Want]:
        if whole := first(rows, total):
            yield Want(free, "Used", fill=True, share_of=whole)

    def now(rows: Sequence[Latest]) -> Iterable[Now]:
        left, whole = first(rows, free), first(rows, total)
        if left is not None and whole:
            yield Now("", *units.BYTES.parts(whole - left))
            yield Now("of", *units.BYTES.parts(whole))

    def scale(rows: Sequence[Latest]) -> Scale:
        return Scale(units.BYTES, 0.0, first(rows, total))

    return Panel(name=name, title=title, family="resource", usual=usual, wants=wants, now=now, scale=scale)


def _warmth(rows: Sequence[Latest]) -> list[tuple[Latest, str, str]]:
    """Find the temperatures among the sensors: the row, its column, its name."""
    words = {"temperature_celsius": "Device", "cpu_temperature_celsius": "CPU", "board_temperature_celsius": "Board"}
    found = []
    for row in rows:
        sensor = row.labels["sensor"]
        found += [(row, column, name) for column, name in words.items() if row.values.get(column) is not None]
        if "temperature" in sensor and row.values.get("value") is not None:
            found.append((row, "value", sensor.replace("-temperature", "")))
    return found[: panels.MOST]


def _warmth_wants(rows: Sequence[Latest]) -> Iterable[Want]:
    return (Want(c, name, row.labels, common=c == "cpu_temperature_celsius") for row, c, name in _warmth(rows))


def _warmth_now(rows: Sequence[Latest]) -> Iterable[Now]:
    return (Now(name, *units.CELSIUS.parts(row.values[column])) for row, column, name in _warmth(rows))


def _fans(rows: Sequence[Latest]) -> list[tuple[Latest, str, str]]:
    return [(r, c, f"Fan {n}") for r in rows for n, c in enumerate(FANS, 1) if r.values.get(c) is not None]


tab = Tab(
    name="health",
    title="Health",
    order=0,
    listed=True,
    bare="The device was not polled then, or did not answer.",
    panels=(
        Panel(
            name="cpu",
            title="CPU load",
            family="resource",
            usual=True,
            wants=lambda rows: [Want("cpu_load_ratio", "CPU", band=True, fill=True, common=True)],
            now=_cpu_now,
            scale=fixed(units.PERCENT, 1.0),
        ),
        _room("memory", "Memory", usual=True),
        panels.traffic("traffic"),
        Panel(
            name="temperature",
            title="Temperature",
            family="health",
            wants=_warmth_wants,
            now=_warmth_now,
            scale=floating(units.CELSIUS),
        ),
        panels.each("voltage", "Voltage", ("health", "voltage_volts"), VOLTS, floating(VOLTS)),
        panels.each("power", "Power", ("health", "power_watts"), WATTS),
        Panel(
            name="fans",
            title="Fans",
            family="health",
            wants=lambda rows: (Want(column, name, row.labels) for row, column, name in _fans(rows)),
            now=lambda rows: (Now(name, *SPEED.parts(row.values[column])) for row, column, name in _fans(rows)),
            scale=fixed(SPEED),
        ),
        panels.each("connections", "Tracked connections", ("conntrack", "connections"), units.COUNT),
        _room("disk", "Disk", usual=False),
    ),
)
