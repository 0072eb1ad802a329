"""Rows as they come: what a stream tells, what becomes of a slow reader, and what leaving it leaves behind."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from routeros import stream
from routeros.client import Client, Command
from routeros.errors import Busy, Fatal, RouterOSError, TimedOut, TooManyRows, Trap, Unreachable
from routeros.stream import dead
from routeros.words import encode
from tests.fixtures.leaping import LeapingLoop
from tests.routeros.scripted import IDENTITY, RESOURCE, SECOND, Peer, Script, router

LISTEN = Command("/interface/listen")
TRAFFIC = Command("/interface/monitor-traffic", attributes={"interface": "ether1"})
BRIEF = timedelta(milliseconds=30)


def play(script: Script, scenario: Callable[[Client], Awaitable[None]], streams: int = 8) -> None:
    """Run a scenario with a client of a scripted router; no time goes by while one of them has something to read."""

    async def run() -> None:
        async with asyncio.timeout(60), router(script, streams=streams) as here, await here.enter() as client:
            await scenario(client)

    with asyncio.Runner(loop_factory=LeapingLoop) as runner:
        runner.run(run())


def telling(*sentences: tuple[str, ...]) -> Script:
    """A router that answers the first command with ``sentences`` and everything else with nothing."""

    async def script(peer: Peer) -> None:
        await peer.welcome()
        _, tag = await peer.command()
        for sentence in sentences:
            peer.say(*sentence, tag)
        await answer(peer, tag)

    return script


async def answer(peer: Peer, followed: str) -> None:
    """Answer every command with its menu, and a cancel as a router does."""
    while True:
        menu, tag = await peer.command()
        if menu == "/cancel":
            peer.say("!trap", "=category=2", "=message=interrupted", followed)
            peer.say("!done", tag)
            peer.say("!done", followed)
        else:
            peer.say("!re", f"=menu={menu}", tag)
            peer.say("!done", tag)


async def works(client: Client) -> None:
    assert await client.call(IDENTITY, timeout=30 * SECOND) == [{"menu": IDENTITY.menu}]


def test_changes_come_one_by_one_and_leaving_cancels() -> None:
    rows = [("!re", "=.id=*A", "=running=true"), ("!re", "=.id=*A", "=.dead=yes")]

    async def scenario(client: Client) -> None:
        async with client.stream(LISTEN) as changes:
            assert await anext(changes) == {".id": "*A", "running": "true"}
            await works(client)
            assert dead(await anext(changes))
        await works(client)

    play(telling(*rows), scenario)


def test_the_rows_of_a_monitor_have_their_sections_and_an_end() -> None:
    rows = [("!re", f"=.section={n}", f"=tx-bits-per-second={n}") for n in range(3)]

    async def scenario(client: Client) -> None:
        async with client.stream(TRAFFIC) as samples:
            assert [row[".section"] async for row in samples] == ["0", "1", "2"]
            assert [row async for row in samples] == []

    play(telling(*rows, ("!done",)), scenario)


def test_what_the_end_says_is_a_row_too() -> None:
    async def scenario(client: Client) -> None:
        async with client.stream(Command("/execute")) as rows:
            assert [row async for row in rows] == [{"ret": "*2205"}]

    play(telling(("!done", "=ret=*2205")), scenario)


@pytest.mark.parametrize("word", ["yes", "true"])
def test_a_removed_item_is_told_apart(word: str) -> None:
    assert dead({".id": "*1", ".dead": word})
    assert not dead({".id": "*1"})


def test_rows_come_before_the_trap_that_ended_them() -> None:
    async def scenario(client: Client) -> None:
        async with client.stream(TRAFFIC) as samples:
            assert await anext(samples) == {"a": "b"}
            for _ in range(2):
                with pytest.raises(Trap, match="interface was removed"):
                    await anext(samples)
        await works(client)

    play(telling(("!re", "=a=b"), ("!trap", "=message=interface was removed"), ("!done",)), scenario)


@pytest.mark.parametrize(("last", "error"), [(encode("!fatal", "rebooting"), Fatal), (b"", Unreachable)])
def test_a_stream_learns_that_its_connection_ended(last: bytes, error: type[RouterOSError]) -> None:
    async def script(peer: Peer) -> None:
        await peer.welcome()
        _, tag = await peer.command()
        peer.say("!re", "=a=b", tag)
        peer.writer.write(last)

    async def scenario(client: Client) -> None:
        async with client.stream(LISTEN) as changes:
            assert await anext(changes) == {"a": "b"}
            with pytest.raises(error) as caught:
                await anext(changes)
            assert caught.value.device
        with pytest.raises(error):
            async with client.stream(LISTEN):
                pass

    play(script, scenario)


def test_closing_the_client_ends_its_streams() -> None:
    async def scenario(client: Client) -> None:
        async with client.stream(LISTEN) as changes:
            waiting = asyncio.ensure_future(anext(changes))
            await asyncio.sleep(0)
            await client.close()
            with pytest.raises(Unreachable, match="from this side"):
                await waiting

    play(telling(), scenario)


def test_silence_is_borne_for_as_long_as_was_said() -> None:
    async def scenario(client: Client) -> None:
        async with client.stream(TRAFFIC, idle=BRIEF) as samples:
            assert await anext(samples) == {"a": "b"}
            with pytest.raises(TimedOut, match="monitor-traffic"):
                await anext(samples)
        await works(client)
        assert client.streams == 8

    play(telling(("!re", "=a=b")), scenario)


def test_a_slow_reader_of_changes_is_told_and_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "ROWS", 10)

    async def scenario(client: Client) -> None:
        async with client.stream(LISTEN) as changes:
            await works(client)
            assert [(await anext(changes))["n"] for _ in range(11)] == [str(n) for n in range(11)]
            with pytest.raises(TooManyRows, match="faster than they were read"):
                await anext(changes)
            await works(client)

    play(telling(*[("!re", f"=n={n}") for n in range(50)]), scenario)


def test_a_slow_reader_of_measurements_gets_the_newest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "ROWS", 10)

    async def scenario(client: Client) -> None:
        async with client.stream(TRAFFIC) as samples:
            await works(client)
            assert [(await anext(samples))["n"] for _ in range(10)] == [str(n) for n in range(40, 50)]
            assert samples.dropped == 40

    play(telling(*[("!re", f"=n={n}") for n in range(50)]), scenario)


def test_what_waits_is_bounded_by_its_size_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "TEXT", 10_500)

    async def scenario(client: Client) -> None:
        async with client.stream(TRAFFIC) as samples:
            await works(client)
            assert samples.dropped == 41
            assert [(await anext(samples))["n"][-1] for _ in range(9)] == [str(n) for n in range(1, 10)]

    play(telling(*[("!re", f"=n={'x' * 1000}{n % 10}") for n in range(50)]), scenario)


@pytest.mark.parametrize("words", [[f"={'n' * 1000}="], [f"={n}=" for n in range(16)]], ids=["names", "many"])
def test_rows_without_text_are_weighed_too(monkeypatch: pytest.MonkeyPatch, words: list[str]) -> None:
    monkeypatch.setattr(stream, "TEXT", 10_500)

    async def scenario(client: Client) -> None:
        async with client.stream(TRAFFIC) as samples:
            await works(client)
            assert samples.dropped >= 40

    play(telling(*[("!re", *words) for _ in range(50)]), scenario)


def test_late_rows_of_a_stream_that_was_left_reach_nobody() -> None:
    async def script(peer: Peer) -> None:
        await peer.welcome()
        _, old = await peer.command()
        peer.say("!re", "=n=1", old)
        _, cancel = await peer.command()
        _, fresh = await peer.command()
        peer.say("!re", "=n=stale", old)
        peer.say("!trap", "=category=2", "=message=interrupted", old)
        peer.say("!done", cancel)
        peer.say("!done", old)
        peer.say("!re", "=n=2", fresh)
        await answer(peer, fresh)

    async def scenario(client: Client) -> None:
        for expected in ("1", "2"):
            async with client.stream(LISTEN) as changes:
                assert await anext(changes) == {"n": expected}
        await works(client)
        assert (client.strays, client.streams) == (0, 8)

    play(script, scenario)


def test_a_reader_that_is_cancelled_leaves_and_cancels() -> None:
    async def scenario(client: Client) -> None:
        begun = asyncio.Event()

        async def read() -> None:
            async with client.stream(LISTEN) as changes:
                begun.set()
                await anext(changes)

        reader = asyncio.create_task(read())
        await begun.wait()
        await asyncio.sleep(0)
        reader.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reader
        await works(client)

    play(telling(), scenario)


def test_one_place_is_always_kept_for_commands() -> None:
    async def scenario(client: Client) -> None:
        async with client.stream(LISTEN):
            with pytest.raises(Busy, match="bears 2 at a time") as caught:
                async with client.stream(TRAFFIC):
                    pass
            assert "streams" in caught.value.next_step
            await works(client)
        async with client.stream(LISTEN):
            await works(client)

    play(telling(), scenario, streams=2)


def test_a_device_that_bears_one_command_has_no_streams() -> None:
    async def scenario(client: Client) -> None:
        with pytest.raises(Busy, match="bears 1 at a time"):
            async with client.stream(LISTEN):
                pass

    play(telling(), scenario, streams=1)


def test_a_device_that_answers_late_loses_its_streams() -> None:
    async def script(peer: Peer) -> None:
        await peer.welcome()
        _, followed = await peer.command()
        _, slow = await peer.command()
        _, cancel = await peer.command()
        peer.say("!re", "=a=late", slow)
        peer.say("!done", slow)
        peer.say("!done", cancel)
        await answer(peer, followed)

    async def scenario(client: Client) -> None:
        async with client.stream(LISTEN) as changes:
            with pytest.raises(TimedOut):
                await client.call(RESOURCE, timeout=BRIEF)
            with pytest.raises(Busy, match="answers late"):
                await anext(changes)
        assert client.streams == 1
        await works(client)

    play(script, scenario)


def test_a_stream_that_was_left_tells_nothing_more() -> None:
    async def scenario(client: Client) -> None:
        async with client.stream(LISTEN) as changes:
            await works(client)
        assert [row async for row in changes] == []

    play(telling(("!re", "=a=b")), scenario)


def test_a_stream_that_was_not_entered_does_not_wait_for_ever() -> None:
    async def scenario(client: Client) -> None:
        with pytest.raises(RuntimeError, match="async with"):
            await anext(client.stream(LISTEN))

    play(telling(), scenario)
