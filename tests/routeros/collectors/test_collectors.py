"""Each collector on replies of its own: both major versions, missing properties, nonsense."""

from __future__ import annotations

import pytest

from routeros.collectors import health, identity, interfaces, resource, wireless
from routeros.words import Row

RESOURCE: Row = {
    "uptime": "1w4d23h26m9s",
    "version": "7.16 (stable)",
    "free-memory": "872022016",
    "total-memory": "1073741824",
    "cpu-count": "4",
    "cpu-load": "53",
    "free-hdd-space": "98435072",
    "total-hdd-space": "134479872",
    "architecture-name": "arm64",
    "board-name": "RB5009UG+S+",
    "platform": "MikroTik",
}


def test_resource_reads_numbers_and_facts() -> None:
    reading = resource.read([[RESOURCE]])
    (sample,) = reading.samples
    assert sample.values == {
        "cpu_load_ratio": 0.53,
        "memory_free_bytes": 872_022_016,
        "memory_total_bytes": 1_073_741_824,
        "disk_free_bytes": 98_435_072,
        "disk_total_bytes": 134_479_872,
        "uptime_seconds": 1_034_769.0,
    }
    assert reading.facts == {
        "version": "7.16",
        "channel": "stable",
        "board_name": "RB5009UG+S+",
        "model": "RB5009UG+S+",
        "architecture": "arm64",
        "platform": "MikroTik",
        "cpu_count": "4",
    }
    assert reading.problems == ()


def test_resource_leaves_out_nonsense_and_says_so() -> None:
    (sample,) = (reading := resource.read([[{"uptime": "soon", "cpu-load": "7", "version": "seven"}]])).samples
    assert (sample.values["uptime_seconds"], sample.values["cpu_load_ratio"]) == (None, 0.07)
    assert reading.facts == {"version": "seven"}
    assert reading.problems == ("uptime: 'soon' is no duration", "version: 'seven' is no version")


def test_health_of_version_7_has_columns_and_rows() -> None:
    rows = [
        {"name": "cpu-temperature", "value": "38"},
        {"name": "fan1-speed", "value": "3165"},
        {"name": "phy-temperature", "value": "39"},
        {"name": "psu1-state", "value": "ok"},
        {"name": "psu2-state", "value": "fail"},
        {"name": "fan-mode", "value": "auto"},
    ]
    reading = health.read([rows])
    assert {sample.labels: sample.values for sample in reading.samples} == {
        ("",): {"cpu_temperature_celsius": 38.0, "fan1_speed_rpm": 3165.0},
        ("phy-temperature",): {"value": 39.0},
        ("psu1-state",): {"status": 1},
        ("psu2-state",): {"status": 0},
    }
    assert reading.problems == ()


@pytest.mark.parametrize("unit", ["", "V"])
def test_health_of_version_6_has_one_row(unit: str) -> None:
    reading = health.read(
        [[{"voltage": f"24.3{unit}", "temperature": "46", "psu1-state": "ok", "state": "disabled"}]]
    )
    assert {sample.labels: sample.values for sample in reading.samples} == {
        ("",): {"voltage_volts": 24.3, "temperature_celsius": 46.0},
        ("psu1-state",): {"status": 1},
    }


def test_health_of_a_board_without_sensors_is_nothing() -> None:
    assert health.read([[{"state": "disabled", "state-after-reboot": "enabled"}]]).samples == ()


def counted(**more: str) -> Row:
    counters = ("rx-byte", "tx-byte", "rx-packet", "tx-packet", "rx-error", "tx-error", "rx-drop", "tx-drop")
    return dict.fromkeys(counters, "7") | {"name": "ether1", "running": "true", "disabled": "false"} | more


@pytest.mark.parametrize(
    ("more", "link"),
    [
        ({}, 1),
        ({"running": "false"}, 0),
        ({"running": "false", "disabled": "true"}, 2),
        ({"running": ""}, None),
        ({"running": "yes", "disabled": "no"}, 1),
    ],
)
def test_interfaces_read_counters_and_link(more: Row, link: int | None) -> None:
    (sample,) = interfaces.read([[counted(**more)]]).samples
    assert sample.labels == ("ether1",)
    assert sample.values["link"] == link
    assert {value for name, value in sample.values.items() if name != "link"} == {7}


