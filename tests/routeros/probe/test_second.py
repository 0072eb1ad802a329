"""The second opinion: librouteros reads the same simulated and scripted routers, and every difference is named."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from fleet.clock import SystemClock
from fleet.device import Login, TlsMode
from routeros.client import connect
from routeros.probe import second
from routeros.probe.opinion import Difference
from routeros.probe.probing import Call
from routeros.probe.second import Opinion
from routeros.simulator.simulation import Options
from routeros.words import Command
from tests.fixtures.simulator import EGRESS, Served, running
from tests.routeros.scripted import ADMIN, Peer, Script, router

SPAN = timedelta(minutes=1)
CALL = Call(SPAN, EGRESS, SystemClock())


@pytest.fixture(scope="module")
def fleet() -> Iterator[Served]:
    with running(Options(3, personas=("hap_ax2", "chr", "rb951"))) as served:
        yield served


def ask(served: Served, device: int, tls: TlsMode) -> Opinion:
    return asyncio.run(second.ask(served.endpoint(device, tls), served.login(device), CALL))


def tell(served: Served, device: int, *commands: Command) -> None:
    async def run() -> None:
        client = await connect(served.endpoint(device), served.login(device), timeout=SPAN, egress=EGRESS)
        async with client:
            for command in commands:
                await client.call(command, timeout=SPAN)

    asyncio.run(run())


@pytest.mark.parametrize("tls", [TlsMode.PIN, TlsMode.PLAIN])
def test_all_that_differs_is_what_librouteros_loses(fleet: Served, tls: TlsMode) -> None:
    for device in (0, 1):
        opinion = ask(fleet, device, tls)
        assert (opinion.failure, opinion.login, opinion.real) == ("", "plain", False)
        assert {("/ip/service", "port"), ("/interface", "disabled")} <= {
            (d.menu, d.name) for d in opinion.differences
        }


def test_names_and_comments_that_look_like_something_else_are_found(fleet: Served) -> None:
    comments = ("no", "caf\xe9 \u016b", "7")
    tell(
        fleet,
        0,
        Command("/system/identity/set", attributes={"name": "123"}),
        *(
            Command("/interface/set", attributes={".id": f"*{place}", "comment": comment})
            for place, comment in enumerate(comments, start=1)
        ),
    )
    found = ask(fleet, 0, TlsMode.PIN).differences
    assert Difference("/system/identity", "name", "'123'", "123", "read as int, by guess") in found
    told = {d.ours: (d.theirs, d.why) for d in found if (d.menu, d.name) == ("/interface", "comment")}
    assert told["'no'"] == ("False", "read as bool, by guess: the text is lost")
    assert told["'caf\xe9 \u016b'"] == ("'caf '", "letters outside ASCII are dropped")
    assert told["'7'"] == ("7", "read as int, by guess")
    assert any(d.why == "librouteros drops empty rows" for d in found)


def test_a_login_before_6_43_is_a_difference(fleet: Served) -> None:
    opinion = ask(fleet, 2, TlsMode.PLAIN)
    assert (opinion.failure, opinion.login) == ("", "token")
    assert opinion.differences[0].menu == "/login"
    assert not opinion.real


def play(script: Script, login: Login = ADMIN, timeout: timedelta = SPAN) -> Opinion:
    async def run() -> Opinion:
        async with asyncio.timeout(60), router(script) as here:
            return await second.ask(here.endpoint, login, replace(CALL, timeout=timeout))

    return asyncio.run(run())


def untagged(words: list[str]) -> bool:
    return not any(word.startswith(".tag=") for word in words)


def answering(ours: str, theirs: str) -> Script:
    """Tell our client one identity and librouteros, which sends no tags, another."""

    async def script(peer: Peer) -> None:
        while True:
            words = await peer.hear()
            tag = [word for word in words if word.startswith(".tag=")]
            if words[0] == "/system/identity/print":
                peer.say("!re", f"=name={theirs if untagged(words) else ours}", *tag)
            peer.say("!done", *tag)

    return script


def test_another_value_is_a_real_difference() -> None:
    opinion = play(answering("a", "b"))
    assert opinion.real
    assert opinion.differences == (
        Difference("/system/identity", "name", "'a'", "'b'", "the values differ", real=True),
    )


@pytest.mark.parametrize(
    ("sentence", "text"),
    [
        (("!trap", "=category=4"), "TypeError"),
        (("!fatal", "over"), "FatalError"),
        (("!fatal", "not logged in"), "StopIteration"),
        (("!re", "nonsense"), "ValueError"),
        (("!re", "=a=b", ".tag=1"), "ValueError"),
    ],
)
def test_what_librouteros_cannot_read_is_its_failure(sentence: tuple[str, ...], text: str) -> None:
    async def script(peer: Peer) -> None:
        while True:
            words = await peer.hear()
            tag = [word for word in words if word.startswith(".tag=")]
            if untagged(words) and words[0] == "/system/identity/print":
                peer.say(*sentence)
            peer.say("!done", *tag)

    opinion = play(script)
    assert text in opinion.failure
    assert opinion.real


def test_a_reply_without_an_end_is_cut_off() -> None:
    async def script(peer: Peer) -> None:
        while True:
            words = await peer.hear()
            while untagged(words) and words[0] == "/system/identity/print":
                peer.say("!re", "=name=a")
                await peer.writer.drain()
                await asyncio.sleep(0.01)
            peer.say("!done", *(word for word in words if word.startswith(".tag=")))

    assert play(script, timeout=timedelta(milliseconds=150)).failure


def test_a_password_that_librouteros_cannot_send_is_its_failure() -> None:
    failure = play(answering("a", "a"), Login("admin", "p\xe4ss")).failure
    assert "Unicode" in failure
    assert not {"\xe4", "\\xe4", "position"} & set(failure.replace("'", " ").split())


def test_the_pin_holds_for_librouteros_too(fleet: Served) -> None:
    endpoint = fleet.endpoint(0)
    reader = second._Reader(replace(endpoint, fingerprint="0" * 64), endpoint.address, fleet.login(0), 5)
    before = fleet.control("stats")["logins"]
    assert "PinMismatch" in reader.read()
    assert fleet.control("stats")["logins"] == before
