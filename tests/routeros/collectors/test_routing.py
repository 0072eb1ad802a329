"""Peers of both versions, who is missing, and how many routes there are."""

from __future__ import annotations

import pytest

from routeros.collector import Replies
from routeros.collectors import routing
from routeros.words import Row

SESSION: Row = {"name": "toR2-1", "remote.address": "192.168.1.2", "established": "true", "uptime": "4s70ms"}
SESSION |= {"prefix-count": "500000"}
CONNECTION: Row = {"name": "toR2", "remote.address": "192.168.1.2/32", "disabled": "false"}
PEER: Row = {"name": "peer1", "remote-address": "10.0.0.2", "state": "established", "uptime": "1w2d"}
PEER |= {"prefix-count": "12", "disabled": "false", "established": "true"}
NEIGHBOUR: Row = {"router-id": "10.255.0.1", "address": "10.0.0.1", "state": "Full", "state-changes": "6"}
NEIGHBOUR |= {"adjacency": "1d1s"}


def told(place: int, *rows: Row) -> list[list[Row] | None]:
    replies: list[list[Row] | None] = [None] * 6
    replies[place] = list(rows)
    return replies


def test_a_session_of_version_7() -> None:
    (sample,) = routing.read(told(0, SESSION)).samples
    assert sample.labels == ("bgp", "toR2-1", "192.168.1.2")
    assert sample.values == {"state": 2, "uptime_seconds": 4.07, "prefixes": 500_000}


def test_a_connection_without_a_session_is_missed() -> None:
    replies = told(0, SESSION)
    others = ({"name": "toR3", "remote.address": "192.168.1.3"}, {"name": "off", "remote.address": "::1"} | OFF)
    replies[1] = [CONNECTION, *others, {"name": "waits"}]
    up, down = routing.read(replies).samples
    assert (up.labels, up.values["state"]) == (("bgp", "toR2-1", "192.168.1.2"), 2)
    assert (down.labels, down.values) == (("bgp", "toR3-1", "192.168.1.3"), {"state": 0})


OFF: Row = {"disabled": "true"}


@pytest.mark.parametrize(
    ("row", "state"),
    [
        (PEER, 2),
        (PEER | {"established": ""}, 2),
        (PEER | {"state": "opensent", "established": "false"}, 1),
        (PEER | {"state": "idle", "established": "false"}, 0),
        (PEER | {"state": "", "established": ""}, None),
    ],
)
def test_a_peer_of_version_6(row: Row, state: int | None) -> None:
    (sample,) = routing.read(told(2, row, PEER | OFF | {"name": "other"})).samples
    assert (sample.labels, sample.values["state"]) == (("bgp", "peer1", "10.0.0.2"), state)


@pytest.mark.parametrize(("word", "state"), [("Full", 2), ("2-Way", 2), ("ExStart", 1), ("Down", 0)])
def test_a_neighbour(word: str, state: int) -> None:
    (sample,) = routing.read(told(3, NEIGHBOUR | {"state": word})).samples
    assert sample.labels == ("ospf", "10.255.0.1", "10.0.0.1")
    assert sample.values == {"state": state, "uptime_seconds": 86_401.0, "state_changes_total": 6}


def test_routes_are_counted_by_the_device() -> None:
    replies: Replies = [None, None, None, None, [{"ret": "940123"}], [{"ret": "many"}]]
    (sample,) = (reading := routing.read(replies)).samples
    assert (sample.labels, sample.values) == (("ip", "", ""), {"routes": 940_123})
    assert reading.problems == ("ret: 'many' is no whole number",)
    assert all(command.attributes == {"count-only": ""} for command in routing.collector.seldom)


def test_a_device_without_a_peer_is_left_alone() -> None:
    assert routing.idle([[], None, [], [], [{"ret": "7"}], None])
    assert not routing.idle(told(3, NEIGHBOUR))
