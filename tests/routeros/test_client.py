"""The client against a scripted router: login, replies, refusals, time-outs, cancellation and the end."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from fleet.device import Login
from routeros.client import Command, Limits, connect
from routeros.errors import (
    Category,
    Fatal,
    LoginFailed,
    PinMismatch,
    ProtocolError,
    RouterOSError,
    TimedOut,
    TooManyRows,
    Trap,
    Unreachable,
)
from routeros.words import encode
from tests.fixtures.leaping import LeapingLoop
from tests.routeros.scripted import ADMIN, EGRESS, IDENTITY, RESOURCE, SECOND, SURE, Peer, Router, Script, router

BRIEF = timedelta(milliseconds=30)


def play(script: Script, scenario: Callable[[Router], Awaitable[None]], **endpoint: object) -> None:
    """Run a scenario against a scripted router; no time goes by while one of them has something to read."""

    async def run() -> None:
        async with asyncio.timeout(60), router(script, **endpoint) as here:  # type: ignore[arg-type]
            await scenario(here)

    with asyncio.Runner(loop_factory=LeapingLoop) as runner:
        runner.run(run())


def answering(*sentences: tuple[str, ...]) -> Script:
    """A router that accepts the login, answers the next command with ``sentences``, and is silent then."""

    async def script(peer: Peer) -> None:
        await peer.welcome()
        _, tag = await peer.command()
        for sentence in sentences:
            peer.say(*sentence, tag)
        await peer.silence()

    return script


def test_a_modern_login_sends_name_and_password() -> None:
    async def scenario(here: Router) -> None:
        async with await here.enter():
            assert here.peers[0].heard[0][:3] == ["/login", "=name=admin", "=password=hunter2"]

    play(answering(), scenario)


def test_an_old_login_meets_the_challenge() -> None:
    challenge = "ebddd18303a54111e2dea05a92ab46b4"

    async def script(peer: Peer) -> None:
        _, tag = await peer.command()
        peer.say("!done", f"=ret={challenge}", tag)
        await peer.welcome()
        await peer.silence()

    async def scenario(here: Router) -> None:
        async with await here.enter():
            digest = hashlib.md5(b"\0hunter2" + bytes.fromhex(challenge)).hexdigest()
            assert here.peers[0].heard[1][:3] == ["/login", "=name=admin", f"=response=00{digest}"]

    play(script, scenario)


@pytest.mark.parametrize("text", ["invalid user name or password (6)", "cannot log in"])
def test_a_refused_login_hangs_up(text: str) -> None:
    async def script(peer: Peer) -> None:
        _, tag = await peer.command()
        peer.say("!trap", f"=message={text}", tag)
        peer.say("!done", tag)
        await peer.silence()

    async def scenario(here: Router) -> None:
        with pytest.raises(LoginFailed) as caught:
            await here.enter()
        assert text in caught.value.message
        assert caught.value.device == str(here.endpoint)
        assert "hunter2" not in str(caught.value)
        await here.hung_up.wait()

    play(script, scenario)


def test_a_senseless_challenge_is_a_protocol_error() -> None:
    async def script(peer: Peer) -> None:
        _, tag = await peer.command()
        peer.say("!done", "=ret=*3", tag)

    async def scenario(here: Router) -> None:
        with pytest.raises(ProtocolError):
            await here.enter()

    play(script, scenario)


def test_a_fatal_before_the_login_is_told() -> None:
    async def script(peer: Peer) -> None:
        await peer.hear()
        peer.say("!fatal", "too many commands before login")

    async def scenario(here: Router) -> None:
        with pytest.raises(Fatal, match="too many commands before login"):
            await here.enter()

    play(script, scenario)


def test_a_silent_login_times_out() -> None:
    async def scenario(here: Router) -> None:
        with pytest.raises(TimedOut, match="/login"):
            await connect(here.endpoint, ADMIN, timeout=BRIEF, egress=EGRESS)
        await here.hung_up.wait()

    play(lambda peer: peer.silence(), scenario)


@pytest.mark.parametrize(
    ("sentences", "rows"),
    [
        (
            [("!re", "=name=a"), ("!re", "=name=b", "=comment="), ("!done",)],
            [{"name": "a"}, {"name": "b", "comment": ""}],
        ),
        ([("!empty",), ("!done",)], []),
        ([("!done",)], []),
        ([("!done", "=ret=*3")], [{"ret": "*3"}]),
        ([("!re",), ("!re",), ("!done",)], [{}, {}]),
        ([("!re", "=.id=*A", "=.dead=yes"), ("!done",)], [{".id": "*A", ".dead": "yes"}]),
    ],
)
def test_a_reply_becomes_rows(sentences: list[tuple[str, ...]], rows: list[dict[str, str]]) -> None:
    async def scenario(here: Router) -> None:
        async with await here.enter() as client:
            assert await client.call(RESOURCE, timeout=SURE) == rows

    play(answering(*sentences), scenario)


def test_a_trap_has_its_category_and_leaves_the_connection_usable() -> None:
    async def script(peer: Peer) -> None:
        await peer.welcome()
        _, tag = await peer.command()
        peer.say("!trap", "=category=0", "=message=no such command prefix", tag)
        peer.say("!done", tag)
        _, tag = await peer.command()
        peer.say("!re", "=uptime=1s", tag)
        peer.say("!done", tag)
        await peer.silence()

    async def scenario(here: Router) -> None:
        async with await here.enter() as client:
            with pytest.raises(Trap) as caught:
                await client.call(IDENTITY, timeout=SURE)
            trap = caught.value
            assert (trap.category, trap.message, trap.absent) == (Category.MISSING, "no such command prefix", True)
            assert (trap.menu, trap.device) == ("/system/identity/print", str(here.endpoint))
            assert await client.call(RESOURCE, timeout=SURE) == [{"uptime": "1s"}]

    play(script, scenario)


@pytest.mark.parametrize(
    ("traps", "category", "message", "attributes"),
    [
        ([()], None, "The router gave no reason.", {}),
        ([("=message=a",), ("=category=4", "=message=b")], Category.GENERAL, "a; b", {}),
        ([("=category=99", "=message=a", "=more=x")], None, "a", {"more": "x"}),
        ([("=message=a", "=category=1"), ("=category=2",)], Category.ARGUMENT, "a", {}),
    ],
)
def test_traps_of_every_form_are_read(
    traps: list[tuple[str, ...]], category: Category | None, message: str, attributes: dict[str, str]
) -> None:
    async def scenario(here: Router) -> None:
        async with await here.enter() as client:
            (trap,) = await client.calls((RESOURCE,), timeout=SURE)
            assert isinstance(trap, Trap)
            assert (trap.category, trap.message, trap.attributes) == (category, message, attributes)

    play(answering(*[("!trap", *words) for words in traps], ("!done",)), scenario)


def test_replies_that_interleave_reach_their_own_command() -> None:
    async def script(peer: Peer) -> None:
        await peer.welcome()
        (first, one), (second, two) = await peer.command(), await peer.command()
        assert (first, second) == (RESOURCE.menu, IDENTITY.menu)
        peer.say("!re", two, "=name=r1")
        peer.say("!re", "=uptime=1s", one)
        peer.say("!done", two)
        peer.say("!re", "=uptime=2s", one)
        peer.say("!done", one)
        await peer.silence()

    async def scenario(here: Router) -> None:
        async with await here.enter() as client:
            replies = await client.calls((RESOURCE, IDENTITY), timeout=SURE)
            assert replies == [[{"uptime": "1s"}, {"uptime": "2s"}], [{"name": "r1"}]]
            assert await client.calls((), timeout=SURE) == []

    play(script, scenario)


def test_no_more_commands_fly_than_the_endpoint_bears() -> None:
    async def script(peer: Peer) -> None:
        await peer.welcome()
        flying = [await peer.command(), await peer.command()]
        for number in range(5):
            _, tag = flying.pop(0)
            peer.say("!re", f"=n={number}", tag)
            peer.say("!done", tag)
            if number < 3:
                flying.append(await peer.command())
        await peer.silence()

    async def scenario(here: Router) -> None:
        async with await here.enter() as client:
            replies = await client.calls([RESOURCE] * 5, timeout=SURE)
            assert replies == [[{"n": str(n)}] for n in range(5)]

    play(script, scenario, streams=2)


def test_no_tag_is_used_twice() -> None:
    async def script(peer: Peer) -> None:
        await peer.welcome()
        while True:
            _, tag = await peer.command()
            peer.say("!done", tag)

    async def scenario(here: Router) -> None:
        async with await here.enter() as client:
            for _ in range(20):
                await client.calls((RESOURCE, IDENTITY), timeout=SURE)
        tags = [sentence[-1] for sentence in here.peers[0].heard]
        assert len(tags) == len(set(tags)) == 41

    play(script, scenario)


def test_a_time_out_cancels_and_its_late_reply_reaches_nobody() -> None:
    async def script(peer: Peer) -> None:
        await peer.welcome()
        _, slow = await peer.command()
        menu, cancel = await peer.command()
        assert menu == "/cancel"
        assert peer.heard[-1][1] == f"=tag={slow[5:]}"
        _, fresh = await peer.command()
        peer.say("!re", "=name=stale", slow)
        peer.say("!trap", "=category=2", "=message=interrupted", slow)
        peer.say("!done", cancel)
        peer.say("!done", slow)
        peer.say("!re", "=name=stale", slow)
        peer.say("!re", "=name=fresh", fresh)
        peer.say("!done", fresh)
        await peer.silence()

    async def scenario(here: Router) -> None:
        async with await here.enter() as client:
            with pytest.raises(TimedOut) as caught:
                await client.call(IDENTITY, timeout=BRIEF)
            assert caught.value.menu == IDENTITY.menu
            assert await client.call(IDENTITY, timeout=30 * SECOND) == [{"name": "fresh"}]
            assert client.strays == 1
            assert not client.closed

    play(script, scenario)


def test_one_slow_command_does_not_hurt_the_others() -> None:
    async def script(peer: Peer) -> None:
        await peer.welcome()
        _, slow = await peer.command()
        _, quick = await peer.command()
        peer.say("!re", "=name=r1", quick)
        peer.say("!done", quick)
        _, cancel = await peer.command()
        peer.say("!done", cancel)
        peer.say("!done", slow)
        await peer.silence()

    async def scenario(here: Router) -> None:
        async with await here.enter() as client:
            late, rows = await client.calls((RESOURCE, IDENTITY), timeout=BRIEF)
            assert isinstance(late, TimedOut)
            assert rows == [{"name": "r1"}]

    play(script, scenario)


def test_a_cancel_that_is_not_answered_ends_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("routeros.exchanges.CANCEL_SECONDS", 0.03)

    async def scenario(here: Router) -> None:
        client = await here.enter()
        with pytest.raises(TimedOut):
            await client.call(RESOURCE, timeout=BRIEF)
        with pytest.raises(TimedOut, match="/cancel"):
            await client.call(IDENTITY, timeout=30 * SECOND)
        assert client.closed
        await here.hung_up.wait()

    play(answering(), scenario)


def test_a_cancelled_caller_cancels_on_the_device() -> None:
    asked = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.welcome()
        _, tag = await peer.command()
        asked.set()
        menu, cancel = await peer.command()
        assert (menu, peer.heard[-1][1]) == ("/cancel", f"=tag={tag[5:]}")
        peer.say("!trap", "=category=2", "=message=interrupted", tag)
        peer.say("!done", cancel)
        peer.say("!done", tag)
        _, tag = await peer.command()
        peer.say("!done", tag)
        await peer.silence()

    async def scenario(here: Router) -> None:
        async with await here.enter() as client:
            task = asyncio.create_task(client.calls((RESOURCE, IDENTITY), timeout=30 * SECOND))
            await asked.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await client.call(IDENTITY, timeout=30 * SECOND) == []

    play(script, scenario, streams=1)


def test_a_trap_without_an_end_is_told_at_the_time_out() -> None:
    async def scenario(here: Router) -> None:
        async with await here.enter() as client:
            with pytest.raises(Trap, match="not enough permissions"):
                await client.call(RESOURCE, timeout=BRIEF)

    play(answering(("!trap", "=message=not enough permissions (9)")), scenario)


BOUNDED = [
    (Limits(rows=10), RESOURCE),
    (Limits(), replace(RESOURCE, rows=10)),
    (Limits(rows=10), replace(RESOURCE, rows=99)),
]


@pytest.mark.parametrize(("limits", "command"), BOUNDED, ids=["connection", "command", "both"])
def test_too_many_rows_are_cancelled(limits: Limits, command: Command) -> None:
    async def script(peer: Peer) -> None:
        await peer.welcome()
        _, tag = await peer.command()
        for number in range(20):
            peer.say("!re", f"=n={number}", tag)
        menu, cancel = await peer.command()
        assert menu == "/cancel"
        peer.say("!done", cancel)
        peer.say("!done", tag)
        await peer.silence()

    async def scenario(here: Router) -> None:
        async with await here.enter(limits) as client:
            (reply,) = await client.calls((command,), timeout=30 * SECOND)
            assert isinstance(reply, TooManyRows)
            assert "more than 10 rows" in str(reply)
            assert not client.closed

    play(script, scenario)


def test_a_command_may_be_given_up_earlier_than_the_others() -> None:
    async def script(peer: Peer) -> None:
        await peer.welcome()
        (_, slow), (_, quick) = await peer.command(), await peer.command()
        menu, cancel = await peer.command()
        assert menu == "/cancel"
        for word in (quick, slow, cancel):
            peer.say("!done", word)
        await peer.silence()

    async def scenario(here: Router) -> None:
        async with await here.enter() as client:
            impatient = replace(RESOURCE, seconds=0.02)
            late, answered = await client.calls((impatient, RESOURCE), timeout=60 * SECOND)
            assert (type(late), answered) == (TimedOut, [])

    play(script, scenario)


def test_a_reply_that_does_not_stop_at_the_cancel_ends_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("routeros.exchanges.CANCEL_SECONDS", 0.03)

    async def scenario(here: Router) -> None:
        client = await here.enter(Limits(rows=0))
        with pytest.raises(TooManyRows):
            await client.call(RESOURCE, timeout=60 * SECOND)
        await here.hung_up.wait()
        assert client.closed

    play(answering(("!re", "=a=b")), scenario)


def test_an_endless_reply_is_a_protocol_error() -> None:
    async def script(peer: Peer) -> None:
        await peer.welcome()
        _, tag = await peer.command()
        for _ in range(200):
            peer.say("!re", "=text=" + "x" * 1000, tag)
        await peer.silence()

    async def scenario(here: Router) -> None:
        client = await here.enter(Limits(bytes=100_000))
        with pytest.raises(ProtocolError, match="100000 bytes"):
            await client.call(RESOURCE, timeout=30 * SECOND)
        assert client.closed

    play(script, scenario)


@pytest.mark.parametrize("asked", [1, 40])
def test_properties_without_text_are_bounded_too(asked: int) -> None:
    """A megabyte of bare names takes ten times as much of memory, in one reply or in those of one poll."""
    names = [f"={n:x}=" for n in range(1500)]

    async def script(peer: Peer) -> None:
        await peer.welcome()
        while True:
            _, tag = await peer.command()
            for _ in range(200 // asked):
                peer.say("!re", *names, tag)
            peer.say("!done", tag)

    async def scenario(here: Router) -> None:
        client = await here.enter(Limits(bytes=6_000_000))
        with pytest.raises(ProtocolError, match="6000000 bytes"):
            await client.calls([RESOURCE] * asked, timeout=30 * SECOND)
        assert client.closed

    play(script, scenario)


@pytest.mark.parametrize(
    ("last", "error"),
    [
        (encode("!fatal", "session terminated on request"), Fatal),
        (encode("!re", "=a=b"), ProtocolError),
        (encode("!re", "=a=b", ".tag=999"), ProtocolError),
        (encode("!re", "=a=b", ".tag=x"), ProtocolError),
        (encode("!what", ".tag=2"), ProtocolError),
        (b"\xff\xff", ProtocolError),
        (b"", Unreachable),
    ],
)
def test_the_end_of_the_connection_reaches_every_caller(last: bytes, error: type[RouterOSError]) -> None:
    async def script(peer: Peer) -> None:
        await peer.welcome()
        for _ in range(3):
            await peer.hear()
        peer.writer.write(last)

    async def scenario(here: Router) -> None:
        client = await here.enter()
        calls = [client.calls((RESOURCE, IDENTITY), timeout=SURE), client.call(RESOURCE, timeout=SURE)]
        for outcome in await asyncio.gather(*calls, return_exceptions=True):
            assert type(outcome) is error
            assert outcome.device == str(here.endpoint)
            assert outcome.next_step
        assert client.closed
        with pytest.raises(error):
            await client.call(RESOURCE, timeout=SURE)

    play(script, scenario)


def test_a_loss_is_known_while_nothing_is_asked() -> None:
    async def scenario(here: Router) -> None:
        client = await here.enter()
        while not client.closed:
            await asyncio.sleep(0)
        with pytest.raises(Unreachable, match="closed the connection"):
            await client.call(RESOURCE, timeout=SURE)

    play(lambda peer: peer.welcome(), scenario)


def test_an_old_login_takes_no_longer_than_was_said() -> None:
    async def script(peer: Peer) -> None:
        _, tag = await peer.command()
        await asyncio.sleep(4)
        peer.say("!done", "=ret=ebddd18303a54111e2dea05a92ab46b4", tag)
        await peer.silence()

    async def run() -> float:
        async with router(script) as here:
            with pytest.raises(TimedOut, match="/login"):
                await connect(here.endpoint, ADMIN, timeout=5 * SECOND, egress=EGRESS)
            return asyncio.get_running_loop().time()

    with asyncio.Runner(loop_factory=LeapingLoop) as runner:
        assert runner.run(run()) < 5.1


def test_closing_ends_what_is_under_way() -> None:
    async def scenario(here: Router) -> None:
        client = await here.enter()
        call = asyncio.create_task(client.call(RESOURCE, timeout=SURE))
        await asyncio.sleep(0)
        await client.close()
        with pytest.raises(Unreachable, match="from this side"):
            await call
        await here.hung_up.wait()

    play(answering(), scenario)


def test_every_error_has_a_code_of_its_own() -> None:
    kinds: list[type[RouterOSError]] = [RouterOSError, PinMismatch, *RouterOSError.__subclasses__()]
    assert len({kind.code for kind in kinds}) == len(kinds)


def test_a_login_and_a_command_do_not_print_secrets() -> None:
    assert "hunter2" not in repr(Login("admin", "hunter2")) + repr(
        Command("/login", attributes={"password": "hunter2"})
    )
