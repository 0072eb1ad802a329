"""What a device has is told when it is new or different and once a day, and the usual poll knows nothing of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from actors.collection import Answered, Asked, Collection
from actors.session import Polled, Session
from actors.stocks import LARGEST, Stocks
from fleet.backups import HISTORY, WATCHING
from fleet.clock import FakeClock
from fleet.device import State
from fleet.events import DeviceInventoryEvent, DeviceStatusEvent
from fleet.families import Cycle
from fleet.inventory import Field, Item, Kind, Stock
from routeros.collector import Collector, Reading, Replies
from routeros.errors import Trap
from routeros.inventory import history
from routeros.words import Command
from tests.actors.doubles import ABSENT, COLLECTORS, SECOND, FakeRouter, device, row, tools, trap

USERS = Command("/user/print", ("name", "seen"))
LOOK = Command("/look", ("status",))
KIND = Kind("users", "Users", (Field("name", "The user."), Field("seen", "When.", volatile=True)), ("name",))

INTERVAL = 10 * SECOND
SLOW = timedelta(minutes=15)


def read(replies: Replies) -> Reading:
    return Reading(stock=None if replies[0] == [{}] else KIND.stock(replies[0] or []))


LISTING = Collector("inventory.users", Cycle.SLOW, (USERS,), None, read, kind=KIND)
LOOKING = Collector("inventory.look", Cycle.DAILY, (LOOK,), None, lambda _: Reading(), lenient=True)


class Bench:
    """A session that also lists users, and what it told of them."""

    def __init__(self, draw: Callable[[], float] = lambda: 0.0) -> None:
        self.router = FakeRouter(FakeClock())
        self.router.answers |= {USERS: row(name="ann", seen="1"), LOOK: row(status="looking")}
        given = replace(tools(self.router, draw), collectors=(*COLLECTORS, LISTING, LOOKING))
        self.session = Session(device(), given, epoch=7)

    def watch(self, off: frozenset[str]) -> None:
        """Let there be a collector that watches the history, which a policy may have switched off."""
        self.router.answers[history.command] = [{".id": "*5"}]
        given = replace(tools(self.router), collectors=(*COLLECTORS, LISTING, history.collector))
        self.session = Session(device(collectors_off=off), given, epoch=7)

    def watch_now(self) -> None:
        self.session.update(device())

    async def poll(self, after: timedelta = timedelta()) -> Polled:
        self.router.clock.advance(after)
        return await self.session.poll()


def bench(test: Callable[[Bench], Awaitable[None]]) -> None:
    asyncio.run(test(Bench()))  # type: ignore[arg-type]


def told(polled: Polled) -> list[list[str]]:
    """Tell the names of the users, event by event."""
    events = [event for event in polled.events if isinstance(event, DeviceInventoryEvent)]
    return [[str(item.facts["name"]) for kind in event.kinds for item in kind.items] for event in events]


def markers(polled: Polled) -> list[str]:
    """Tell where the history stands, as often as it is told."""
    kinds = [kind for e in polled.events if isinstance(e, DeviceInventoryEvent) for kind in e.kinds]
    return [str(item.facts["marker"]) for kind in kinds if kind.kind == HISTORY for item in kind.items]


def status(polled: Polled) -> DeviceStatusEvent:
    (event,) = [e for e in polled.events if isinstance(e, DeviceStatusEvent)]
    return event


def test_the_first_poll_tells_all_and_the_usual_one_neither_asks_nor_tells() -> None:
    async def run(b: Bench) -> None:
        first = await b.poll()
        (event,) = [event for event in first.events if isinstance(event, DeviceInventoryEvent)]
        assert (event.tenant_id, event.device_id, event.epoch) == (device().tenant_id, device().id, 7)
        (kind,) = event.kinds
        assert (kind.kind, kind.told, kind.volatile) == ("users", 1, ("seen",))
        assert first.news is not None
        assert (first.news.told, first.news.same) == (1, 0)
        usual = await b.poll(INTERVAL)
        assert (told(usual), usual.news) == ([], None)
        assert [USERS in commands for commands in b.router.asked] == [True, False]

    bench(run)


def test_a_history_is_watched_in_every_poll_and_told_of_where_it_moves() -> None:
    async def run(b: Bench) -> None:
        b.watch(frozenset())
        first, quiet = await b.poll(), await b.poll(INTERVAL)
        b.router.answers[history.command] = [{".id": "*6"}, {".id": "*5"}]
        moved, again = await b.poll(INTERVAL), await b.poll(INTERVAL)
        assert [markers(polled) for polled in (first, quiet, moved, again)] == [["5-0"], [], ["6-0"], []]
        assert all(history.command in commands for commands in b.router.asked)
        assert len(moved.events) == len(quiet.events) + 1, "it goes along with what a usual poll tells"

    bench(run)


def test_a_device_whose_history_nobody_watches_is_asked_and_tells_as_before() -> None:
    async def run(b: Bench) -> None:
        b.watch(frozenset({WATCHING}))
        polls = [await b.poll(INTERVAL) for _ in range(3)]
        assert not [commands for commands in b.router.asked if history.command in commands]
        assert [polled.news for polled in polls[1:]] == [None, None]
        b.watch_now()
        assert markers(await b.poll(INTERVAL)) == ["5-0"]
        assert b.router.connects == 1, "another policy is no reason to hang up"
        assert USERS not in b.router.asked[-1], "nor to ask what was asked a minute ago"

    bench(run)


@pytest.mark.parametrize("reply", [ABSENT, trap("not enough permissions (9)")], ids=["absent", "refused"])
def test_a_device_that_does_not_tell_its_history_is_as_well_as_any(reply: Trap) -> None:
    async def run(b: Bench) -> None:
        b.watch(frozenset())
        b.router.answers[history.command] = reply
        polls = [await b.poll(INTERVAL) for _ in range(4)]
        assert [name for polled in polls for name in markers(polled)] == []
        assert b.session.state is State.UP

    bench(run)


def test_what_is_as_it_was_is_told_once_a_day() -> None:
    async def run(b: Bench) -> None:
        seen = [told(await b.poll(SLOW)) for _ in range(2 * 24 * 4 + 1)]
        assert [place for place, names in enumerate(seen) if names] == [0, 24 * 4, 2 * 24 * 4]

    bench(run)


def test_what_differs_is_told_at_once_and_what_is_volatile_is_not() -> None:
    async def run(b: Bench) -> None:
        await b.poll()
        b.router.answers[USERS] = row(name="ann", seen="2")
        same = await b.poll(SLOW)
        assert (told(same), same.news and same.news.same) == ([], 1)
        b.router.answers[USERS] = [{"name": "bob"}, {"name": "ann"}]
        assert told(await b.poll(SLOW)) == [["ann", "bob"]]
        b.router.answers[USERS] = []
        assert told(await b.poll(SLOW)) == [[]]
        assert told(await b.poll(SLOW)) == []

    bench(run)


def test_a_kind_that_could_not_be_read_is_not_told_and_tried_again() -> None:
    async def run(b: Bench) -> None:
        await b.poll()
        b.router.answers[USERS] = trap("interrupted")
        assert told(await b.poll(SLOW)) == []
        b.router.answers[USERS] = row(name="bob")
        assert told(await b.poll(INTERVAL)) == [["bob"]]
        b.router.answers[USERS] = [{}]
        assert told(await b.poll(SLOW)) == []

    bench(run)


def test_a_menu_that_is_not_there_holds_nothing() -> None:
    async def run(b: Bench) -> None:
        b.router.answers[USERS] = ABSENT
        assert told(await b.poll()) == [[]]

    bench(run)


def test_a_device_that_refuses_what_it_may_refuse_is_no_worse_for_it() -> None:
    async def run(b: Bench) -> None:
        b.router.answers[LOOK] = trap("not enough permissions (9)")
        for _ in range(3):
            assert status(await b.poll(timedelta(days=1))).state is State.UP
        b.router.answers[USERS] = trap("not enough permissions (9)")
        await b.poll(SLOW)
        said = status(await b.poll(INTERVAL))
        assert (said.state, said.error_code) == (State.DEGRADED, "trap")

    bench(run)


def test_devices_that_were_first_polled_together_are_not_asked_everything_together_again() -> None:
    def second(share: float) -> timedelta:
        """Tell when the slow collectors run for the second time after the first, and for the third after that."""
        clock = FakeClock()
        collection = Collection((LISTING,), SLOW, lambda: share)
        begin, due = clock.now(), []
        while len(due) < 3:
            asked = collection.ask(clock.now())
            if Cycle.SLOW in asked.cycles:
                due.append(clock.now() - begin)
            collection.take(asked, [[] for _ in asked.commands], clock.now())
            clock.advance(timedelta(minutes=1))
        assert due[2] - due[1] == SLOW
        return due[1]

    assert [second(share) for share in (0.0, 0.2, 0.8)] == [SLOW, 0.8 * SLOW, timedelta(minutes=3)]


def test_what_is_asked_once_a_day_is_first_asked_within_an_hour() -> None:
    async def run(b: Bench) -> None:
        for _ in range(24 * 4 + 4):
            await b.poll(SLOW)
        assert [place for place, commands in enumerate(b.router.asked) if LOOK in commands] == [2, 24 * 4 + 2]

    asyncio.run(run(Bench(lambda: 0.5)))


@pytest.mark.parametrize(
    ("sizes", "groups"), [([], []), ([3, 3, 3], [3]), ([6, 6, 3], [1, 2]), ([6, 3, 6], [2, 1]), ([11, 1], [1, 1])]
)
def test_kinds_share_an_event_as_long_as_they_fit(sizes: list[int], groups: list[int]) -> None:
    """The sizes are in tenths of what an event may take."""
    kinds = [replace(KIND, name=f"kind{n}") for n in range(len(sizes))]
    readings = {
        kind.name: Reading(stock=Stock((Item("ann", {"name": "x" * (size * LARGEST // 10)}),), 1))
        for kind, size in zip(kinds, sizes, strict=True)
    }
    collectors = tuple(replace(LISTING, name=kind.name, kind=kind) for kind in kinds)
    asked = Asked(collectors, (), frozenset(Cycle))
    news = Stocks().news(asked, Answered(readings, {}), FakeClock().now())
    assert [len(group) for group in news.groups] == groups
