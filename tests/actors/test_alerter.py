"""The alerter without servers: what it does while the store is away, and what it leaves to the next look."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from actors.alerter import LATE, Alerter
from bus.memory import MemoryBus, received
from bus.streams import ALERTER
from fleet.alerts.deeds import Act, Deed
from fleet.alerts.engine import Engine
from fleet.alerts.rule import Rule
from fleet.clock import FakeClock
from fleet.device import State
from fleet.errors import Unavailable
from tests.fleet.alerts.grounds import CORE, DOWN, NOON, at, ground, status


class Shelf:
    """A store in memory that can be away; what was not stored is as if it had never been found."""

    def __init__(self, rule: Rule = DOWN) -> None:
        self.ground = ground(rule)
        self.away = False
        self.deeds: list[Deed] = []
        self.begun_at: list[datetime] = []

    async def begun(self, now: datetime) -> Engine:
        self._reached()
        self.begun_at.append(now)
        return Engine()

    async def survey(self, engine: Engine, now: datetime) -> Sequence[Deed]:
        self._reached()
        return engine.settle(self.ground, now)

    async def do(self, deeds: Sequence[Deed], now: datetime) -> int:
        self._reached()
        self.deeds += deeds
        return sum(deed.act is Act.FIRE for deed in deeds)

    def _reached(self) -> None:
        if self.away:
            raise Unavailable("The database cannot be reached.", "Try again.")


class Late(MemoryBus):
    """A stream with much in it that is not judged yet."""

    async def lag(self) -> int:
        return self.durable.batch + 1


DOWN_NOW = received(status(CORE, 0, State.DOWN))


def test_what_could_not_be_stored_is_judged_again() -> None:
    shelf = Shelf()
    alerter = Alerter(MemoryBus(ALERTER), shelf, FakeClock(NOON))

    async def story() -> None:
        await alerter.judge(received(status(CORE, -60, State.UP)))
        shelf.away = True
        with pytest.raises(Unavailable):
            await alerter.judge(DOWN_NOW)
        with pytest.raises(Unavailable):
            await alerter.judge(DOWN_NOW)
        shelf.away = False
        await alerter.judge(DOWN_NOW)
        await alerter.judge(DOWN_NOW)

    asyncio.run(story())
    assert [deed.act for deed in shelf.deeds] == [Act.BEGIN, Act.FIRE]
    assert len(shelf.begun_at) == 2
    assert alerter.report()["alerts_told"] == 1


@pytest.mark.parametrize(("bus", "fired"), [(MemoryBus, True), (Late, False)])
def test_time_stands_still_while_much_is_not_judged_yet(bus: type[MemoryBus], fired: bool) -> None:
    shelf, clock = Shelf(replace(DOWN, hold=timedelta(seconds=60))), FakeClock(NOON)
    alerter = Alerter(bus(ALERTER), shelf, clock)

    asyncio.run(alerter.judge(DOWN_NOW))
    clock.advance(timedelta(seconds=60) + LATE)
    asyncio.run(alerter.look())
    assert (Act.FIRE in [deed.act for deed in shelf.deeds]) is fired


def test_it_drains_and_tells_what_it_did() -> None:
    bus, shelf = MemoryBus(ALERTER), Shelf()
    alerter = Alerter(bus, shelf, FakeClock(at(30)))
    bus.publish(status(CORE, 0, State.DOWN))

    async def story() -> None:
        working = asyncio.create_task(alerter.run())
        while not bus.acked:
            await asyncio.sleep(0)
        assert await alerter.drain(timedelta(minutes=1)) == 0
        await working

    asyncio.run(story())
    assert alerter.report() == {
        "events": 1,
        "alerts_told": 1,
        "alerts_watched": 1,
        "dead": 0,
        "bus_problem": "",
        "store_problem": "",
    }
