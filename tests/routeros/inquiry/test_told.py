"""What routers tell of pings, ways and logs becomes values, whichever version wrote it."""

from __future__ import annotations

import pytest

from routeros.inquiry import told


def test_pings_are_counted_by_the_last_row_which_speaks_of_all() -> None:
    found = told.pings(
        [
            {"seq": "0", "host": "10.0.0.1", "time": "1ms500us", "ttl": "64", "sent": "1", "received": "1"},
            {"seq": "1", "host": "10.0.0.1", "time": "500us", "ttl": "64", "sent": "2", "received": "2"},
            {"seq": "2", "host": "10.0.0.1", "status": "timeout", "sent": "3", "received": "2"},
        ]
    )
    assert (found.sent, found.received, round(found.loss, 3)) == (3, 2, 0.333)
    assert (found.shortest, found.mean, found.longest) == (0.5, 1.0, 1.5)
    assert [one.status for one in found.each] == [None, None, "timeout"]


@pytest.mark.parametrize(
    ("row", "milliseconds"),
    [({"time": "7ms"}, 7.0), ({"time": "00:00:00.012"}, 12.0), ({"time": "timeout"}, None), ({}, None)],
)
def test_a_time_is_read_or_is_none(row: dict[str, str], milliseconds: float | None) -> None:
    assert told.pings([row]).each[0].milliseconds == milliseconds


def test_nothing_told_is_nothing_sent() -> None:
    found = told.pings([])
    assert (found.sent, found.received, found.loss, found.mean) == (0, 0, 0.0, None)


def test_more_answers_than_were_sent_are_no_negative_loss() -> None:
    rows = [{"time": "1ms", "sent": "1", "received": "4"}]
    assert told.pings(rows).loss == 0.0


def test_hops_are_numbered_and_those_that_are_silent_have_no_address() -> None:
    near, silent = told.hops(
        [
            {"address": "10.0.0.1", "loss": "0", "last": "1.5", "avg": "2", "best": "1", "worst": "3", "status": ""},
            {"address": "", "loss": "100%", "last": "timeout"},
        ]
    )
    assert (near.number, near.last, near.mean, near.best, near.worst, near.loss) == (1, 1.5, 2.0, 1.0, 3.0, 0.0)
    assert (silent.number, silent.address, silent.loss, silent.last) == (2, None, 1.0, None)


def test_topics_of_a_line_are_apart() -> None:
    (line,) = told.lines([{".id": "*1F", "time": "10:00:00", "topics": "system,info,account", "message": "in"}])
    assert (line.id, line.topics, line.message) == ("*1F", ("system", "info", "account"), "in")
    assert told.lines([{"message": "x"}])[0].topics == ()
