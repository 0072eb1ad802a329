"""Captures of real devices, read by every collector whose menu they are of; they lie beside us."""

from __future__ import annotations

import pytest

from routeros.collector import Collector, Replies
from routeros.collectors import every, wireless_clients
from routeros.words import Row
from tests.routeros.test_captures import CAPTURES, load, samples, shapes, through_the_wire

pytestmark = pytest.mark.skipif(not CAPTURES.is_dir(), reason="the captures of ../shared/data are not here")

READ = [(collector, place) for collector in every().values() for place, _ in enumerate(collector.commands)]


def told(collector: Collector, place: int, rows: list[Row]) -> Replies:
    """Give rows as the reply of one command, and none to the others."""
    replies: list[list[Row] | None] = [None] * len(collector.commands)
    replies[place] = rows
    return replies


@pytest.mark.parametrize(("collector", "place"), READ, ids=lambda x: getattr(x, "name", str(x)))
def test_rest_rows_of_a_menu_are_read_without_a_problem(collector: Collector, place: int) -> None:
    path = collector.commands[place].menu.removesuffix("/print")
    for sample in samples():
        if sample["path"] == path:
            row = sample["rest_sample"]
            replies = told(collector, place, through_the_wire(row if isinstance(row, list) else [row]))
            assert collector.read(replies).problems == ()
            collector.further(replies)


def test_captured_clients_are_what_was_shown() -> None:
    names = ("signal_dbm", "tx_rate_bps", "tx_ccq_ratio", "rx_ccq_ratio", "tx_bytes_total", "uptime_seconds")
    read = []
    for rows in shapes(load("wireless_registration-table.json")):
        reading = wireless_clients.read([through_the_wire(rows), None, None, None])
        assert reading.problems == ()
        read += [(*sample.labels, *(sample.values[name] for name in names)) for sample in reading.samples]
    assert read == [
        ("wlan1", "00:00:00:00:00:01", "", -62, 72_200_000, 0.93, None, 17_536_671, 20_976.0),
        ("wlan1", "00:11:22:3E:1C:EE", "", -51, 48_000_000, 1.13, None, 6_689_896, 432_551.0),
        ("wlan2", "00:0C:42:3A:EC:CF", "", -74, 52_000_000, 0.51, 0.77, 1_090_924_066, 1_776_113.0),
    ]


def test_a_client_that_tells_no_interface_is_passed_over() -> None:
    (rows,) = shapes(load("wifi_registration-table.json"))
    reading = wireless_clients.read([None, None, through_the_wire(rows), None])
    assert [sample.labels for sample in reading.samples] == [("wifi1", "AA:BB:CC:00:00:01", "home")]
    assert reading.problems == ()
