"""Temperatures, voltages, power and fans, from ``/system/health``.

RouterOS 7 has a row for each sensor (``name``, ``value``, ``type``), RouterOS 6 one row with a property for each. The
same sensor bears different names on different boards, and many boards have none.
"""

from __future__ import annotations

from collections.abc import Iterator

from fleet.families import Cycle, Family, Field, Kind, Sample, Value
from routeros import values
from routeros.collector import Collector, Notes, Reading, Replies
from routeros.words import Command, Row

family = Family(
    "health",
    "Health",
    (
        Field("temperature_celsius", unit="°C", title="Temperature"),
        Field("cpu_temperature_celsius", unit="°C", title="CPU temperature"),
        Field("board_temperature_celsius", unit="°C", title="Board temperature"),
        Field("voltage_volts", unit="V", title="Voltage"),
        Field("current_amperes", unit="A", title="Current"),
        Field("power_watts", unit="W", title="Power"),
        Field("fan1_speed_rpm", unit="rpm", title="Fan 1"),
        Field("fan2_speed_rpm", unit="rpm", title="Fan 2"),
        Field("fan3_speed_rpm", unit="rpm", title="Fan 3"),
        Field("fan4_speed_rpm", unit="rpm", title="Fan 4"),
        Field("value", title="Sensor's value"),
        Field("status", Kind.STATE, title="Sensor's status", states=("fail", "ok")),
    ),
    labels=("sensor",),
)

COLUMNS = {
    "temperature": "temperature_celsius",
    "cpu-temperature": "cpu_temperature_celsius",
    "board-temperature": "board_temperature_celsius",
    "board-temperature1": "board_temperature_celsius",
    "voltage": "voltage_volts",
    "current": "current_amperes",
    "power-consumption": "power_watts",
    "fan1-speed": "fan1_speed_rpm",
    "fan2-speed": "fan2_speed_rpm",
    "fan3-speed": "fan3_speed_rpm",
    "fan4-speed": "fan4_speed_rpm",
}
"""The well-known sensors: name on the device → column."""

OTHERS = (
    "board-temperature2",
    "phy-temperature",
    "sfp-temperature",
    "switch-temperature",
    "psu1-voltage",
    "psu2-voltage",
    "psu1-current",
    "psu2-current",
    "psu1-state",
    "psu2-state",
    "fan-state",
    "poe-out-consumption",
    "jack-voltage",
    "2pin-voltage",
)
"""Sensors that RouterOS 6 must be asked for by name; RouterOS 7 tells its own."""

command = Command("/system/health/print", ("name", "value", *COLUMNS, *OTHERS))


def read(replies: Replies) -> Reading:
    """Read the device's own row (sensor ""), and one for each sensor without a column."""
    notes, own, others = Notes(), dict[str, Value](), list[Sample]()
    for name, row, key in _sensors(replies[0] or []):
        if name in COLUMNS:
            own.setdefault(COLUMNS[name], notes.value(row, key, values.decimal))
        elif value := _other(notes, row, key):
            others.append(Sample(value, (values.text(name),)))
    samples = notes.samples(([Sample(own, ("",))] if own else []) + others)
    return Reading(samples, problems=tuple(notes.problems))


def _sensors(rows: list[Row]) -> Iterator[tuple[str, Row, str]]:
    """Yield each sensor's name with the row and the property that hold its value."""
    for row in rows:
        if "name" in row:
            yield row["name"], row, "value"
        else:
            yield from ((name, row, name) for name in (*COLUMNS, *OTHERS) if name in row)


def _other(notes: Notes, row: Row, key: str) -> dict[str, Value]:
    """Read a number or ok/fail; some boards tell modes among the sensors, which are no measurement."""
    raw = row.get(key, "")
    if raw in ("ok", "fail"):
        return {"status": int(raw == "ok")}
    if not raw[:1].isdigit() and raw[:1] != "-":
        return {}
    value = notes.value(row, key, values.decimal)
    return {} if value is None else {"value": value}


collector = Collector("health", Cycle.FAST, (command,), family, read)
