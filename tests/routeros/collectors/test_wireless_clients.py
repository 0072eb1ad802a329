"""Wireless clients of four tables: captures of real devices, and what may be wrong with them."""

from __future__ import annotations

import pytest

from routeros.collector import Replies
from routeros.collectors import wireless_clients
from routeros.words import Row

LEGACY: Row = {
    "interface": "wlan1",
    "mac-address": "00:11:22:3e:1c:EE",
    "rx-rate": "65Mbps-20MHz/1S",
    "tx-rate": "48Mbps",
    "bytes": "6689896,2094536",
    "uptime": "5d9m11s",
    "signal-strength": "-51@1Mbps",
    "signal-to-noise": "50",
    "tx-ccq": "113",
}
OLDEST: Row = LEGACY | {"uptime": "2w6d13:21:53", "signal-strength": "-74dBm@6Mbps", "rx-ccq": "77"}
MANAGED: Row = {
    "interface": "BonusRoom 2.4Ghz",
    "ssid": "Laney",
    "mac-address": "9C:C8:E9:53:BA:F0",
    "tx-rate": "130Mbps-20MHz/2S",
    "rx-rate": "1Mbps",
    "rx-signal": "-70",
    "uptime": "2h29m56s240ms",
    "bytes": "150684303,19365193",
}
MODERN: Row = {
    "interface": "wifi1",
    "ssid": "home",
    "mac-address": "AA:BB:CC:00:00:01",
    "signal": "-55",
    "tx-rate": "1200.9Mbps-80MHz/2S/MCS11",
    "rx-rate": "864.8Mbps-80MHz/2S/MCS9",
    "bytes": "1000,2000",
    "uptime": "1h2m",
}


def told(place: int, *rows: Row) -> Replies:
    replies: list[list[Row] | None] = [None] * 4
    replies[place] = list(rows)
    return replies


def test_a_client_of_the_older_driver() -> None:
    reading = wireless_clients.read(told(0, LEGACY))
    (sample,) = reading.samples
    assert sample.labels == ("wlan1", "00:11:22:3E:1C:EE", "")
    assert sample.values == {
        "signal_dbm": -51,
        "signal_to_noise_db": 50.0,
        "tx_rate_bps": 48_000_000,
        "rx_rate_bps": 65_000_000,
        "tx_ccq_ratio": 1.13,
        "rx_ccq_ratio": None,
        "tx_bytes_total": 6_689_896,
        "rx_bytes_total": 2_094_536,
        "uptime_seconds": 432_551.0,
    }
    assert reading.problems == ()


def test_a_client_as_version_4_told_it() -> None:
    (sample,) = wireless_clients.read(told(0, OLDEST)).samples
    assert (sample.values["signal_dbm"], sample.values["rx_ccq_ratio"]) == (-74, 0.77)
    assert sample.values["uptime_seconds"] == 1_776_113.0


@pytest.mark.parametrize("place", [1, 2])
def test_a_client_of_the_newer_driver(place: int) -> None:
    (sample,) = wireless_clients.read(told(place, MODERN)).samples
    assert sample.labels == ("wifi1", "AA:BB:CC:00:00:01", "home")
    assert (sample.values["signal_dbm"], sample.values["tx_rate_bps"]) == (-55, 1_200_900_000)
    assert (sample.values["tx_bytes_total"], sample.values["rx_bytes_total"]) == (1000, 2000)


def test_a_client_of_a_managed_radio() -> None:
    (sample,) = wireless_clients.read(told(3, MANAGED)).samples
    assert sample.labels == ("BonusRoom 2.4Ghz", "9C:C8:E9:53:BA:F0", "Laney")
    assert (sample.values["signal_dbm"], sample.values["uptime_seconds"]) == (-70, 8996.24)


def test_what_cannot_be_read_costs_itself() -> None:
    rows = [{**MODERN, "bytes": raw, "mac-address": f"AA:BB:CC:00:00:0{n}"} for n, raw in enumerate(["7", "a,b", ""])]
    reading = wireless_clients.read(told(2, *rows, {"interface": "wifi1"}, MODERN, MODERN))
    assert [sample.values["tx_bytes_total"] for sample in reading.samples] == [None, None, None]
    assert all(sample.values["signal_dbm"] == -55 for sample in reading.samples)
    assert reading.problems[:2] == ("bytes: '7' is no pair", "bytes: 'a' is no whole number")
    assert reading.problems[2].startswith("two rows for")