def test_interfaces_keep_64_bits_and_odd_names() -> None:
    rows = [counted(name=name, **{"rx-byte": "78230773084"}) for name in ("123", "no", "a=b", "Küche 2", "no")]
    reading = interfaces.read([rows])
    assert [sample.labels for sample in reading.samples] == [("123",), ("no",), ("a=b",), ("Küche 2",)]
    assert reading.samples[0].values["rx_bytes_total"] == 78_230_773_084
    assert reading.problems == ("two rows for 'no'",)


def test_interfaces_miss_what_is_absent_only() -> None:
    (sample,) = (reading := interfaces.read([[{"name": "lo", "rx-byte": "many"}]])).samples
    assert set(sample.values.values()) == {None}
    assert reading.problems == ("rx-byte: 'many' is no whole number",)


def test_wireless_sums_the_legacy_table_up() -> None:
    radios = [
        {"name": "wlan1", "type": "wlan"},
        {"name": "wlan2", "type": "wlan"},
        {"name": "ether1", "type": "ether"},
    ]
    peers = [
        {"interface": "wlan1", "ap": "false", "signal-strength": "-62@1Mbps", "tx-rate": "72.2Mbps-20MHz/1S/SGI"}
        | {"rx-rate": "58.5Mbps-HT", "tx-ccq": "93", "signal-to-noise": "52"},
        {
            "interface": "wlan1",
            "ap": "false",
            "signal-strength": "-74dBm@6Mbps",
            "tx-rate": "48Mbps",
            "tx-ccq": "113",
        },
    ]
    reading = wireless.read([radios, peers, None, None])
    found = {sample.labels: sample.values for sample in reading.samples}
    assert found[("wlan1",)] == pytest.approx(
        {
            "clients": 2,
            "signal_dbm": -68,
            "signal_min_dbm": -74,
            "signal_to_noise_db": 52,
            "tx_rate_bps": 60_100_000,
            "rx_rate_bps": 58_500_000,
            "ccq_ratio": 1.03,
        }
    )
    assert found[("wlan2",)]["clients"] == 0
    assert found[("wlan2",)]["signal_dbm"] is None
    assert set(found) == {("wlan1",), ("wlan2",)}


@pytest.mark.parametrize("place", [2, 3])
def test_wireless_reads_both_modern_tables(place: int) -> None:
    replies: list[list[Row] | None] = [[], None, None, None]
    replies[place] = [{"interface": "wifi1", "signal": "-55", "tx-rate": "1200.9Mbps-80MHz/2S/MCS11"}]
    (sample,) = wireless.read(replies).samples
    assert (sample.labels, sample.values["clients"], sample.values["signal_dbm"]) == (("wifi1",), 1, -55)
    assert sample.values["tx_rate_bps"] == 1_200_900_000


def test_an_access_point_is_no_client() -> None:
    (sample,) = wireless.read(
        [None, [{"interface": "wlan1", "ap": "true", "signal-strength": "-70"}], None, None]
    ).samples
    assert (sample.values["clients"], sample.values["signal_dbm"]) == (0, -70)


def test_identity_of_a_board_and_of_a_virtual_router() -> None:
    board = {"routerboard": "true", "model": "RB750GL", "serial-number": "661706652", "current-firmware": "3.41"}
    assert identity.read([[{"name": "r1"}], [board], [{"software-id": "AAAA-BBBB"}]]).facts == {
        "identity": "r1",
        "product_code": "RB750GL",
        "serial": "661706652",
        "firmware": "3.41",
    }
    assert identity.read([[{"name": "0012"}], None, [{"system-id": "Xy/1", "level": "free"}]]).facts == {
        "identity": "0012",
        "serial": "Xy/1",
        "license_level": "free",
    }
