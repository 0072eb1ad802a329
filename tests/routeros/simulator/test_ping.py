"""Pings: what answers, how it is counted, and how it ends."""

from __future__ import annotations

import asyncio

import pytest

from routeros import values
from routeros.simulator.device import lan
from tests.routeros.simulator.desk import Desk, spoken


def ping(desk: Desk, *words: str) -> list[dict[str, str]]:
    """Ping until it ends, and return the rows."""
    before = len(desk.paper.said)

    async def wait() -> None:
        desk.ask(*words)
        while not desk.paper.said[before:] or desk.paper.said[-1][0] != "!done":
            await asyncio.sleep(0)

    asyncio.run(wait())
    return [row for word, row in desk.paper.said[before:] if word == "!re"]


@pytest.mark.parametrize("command", ["/ping", "/tool/ping"])
def test_a_host_that_is_there_answers_as_often_as_asked(command: str) -> None:
    desk = Desk("ccr2004")
    host = f"{lan.site_prefix(desk.router.model)}.2"
    rows = ping(desk, command, f"=address={host}", "=count=3")
    assert [(row["seq"], row[".section"], row["sent"], row["received"]) for row in rows] == [
        ("0", "0", "1", "1"), ("1", "1", "2", "2"), ("2", "2", "3", "3"),
    ]  # fmt: skip
    assert {row["packet-loss"] for row in rows} == {"0"}
    shortest, mean, longest = (values.duration(rows[-1][name]) for name in ("min-rtt", "avg-rtt", "max-rtt"))
    assert shortest <= mean <= longest
    assert values.duration(rows[-1]["time"]) <= longest


def test_a_host_that_is_silent_times_out() -> None:
    rows = ping(Desk("ccr2004"), "/ping", "=address=192.0.2.1", "=count=2", "=interval=200ms")
    assert [(row["status"], row["received"], row["packet-loss"]) for row in rows] == [("timeout", "0", "100")] * 2
    assert not any("time" in row or "avg-rtt" in row for row in rows)


def test_a_way_out_needs_the_uplink() -> None:
    desk = Desk("ccr2004")
    assert "time" in ping(desk, "/ping", "=address=9.9.9.9", "=count=1")[0]
    desk.rows("/interface/disable", "=.id=*1")
    assert "time" not in ping(desk, "/ping", "=address=9.9.9.9", "=count=1")[0]


def test_names_are_those_that_the_router_was_given() -> None:
    desk = Desk("hap_ax2")
    assert desk.trap("/ping", "=address=camera.lan", "=count=1")["message"] == "failure: dns name does not exist"
    desk.ask("/ip/dns/static/add", "=name=camera.lan", f"=address={lan.own_address(desk.router.model)}")
    (row,) = ping(desk, "/ping", "=address=Camera.lan", "=count=1")
    assert row["host"] == lan.own_address(desk.router.model)


def test_without_a_count_it_goes_on_until_it_is_cancelled() -> None:
    desk = Desk("hap_ax2")

    async def begin() -> list[tuple[str, dict[str, str]]]:
        desk.ask("/ping", "=address=9.9.9.9", ".tag=1")
        while len(desk.paper.said) < 5:
            await asyncio.sleep(0)
        return desk.ask("/cancel", "=tag=1", ".tag=2")

    answers = asyncio.run(begin())
    assert spoken(answers) == [("!trap", "1"), ("!done", "2"), ("!done", "1")]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "missing value for argument address"),
        (["=address=9.9.9.9", "=count=0"], "value of count out of range (1..4294967295)"),
        (["=address=9.9.9.9", "=interval=9s"], "value of interval out of range (00:00:00.010..00:00:05)"),
        (["=address=9.9.9.9", "=size=5"], "value of size out of range (14..65535)"),
        (["=address=9.9.9.9", "=colour=red"], "unknown parameter colour"),
    ],
)
def test_what_is_wrong_is_refused(words: list[str], message: str) -> None:
    assert Desk().trap("/ping", *words)["message"] == message


def test_netwatch_tells_who_is_up() -> None:
    desk = Desk("ccr2004")
    for host in ("9.9.9.9", "192.0.2.1"):
        desk.ask("/tool/netwatch/add", f"=host={host}")
    assert [row["status"] for row in desk.rows("/tool/netwatch/print")] == ["up", "down"]
    desk.rows("/tool/netwatch/disable", "=numbers=9.9.9.9")
    assert desk.rows("/tool/netwatch/print")[0]["status"] == "unknown"
