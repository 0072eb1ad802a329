"""Faults of all kinds: what they are called, what they do to a client, and that they can be lifted."""

from __future__ import annotations

import asyncio
import socket
from datetime import timedelta
from typing import Any

import pytest

from fleet.device import TlsMode
from fleet.errors import BadInput
from routeros.client import connect
from routeros.errors import LoginFailed, TimedOut, Trap, Unreachable
from routeros.simulator import faults
from routeros.simulator.faults import SORTS, Fault, Kind
from routeros.simulator.parts import mishaps
from routeros.simulator.parts.log import Log
from routeros.simulator.simulation import Options
from routeros.words import Command
from tests.fixtures.simulator import EGRESS, Factory, Served
from tests.routeros.simulator.desk import Desk

LONG, SHORT = timedelta(seconds=60), timedelta(milliseconds=150)
IDENTITY = Command("/system/identity/print")
ADDRESSES = Command("/ip/address/print")


@pytest.fixture
def served(simulator: Factory) -> Served:
    return simulator(3)


def ask(served: Served, device: int, *commands: Command, timeout: timedelta = LONG) -> list[Any]:
    """Connect and put several commands at once; a refusal is an answer, silence is raised."""
    # A router that is silent says nothing to a login either; all others take one, however slow the machine is.
    entering = timeout if Kind.SILENT in served.router(device).faults else LONG

    async def live() -> list[Any]:
        client = await connect(
            served.endpoint(device, TlsMode.PLAIN), served.login(device), timeout=entering, egress=EGRESS
        )
        try:
            answers = list(await client.calls(list(commands), timeout=timeout))
            for answer in answers:
                if isinstance(answer, TimedOut):
                    raise answer
            return answers
        finally:
            await client.close()

    return asyncio.run(live())


@pytest.mark.parametrize(
    ("text", "hit", "options"),
    [
        ("3:slow:seconds=2", [3], {"seconds": 2.0}),
        ("2-4:drop", [2, 3, 4], {}),
        ("*:trap:menu=/ip/address:category=1", list(range(10)), {"menu": "/ip/address", "category": 1.0}),
        ("0:link-flap:interface=ether1", [0], {"interface": "ether1"}),
    ],
)
def test_an_order_names_devices_kind_and_options(text: str, hit: list[int], options: dict[str, Any]) -> None:
    order = faults.order(text)
    assert [index for index in range(10) if order.hits(1, index)] == hit
    assert dict(order.fault.options) == options


def test_a_share_is_chosen_by_the_seed_and_differs_from_kind_to_kind() -> None:
    slow, drop = faults.order("20%:slow"), faults.order("20%:drop")
    chosen = [index for index in range(1000) if slow.hits(1, index)]
    assert 150 < len(chosen) < 250
    assert chosen == [index for index in range(1000) if slow.hits(1, index)]
    assert chosen != [index for index in range(1000) if slow.hits(2, index)]
    assert chosen != [index for index in range(1000) if drop.hits(1, index)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "slow",
        "3:",
        "3:sad",
        "x:slow",
        "3:slow:seconds",
        "3:slow:seconds=-1",
        "1-:drop",
        "3:slow:secnds=2",
        "3:drop:kind=slow",
        "9-0:drop",
        f"{'9' * 5000}:drop",
        f"{'9' * 5000}%:drop",
    ],
)
def test_an_order_that_makes_no_sense_is_told(text: str) -> None:
    with pytest.raises(BadInput):
        faults.order(text)


def test_every_kind_is_listed_with_what_it_does() -> None:
    listed = faults.listed().splitlines()
    assert [line.split()[0].split(":")[0] for line in listed] == list(Kind)
    assert set(SORTS) == set(Kind)


