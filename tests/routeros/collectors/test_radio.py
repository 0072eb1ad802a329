"""Radios of all drivers: who is asked for, and what monitors and managers tell."""

from __future__ import annotations

import pytest

from routeros.collector import MOST_FURTHER, Replies
from routeros.collectors import radio
from routeros.words import Row

OLD: Row = {"status": "running-ap", "channel": "2437/20-Ce/gn(20dBm)", "noise-floor": "-105", "overall-tx-ccq": "94"}
OLD |= {"registered-clients": "3", "authenticated-clients": "2"}
NEW: Row = {"state": "running", "channel": "5500/ax/Ceee", "tx-power": "22", "registered-peers": "4"}
NEW |= {"authorized-peers": "4"}
MANAGED: Row = {"name": "cap1", "current-state": "running-ap", "current-channel": "2412/20/gn(30dBm)"}
MANAGED |= {"current-registered-clients": "3", "current-authorized-clients": "3"}


def printed(place: int, *rows: Row) -> list[list[Row] | None]:
    replies: list[list[Row] | None] = [None] * 4
    replies[place] = list(rows)
    return replies


def test_each_radio_that_is_on_is_asked_for_itself() -> None:
    rows = [{"name": "wlan1", "disabled": "false"}, {"name": "wlan2", "disabled": "true"}, {"name": "a,b"}, {}]
    commands = radio.collector.further(printed(0, *rows))
    assert [(c.menu, c.attributes["numbers"]) for c in commands] == [
        ("/interface/wireless/monitor", "wlan1"),
        ("/interface/wireless/monitor", "a,b"),
    ]
    assert all(c.attributes["once"] == "" and c.properties for c in commands)
    assert len(radio.collector.further(printed(2, *({"name": f"wifi{n}"} for n in range(200))))) == MOST_FURTHER


@pytest.mark.parametrize(
    ("place", "row", "expected"),
    [
        (0, OLD, (2_437_000_000, 40_000_000, 20, -105, 3, 2, 0.94, 2)),
        (1, NEW, (5_500_000_000, 80_000_000, 22, None, 4, 4, None, 2)),
        (2, NEW, (5_500_000_000, 80_000_000, 22, None, 4, 4, None, 2)),
        (2, NEW | {"state": "scanning"}, (5_500_000_000, 80_000_000, 22, None, 4, 4, None, 1)),
        (2, {}, (None,) * 8),
    ],
)
def test_what_a_monitor_tells(place: int, row: Row, expected: tuple[object, ...]) -> None:
    reading = radio.read([*printed(place, {"name": "one", "disabled": "false"}), [row] if row else None])
    (sample,) = reading.samples
    assert sample.labels == ("one",)
    assert tuple(sample.values[field.name] for field in radio.family.fields) == expected
    assert reading.problems == ()


def test_a_radio_that_is_off_says_so_and_shifts_nobody() -> None:
    rows = [{"name": "wifi1", "disabled": "true"}, {"name": "wifi2", "disabled": "false"}]
    off, on = radio.read([*printed(2, *rows), [NEW]]).samples
    assert (off.values["state"], off.values["clients"]) == (0, None)
    assert (on.labels, on.values["clients"]) == (("wifi2",), 4)


def test_a_manager_prints_all_of_its_radios() -> None:
    assert radio.collector.further(printed(3, MANAGED)) == ()
    (sample,) = radio.read(printed(3, MANAGED)).samples
    assert (sample.labels, sample.values["tx_power_dbm"], sample.values["clients"]) == (("cap1",), 30, 3)


@pytest.mark.parametrize("channel", ["auto", "", "5180/ax/Ceee+5690", "99", "2412/20/gn(loud)"])
def test_a_channel_that_nobody_understands_costs_itself(channel: str) -> None:
    replies: Replies = [*printed(2, {"name": "wifi1"}), [{**NEW, "channel": channel}]]
    (sample,) = (reading := radio.read(replies)).samples
    assert (sample.values["frequency_hertz"], sample.values["clients"]) == (None, 4)
    assert len(reading.problems) == (1 if channel else 0)
