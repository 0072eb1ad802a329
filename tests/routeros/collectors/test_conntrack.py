"""Connections and the room for them, in both versions."""

from __future__ import annotations

from routeros.collectors import conntrack


def test_a_table_of_version_7() -> None:
    row = {"total-entries": "500", "total-ip4-entries": "400", "total-ip6-entries": "100", "max-entries": "1000"}
    (sample,) = conntrack.read([[row]]).samples
    assert sample.values == {
        "connections": 500,
        "connections_ipv4": 400,
        "connections_ipv6": 100,
        "connections_limit": 1000,
        "used_ratio": 0.5,
    }
    assert not conntrack.idle([[row]])


def test_a_table_of_version_6_and_one_without_a_limit() -> None:
    (sample,) = conntrack.read([[{"total-entries": "7", "max-entries": "0"}]]).samples
    assert (sample.values["connections"], sample.values["used_ratio"]) == (7, None)
    assert sample.values["connections_ipv4"] is None


def test_a_device_that_follows_nothing_is_left_alone() -> None:
    assert conntrack.idle([[{"total-entries": "0", "max-entries": "1000"}]])
    assert conntrack.idle([[{"max-entries": "1000"}]])
    assert conntrack.idle([None])