@pytest.mark.parametrize("kind", ["trickle", "split", "glue", "delay"])
def test_replies_in_other_pieces_are_the_same_replies(served: Served, kind: str) -> None:
    plain = ask(served, 1, IDENTITY, ADDRESSES)
    served.fault(1, kind, seconds=0.001)
    assert ask(served, 1, IDENTITY, ADDRESSES) == plain


def test_a_reply_that_is_dropped_never_comes_and_the_others_do(served: Served) -> None:
    served.fault(1, "drop", share=1)
    with pytest.raises(TimedOut):
        ask(served, 1, IDENTITY, timeout=SHORT)
    served.fault(1, "none")
    assert ask(served, 1, IDENTITY)


def test_a_trap_has_its_menu_message_and_category(served: Served) -> None:
    served.fault(1, "trap", menu="/ip/address", category=4, message="out of order")
    name, refused = ask(served, 1, IDENTITY, ADDRESSES)
    assert name[0]["name"] == served.inventory[1].identity
    assert isinstance(refused, Trap)
    assert (refused.category, "out of order" in str(refused)) == (4, True)


@pytest.mark.parametrize("kind", ["silent", "half-open", "late"])
def test_silence_ends_in_a_timeout(served: Served, kind: str) -> None:
    served.fault(1, kind, every=1)
    with pytest.raises((TimedOut, Unreachable, LoginFailed)):
        ask(served, 1, IDENTITY, timeout=SHORT)
    served.fault(1, "none")
    assert ask(served, 1, IDENTITY)


@pytest.mark.parametrize("kind", ["wrong-password", "refuse-login"])
def test_a_login_is_refused(served: Served, kind: str) -> None:
    served.fault(2, kind)
    with pytest.raises(LoginFailed):
        ask(served, 2, IDENTITY)


def test_sessions_are_few(served: Served) -> None:
    served.fault(0, "session-limit", most=1)
    entry = served.inventory[0]
    with socket.create_connection((entry.address, entry.api_port), 10) as first:
        first.sendall(b"\x06/login\0")
        assert first.recv(1)
        with pytest.raises((Unreachable, LoginFailed)):
            ask(served, 0, IDENTITY)


def test_several_at_once(served: Served) -> None:
    for kind, more in (("split", {"size": 3}), ("delay", {"seconds": 0.01}), ("trap", {"menu": "/ip"})):
        served.fault(1, kind, **more)
    assert served.control("faults", device=1)["faults"] == ["split", "delay", "trap"]
    name, refused = ask(served, 1, IDENTITY, ADDRESSES)
    assert name[0]["name"] == served.inventory[1].identity
    assert isinstance(refused, Trap)
    served.control("lift", device=1, kind="trap")
    assert served.control("faults", device=1)["faults"] == ["split", "delay"]


def test_an_order_for_the_fleet_by_the_control_socket(served: Served) -> None:
    assert served.control("fault", order="1-2:trap:menu=/system") == {"devices": 2}
    assert isinstance(ask(served, 2, IDENTITY)[0], Trap)
    assert not isinstance(ask(served, 0, IDENTITY)[0], Trap)
    assert "trickle" in served.control("faults")


def test_a_channel_is_pointed_elsewhere_by_the_control_socket(served: Served) -> None:
    assert served.control("channel", name="stable", version="7.25") == {"ok": True}
    assert served.simulation.channels.versions["stable"] == "7.25"
    for wrong in ({"name": "nightly", "version": "7.25"}, {"name": "stable", "version": "new"}):
        with pytest.raises(BadInput):
            served.control("channel", **wrong)


def test_a_fault_for_a_device_that_is_not_there_is_told(served: Served) -> None:
    with pytest.raises(BadInput, match="no device 4711"):
        served.control("fault", order="4711:slow")
    with pytest.raises(BadInput, match="no device 3"):
        Options(3, faults=(faults.order("3:slow"),)).check()


