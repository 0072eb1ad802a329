"""Never more than three API sessions and one SSH session with a device; whoever waits gets his turn or is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from fleet.device import Endpoint
from routeros.client import Client, Command, connect
from routeros.errors import LoginFailed, TimedOut, Unreachable
from routeros.slots import Key, Service, Slots, key
from tests.routeros.scripted import ADMIN, EGRESS, SURE, Peer, Router, Script, router

DEVICE: Key = ("default", "192.0.2.1")
BRIEF = 0.03


def run(test: Callable[[Slots], Awaitable[None]]) -> None:
    """Run a test with slots, and see that nothing is left of them."""

    async def main() -> None:
        slots = Slots()
        async with asyncio.timeout(60):
            await test(slots)
        assert (slots._held, slots._queues) == ({}, {})

    asyncio.run(main())


def soon(seconds: float = 10.0) -> float:
    return asyncio.get_running_loop().time() + seconds


@asynccontextmanager
async def held(slots: Slots, service: Service, device: Key = DEVICE) -> AsyncIterator[None]:
    """Hold a slot for as long as a block lasts."""
    release = await slots.take(service, device, soon())
    try:
        yield
    finally:
        release()


async def settle() -> None:
    """Let the tasks that can go on do so."""
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("written", "same"),
    [
        (Endpoint("192.0.2.1", 8729), Endpoint("192.0.2.1", 8728)),
        (Endpoint("2001:DB8:0::1"), Endpoint("2001:db8::1")),
        (Endpoint("Router.Example."), Endpoint("router.example")),
    ],
)
def test_a_device_has_one_key_however_it_is_written(written: Endpoint, same: Endpoint) -> None:
    assert key(written) == key(same)


def test_another_vantage_sees_another_device() -> None:
    assert key(Endpoint("10.0.0.1")) != key(Endpoint("10.0.0.1", vantage="site-2"))


@pytest.mark.parametrize(("service", "most"), [(Service.API, 3), (Service.SSH, 1)])
def test_a_further_session_waits_its_turn(service: Service, most: int) -> None:
    async def test(slots: Slots) -> None:
        leave, entered = [asyncio.Event() for _ in range(most + 3)], list[int]()

        async def session(number: int) -> None:
            async with held(slots, service):
                entered.append(number)
                assert slots.held(service, DEVICE) <= most
                await leave[number].wait()

        async with asyncio.TaskGroup() as group:
            for number in range(most + 3):
                group.create_task(session(number))
            for number in range(most + 3):
                await settle()
                assert entered == list(range(min(most + number, most + 3)))
                leave[number].set()

    run(test)


def test_services_and_devices_do_not_wait_for_each_other() -> None:
    async def test(slots: Slots) -> None:
        other = ("default", "192.0.2.2")
        async with held(slots, Service.SSH), held(slots, Service.API), held(slots, Service.SSH, other):
            assert slots.held(Service.SSH, DEVICE) == slots.held(Service.API, DEVICE) == 1

    run(test)


def test_a_wait_that_is_too_long_says_what_to_do() -> None:
    async def test(slots: Slots) -> None:
        async with held(slots, Service.SSH):
            with pytest.raises(TimedOut, match=r"All SSH sessions with 192\.0\.2\.1 are in use") as caught:
                await slots.take(Service.SSH, DEVICE, soon(BRIEF))
            assert "other work on this device" in caught.value.next_step

    run(test)


def test_who_gives_up_waiting_holds_nobody_up() -> None:
    async def test(slots: Slots) -> None:
        first = await slots.take(Service.SSH, DEVICE, soon())
        waits = [asyncio.create_task(slots.take(Service.SSH, DEVICE, soon())) for _ in range(3)]
        await settle()
        waits[0].cancel()
        await settle()
        waits[1].cancel()
        first()  # In the same moment: the second has not noticed yet that it was cancelled.
        release = await waits[2]
        assert waits[0].cancelled()
        assert waits[1].cancelled()
        release()

    run(test)


def test_a_turn_that_comes_as_its_waiter_leaves_goes_to_the_next() -> None:
    async def test(slots: Slots) -> None:
        first = await slots.take(Service.SSH, DEVICE, soon())
        waits = [asyncio.create_task(slots.take(Service.SSH, DEVICE, soon())) for _ in range(2)]
        await settle()
        first()
        waits[0].cancel()
        (await waits[1])()
        assert waits[0].cancelled()

    run(test)


def test_a_slot_is_given_back_once() -> None:
    async def test(slots: Slots) -> None:
        one, two = [await slots.take(Service.API, DEVICE, soon()) for _ in range(2)]
        one()
        one()
        assert slots.held(Service.API, DEVICE) == 1
        two()

    run(test)


async def welcoming(peer: Peer) -> None:
    await peer.welcome()
    await peer.silence()


async def refusing(peer: Peer) -> None:
    _, tag = await peer.command()
    peer.say("!trap", "=message=invalid user name or password (6)", tag)
    peer.say("!done", tag)
    await peer.silence()


async def silent(peer: Peer) -> None:
    await peer.silence()


async def parting(peer: Peer) -> None:
    await peer.welcome()


def served(script: Script, test: Callable[[Router, Slots], Awaitable[None]]) -> None:
    async def main(slots: Slots) -> None:
        async with router(script) as here:
            await test(here, slots)

    run(main)


async def enter(here: Router, slots: Slots, timeout: timedelta = SURE) -> Client:
    return await connect(here.endpoint, ADMIN, timeout=timeout, egress=EGRESS, slots=slots)


async def freed(slots: Slots, device: Key) -> None:
    """Wait until no session is held; the end of a connection is noticed a moment later."""
    while slots.held(Service.API, device):
        await asyncio.sleep(0)


def test_a_fourth_connection_waits_for_one_to_close() -> None:
    async def test(here: Router, slots: Slots) -> None:
        clients = [await enter(here, slots) for _ in range(3)]
        with pytest.raises(TimedOut, match="All API sessions"):
            await enter(here, slots, timedelta(seconds=BRIEF))
        assert len(here.peers) == 3
        fourth = asyncio.create_task(enter(here, slots))
        await settle()
        assert not fourth.done()
        await clients.pop().close()
        for client in (*clients, await fourth):
            await client.close()
        assert len(here.peers) == 4
        await freed(slots, key(here.endpoint))

    served(welcoming, test)


@pytest.mark.parametrize(
    ("script", "error"), [(refusing, LoginFailed), (silent, TimedOut)], ids=["refused", "silent"]
)
def test_a_failed_login_gives_its_slot_back(script: Script, error: type[Exception]) -> None:
    async def test(here: Router, slots: Slots) -> None:
        for _ in range(4):
            with pytest.raises(error):
                await enter(here, slots, timedelta(seconds=BRIEF) if error is TimedOut else SURE)
            await freed(slots, key(here.endpoint))

    served(script, test)


def test_a_cancelled_connect_gives_its_slot_back() -> None:
    async def test(here: Router, slots: Slots) -> None:
        for steps in range(12):
            task = asyncio.create_task(enter(here, slots))
            for _ in range(steps):
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await freed(slots, key(here.endpoint))

    served(silent, test)


def test_a_port_that_is_closed_and_a_connection_that_is_lost_give_their_slots_back() -> None:
    async def test(here: Router, slots: Slots) -> None:
        closed = replace(here.endpoint, port=1)
        with pytest.raises(Unreachable):
            await connect(closed, ADMIN, timeout=SURE, egress=EGRESS, slots=slots)
        assert slots.held(Service.API, key(closed)) == 0
        await enter(here, slots)
        await freed(slots, key(here.endpoint))

    served(parting, test)


def test_a_close_that_is_cancelled_gives_its_slot_back_though_the_router_takes_nothing_more() -> None:
    over = asyncio.Event()

    async def deaf(peer: Peer) -> None:
        await peer.welcome()
        await over.wait()

    async def test(here: Router, slots: Slots) -> None:
        client = await enter(here, slots)
        flood = Command("/x", attributes={"a": "x" * 32_000_000})
        call = asyncio.create_task(client.call(flood, timeout=SURE))
        await settle()
        leaving = asyncio.create_task(client.close())
        await settle()
        leaving.cancel()
        await asyncio.wait((leaving, call))
        assert isinstance(call.exception(), Unreachable)
        async with asyncio.timeout(60):
            await freed(slots, key(here.endpoint))
        over.set()

    served(deaf, test)
