"""Traceroute, torch, blinking and beeping, as a router does them."""

from __future__ import annotations

import asyncio

import pytest

from routeros.simulator.menus.tracing import Senses
from tests.routeros.simulator.desk import Desk


def rows(desk: Desk, *words: str) -> list[dict[str, str]]:
    """Ask until it ends, and return the rows."""
    before = len(desk.paper.said)

    async def wait() -> None:
        desk.ask(*words)
        while not desk.paper.said[before:] or desk.paper.said[-1][0] != "!done":
            await asyncio.sleep(0)

    asyncio.run(wait())
    return [row for word, row in desk.paper.said[before:] if word == "!re"]


def test_the_whole_way_is_told_again_with_each_round() -> None:
    found = rows(Desk("hap_ax2"), "/tool/traceroute", "=address=9.9.9.9", "=count=2")
    sections = {row[".section"] for row in found}
    assert sections == {"0", "1"}
    last = [row for row in found if row[".section"] == "1"]
    assert last[-1]["address"] == "9.9.9.9"
    assert {row["sent"] for row in last} == {"2"}


def test_a_host_that_is_silent_ends_in_hops_without_an_address() -> None:
    found = rows(Desk("hap_ax2"), "/tool/traceroute", "=address=192.0.2.1", "=count=1", "=max-hops=3")
    assert [row["address"] for row in found][-1] == ""
    assert len(found) <= 3


def test_torch_tells_who_speaks_through_a_port() -> None:
    found = rows(Desk("ccr2004"), "/tool/torch", "=interface=ether1", "=duration=1s")
    assert all({"tx", "rx"} <= row.keys() for row in found)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("/tool/torch",), "missing value for argument interface"),
        (("/tool/torch", "=interface=nowhere"), "input does not match any value of interface"),
        (("/tool/traceroute", "=address=9.9.9.9", "=odd=1"), "unknown parameter odd"),
        (("/interface/ethernet/blink", "=numbers=nowhere"), "input does not match any value of interface"),
    ],
)
def test_what_is_said_wrongly_is_refused(words: tuple[str, ...], message: str) -> None:
    assert Desk("ccr2004").trap(*words)["message"] == message


def test_a_beep_is_heard() -> None:
    desk = Desk("ccr2004")
    desk.ask("/beep", "=frequency=880", "=length=200ms")
    assert desk.router.part(Senses).beeps == 1