def test_faults_from_the_start(simulator: Factory) -> None:
    served = simulator(3, faults=(faults.order("1:trap:menu=/system"), faults.order("2:no-certificate")))
    assert isinstance(ask(served, 1, IDENTITY)[0], Trap)
    assert not isinstance(ask(served, 0, IDENTITY)[0], Trap)
    assert [bool(entry.fingerprint) for entry in served.inventory] == [True, True, False]


def test_counters_begin_anew_without_a_restart() -> None:
    desk = Desk()
    asked = ("/interface/print", "=.proplist=rx-byte,disabled")
    assert any(int(row["rx-byte"]) for row in desk.rows(*asked))
    uptime = desk.rows("/system/resource/print")[0]["uptime"]
    desk.rows("/interface/disable", "=numbers=ether2")
    mishaps.strike(desk.router, Fault(Kind.COUNTER_RESET))
    assert {row["rx-byte"] for row in desk.rows(*asked)} == {"0"}
    assert desk.rows("/system/resource/print")[0]["uptime"] == uptime
    desk.clock.advance(timedelta(minutes=5))
    assert any(int(row["rx-byte"]) for row in desk.rows(*asked))


def test_an_interface_that_comes_again_is_another_one() -> None:
    desk, told = Desk(), []
    desk.router.watchers.add(lambda store, row: told.append((row[".id"], row.get(".dead"))))
    before = {row["name"]: row[".id"] for row in desk.rows("/interface/print")}
    mishaps.strike(desk.router, Fault(Kind.REAPPEAR, {"interface": "bridge"}))
    after = {row["name"]: row for row in desk.rows("/interface/print")}
    assert list(after) == list(before)
    assert after["bridge"][".id"] != before["bridge"]
    assert after["bridge"]["rx-byte"] == "0"
    assert told == [(before["bridge"], "true"), (after["bridge"][".id"], None)]
    desk.rows("/interface/disable", f"=.id={after['bridge']['.id']}")
    with pytest.raises(BadInput, match="no interface 'ether99'"):
        mishaps.strike(desk.router, Fault(Kind.REAPPEAR, {"interface": "ether99"}))


def test_a_link_falls_and_rises() -> None:
    desk = Desk()
    asked = ("/interface/print", "?name=ether2")
    before = desk.rows(*asked)[0]
    mishaps.strike(desk.router, Fault(Kind.LINK_FLAP))
    down = desk.rows(*asked)[0]
    assert (before["running"], down["running"]) == ("true", "false")
    assert int(down["link-downs"]) == int(before["link-downs"]) + 1
    desk.hands.turn(timedelta(seconds=6))
    assert desk.rows(*asked)[0]["running"] == "true"
    notes = [entry.message for entry in desk.router.part(Log).entries]
    assert notes[-2:] == ["ether2 link down", "ether2 link up"]


def test_a_clock_without_a_battery_starts_in_1970() -> None:
    desk = Desk()
    mishaps.strike(desk.router, Fault(Kind.CLOCK_1970))
    assert desk.rows("/system/clock/print")[0]["date"].startswith("1970-")


def test_a_full_disk_takes_no_file() -> None:
    desk = Desk()
    mishaps.strike(desk.router, Fault(Kind.DISK_FULL))
    assert desk.rows("/system/resource/print")[0]["free-hdd-space"] == "0"


def test_what_a_fault_does_at_once_leaves_nothing_behind() -> None:
    desk = Desk()
    for kind, sort in SORTS.items():
        if sort.passing:
            mishaps.strike(desk.router, Fault(kind))
    assert desk.router.faults == {}


def test_an_order_for_all_passes_over_who_has_no_such_interface(simulator: Factory) -> None:
    served = simulator(2, personas=("wap_ac", "hap_ax2"), faults=(faults.order("*:link-flap:interface=ether2"),))
    assert all(ask(served, device, IDENTITY) for device in (0, 1))
    assert served.control("fault", order="*:reappear:interface=ether2") == {"devices": 1}
    with pytest.raises(BadInput):
        served.fault(0, "reappear", interface="ether2")
