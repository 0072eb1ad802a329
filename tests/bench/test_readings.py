"""The usual chain keeps the same values as the product: what one stores the other does, or they are not compared."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from librouteros.protocol import parse_word

from actors.measures import Measures
from bench.fleet import readings
from fleet.events import FamilyRows
from routeros import collectors
from routeros.words import Row

SAID: Mapping[str, Sequence[Row]] = {
    "/system/resource": [
        {
            "uptime": "1d02:03:04",
            "version": "6.49.10 (long-term)",
            "cpu-load": "13",
            "free-memory": "1000",
            "total-memory": "2000",
            "free-hdd-space": "30",
            "total-hdd-space": "40",
        }
    ],
    "/system/health": [{"voltage": "24.3", "temperature": "41", "fan-state": "ok"}],
    "/interface": [
        {"name": "ether1", "type": "ether", "rx-byte": "5", "tx-byte": "0", "running": "true", "disabled": "false"},
        {"name": "wlan1", "type": "wlan", "rx-byte": "7", "running": "false", "disabled": "true"},
        {"name": "wlan2", "type": "wlan", "rx-byte": "8", "running": "false", "disabled": "false"},
    ],
    "/interface/wireless/registration-table": [
        {"interface": "wlan1", "ap": "false", "signal-strength": "-60@6Mbps", "tx-rate": "54Mbps", "tx-ccq": "90"},
        {"interface": "wlan1", "ap": "false", "signal-strength": "-70@6Mbps", "rx-rate": "1000", "tx-ccq": "70"},
    ],
    "/interface/wifiwave2/registration-table": [],
    "/interface/wifi/registration-table": [],
}


READ = ("resource", "health", "interfaces", "wireless")
"""The families that the usual chain keeps too."""


def usual(said: Mapping[str, Sequence[Row]]) -> list[readings.Value]:
    rows = {menu: [_cast(row) for row in rows] for menu, rows in said.items()}
    return [value for found in readings.read(rows).values() for value in found]


def ours(said: Mapping[str, Sequence[Row]], measures: Measures, at: float) -> dict[tuple[str, str], Any]:
    found = {}
    for collector in collectors.every().values():
        if collector.family is not None and collector.family.name in READ:
            rows = [list(said[command.menu.removesuffix("/print")]) for command in collector.commands]
            laid_out = measures.rows(collector.family, collector.read(rows).samples, at, 1000.0 + at)
            found |= dict(_named(laid_out))
    return found


def _cast(row: Row) -> dict[str, Any]:
    """Make of a row what librouteros makes of it."""
    return dict(parse_word(f"={name}={value}") for name, value in row.items())


def _named(rows: FamilyRows) -> Any:
    for labels, values in zip(rows.labels, rows.values, strict=True):
        for column, value in zip(rows.columns, values, strict=True):
            if value is not None:
                yield (column, labels[0] if labels else ""), value


def test_both_keep_the_same_values() -> None:
    kept = ours(SAID, Measures(), 0.0)
    assert {(metric, instance): value for metric, instance, value in usual(SAID)} == pytest.approx(kept)


def test_both_keep_increase_and_rate_of_counters() -> None:
    later = {**SAID, "/interface": [{**row, "rx-byte": str(10 * n)} for n, row in enumerate(SAID["/interface"], 1)]}
    measures, counters = Measures(), readings.Counters()
    ours(SAID, measures, 0.0)
    counters.derived(usual(SAID), 0.0)
    kept = ours(later, measures, 20.0)
    told = {(metric, instance): value for metric, instance, value in counters.derived(usual(later), 20.0)}
    assert told == pytest.approx(kept)
    assert told["rx_bytes_rate", "wlan2"] == pytest.approx(1.1)


def test_a_counter_that_fell_has_no_increase() -> None:
    counters = readings.Counters()
    counters.derived([("rx_bytes_total", "ether1", 9)], 0.0)
    assert counters.derived([("rx_bytes_total", "ether1", 3)], 10.0) == [("rx_bytes_total", "ether1", 3)]
