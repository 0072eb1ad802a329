"""What the usual chain makes of librouteros's rows: a value for each metric, the same values as the product keeps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import inf
from statistics import fmean
from typing import Any, Final, TypeAlias

from routeros import values
from routeros.collectors import health, interfaces, wireless

RESOURCE: Final = "/system/resource"
HEALTH: Final = "/system/health"
INTERFACE: Final = "/interface"
REGISTRATIONS: Final = (
    "/interface/wireless/registration-table",
    "/interface/wifiwave2/registration-table",
    "/interface/wifi/registration-table",
)
MENUS: Final = (RESOURCE, HEALTH, INTERFACE, *REGISTRATIONS)

AMOUNTS: Final = {
    "memory_free_bytes": "free-memory",
    "memory_total_bytes": "total-memory",
    "disk_free_bytes": "free-hdd-space",
    "disk_total_bytes": "total-hdd-space",
}

Rows: TypeAlias = Sequence[Mapping[str, Any]]
Value: TypeAlias = tuple[str, str, float]
"""A metric, the instance that it is of, and the value."""


def read(replies: Mapping[str, Rows]) -> dict[str, list[Value]]:
    """Read the values of a poll by subject; librouteros has made numbers and truth values of what looks like one."""
    return {
        "resource": [value for row in replies[RESOURCE] for value in _resource(row)],
        "interfaces": [value for row in replies[INTERFACE] for value in _interface(row)],
        "health": list(_health(replies[HEALTH])),
        "wireless": list(_wireless(replies)),
    }


def version(replies: Mapping[str, Rows]) -> str | None:
    """Tell the version."""
    return next((str(row["version"]).split(" ")[0] for row in replies[RESOURCE]), None)


def _resource(row: Mapping[str, Any]) -> Iterator[Value]:
    yield "cpu_load_ratio", "", row["cpu-load"] / 100
    yield "uptime_seconds", "", values.duration(row["uptime"]).total_seconds()
    yield from ((metric, "", row[name]) for metric, name in AMOUNTS.items())


def _interface(row: Mapping[str, Any]) -> Iterator[Value]:
    for metric, name in interfaces.COUNTERS.items():
        if name in row:
            yield metric, row["name"], row[name]
    yield "link", row["name"], 2 if row["disabled"] else int(row["running"])


def _health(rows: Rows) -> Iterator[Value]:
    for row in rows:
        named = [(row["name"], row["value"])] if "name" in row else row.items()
        for name, value in named:
            if name in health.COLUMNS:
                yield health.COLUMNS[name], "", float(value)
            elif value in ("ok", "fail"):
                yield "status", name, int(value == "ok")
            elif isinstance(value, int | float) or value[:1].isdigit():
                yield "value", name, float(value)


def _wireless(replies: Mapping[str, Rows]) -> Iterator[Value]:
    radios: dict[str, list[Mapping[str, Any]]] = {
        row["name"]: [] for row in replies[INTERFACE] if row["type"] in wireless.TYPES
    }
    for menu in REGISTRATIONS:
        for row in replies[menu]:
            radios.setdefault(row["interface"], []).append(row)
    for name, peers in radios.items():
        yield from _radio(name, peers)


def _radio(name: str, peers: Rows) -> Iterator[Value]:
    signals = _each(peers, values.signal, "signal-strength", "signal")
    yield "clients", name, sum(not row.get("ap") for row in peers)
    if signals:
        yield "signal_min_dbm", name, min(signals)
    for metric, found in (
        ("signal_dbm", signals),
        ("signal_to_noise_db", _each(peers, values.decimal, "signal-to-noise")),
        ("tx_rate_bps", _each(peers, values.rate, "tx-rate")),
        ("rx_rate_bps", _each(peers, values.rate, "rx-rate")),
        ("ccq_ratio", _each(peers, values.ratio, "tx-ccq")),
    ):
        if found:
            yield metric, name, fmean(found)


def _each(peers: Rows, parse: Any, *names: str) -> list[float]:
    return [_number(row[name], parse) for row in peers for name in names if name in row]


def _number(value: Any, parse: Any) -> float:
    return float(value if isinstance(value, int) and parse is not values.ratio else parse(str(value)))


class Counters:
    """What the counters of one device stood at, for increase and rate since."""

    def __init__(self) -> None:
        self._before: dict[tuple[str, str], float] = {}
        self._at = 0.0

    def derived(self, found: Sequence[Value], at: float) -> list[Value]:
        """Add increase and rate to each counter's value; a count that fell has none."""
        more: list[Value] = []
        span, before, self._at = at - self._at, self._before, at
        self._before = {(metric, of): value for metric, of, value in found if metric.endswith("_total")}
        for (metric, of), value in self._before.items():
            grown = value - before.get((metric, of), inf)
            if grown >= 0:
                stem = metric.removesuffix("_total")
                more += ((f"{stem}_increase", of, grown), (f"{stem}_rate", of, grown / span))
        return [*found, *more]
