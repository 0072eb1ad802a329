"""Leases by server and status, and how full a pool is, whoever tells it."""

from __future__ import annotations

import pytest

from routeros.collector import Replies
from routeros.collectors import dhcp
from routeros.words import Row

SERVER: Row = {"name": "lan", "address-pool": "first"}


def lease(status: str, dynamic: str = "true", **more: str) -> Row:
    return {"server": "lan", "status": status, "dynamic": dynamic, **more}


def replies(pools: list[Row], leases: list[Row]) -> Replies:
    return [[SERVER, {"name": "static", "address-pool": "static-only"}], pools, leases]


def test_leases_are_counted_by_server_and_status() -> None:
    leases = [lease("bound"), lease("bound", "false"), lease("waiting", "false"), lease("offered"), lease("busy")]
    leases += [lease("bound", "false") | {"server": "all", "active-server": "lan"}, {"status": "waiting"}]
    lan, static = dhcp.read(replies([{"name": "first", "ranges": "10.0.0.10-10.0.0.19"}], leases)).samples
    assert (lan.labels, static.labels) == (("lan",), ("static",))
    assert lan.values == {
        "leases_bound": 3,
        "leases_waiting": 1,
        "leases_offered": 1,
        "leases_busy": 1,
        "pool_addresses": 10,
        "pool_used_addresses": 1,
        "pool_used_ratio": 0.1,
    }
    assert set(static.values.values()) == {0}


@pytest.mark.parametrize(
    ("ranges", "size"),
    [
        ("10.0.0.10-10.0.0.19", 10),
        ("10.0.0.1", 1),
        ("10.0.1.0/24,10.0.0.1-10.0.0.2", 258),
        ("10.0.0.9-10.0.0.1", 0),
    ],
)
def test_a_pool_is_as_large_as_its_ranges(ranges: str, size: int) -> None:
    lan, _ = dhcp.read(replies([{"name": "first", "ranges": ranges}], [])).samples
    assert lan.values.get("pool_addresses", 0) == size


def test_pools_follow_one_another_and_tell_of_themselves() -> None:
    pools = [{"name": "first", "next-pool": "second", "total": "100", "used": "90"}]
    pools += [{"name": "second", "next-pool": "first", "total": "50", "used": "0"}]
    lan, _ = dhcp.read(replies(pools, [lease("bound")])).samples
    assert (lan.values["pool_addresses"], lan.values["pool_used_ratio"]) == (150, 0.6)


def test_ranges_that_are_none_cost_the_size_alone() -> None:
    reading = dhcp.read(replies([{"name": "first", "ranges": "10.0.0.300"}], [lease("bound")]))
    assert reading.samples[0].values["leases_bound"] == 1
    assert "pool_addresses" not in reading.samples[0].values
    assert len(reading.problems) == 1
