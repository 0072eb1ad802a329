"""The alerter as an actor: put together in its own process, with the store in threads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from actors.alerter import Alerter
from actors.facts import facts
from actors.remote import Remote, found
from bus import subjects
from bus.connection import Bus
from bus.pull import Pull
from bus.streams import ALERTER
from db import alertwork
from db.alertground import Surveyor
from db.engine import Stores
from db.platform import platform_session
from fleet.alerts.deeds import Deed
from fleet.alerts.engine import Engine
from fleet.families import Family
from routeros import collectors


class AlerterActor(Remote):
    """The alerter. There is one; should two work for a moment, what both find is one alert."""

    def __init__(self, name: str, state: str) -> None:
        super().__init__(name, partial(alerter, name, state))


@dataclass(slots=True)
class Shelf:
    """The store of alerts."""

    stores: Stores
    families: Mapping[str, Family] = field(default_factory=dict)
    surveyor: Surveyor = field(init=False)

    def __post_init__(self) -> None:
        self.surveyor = Surveyor(self.stores, facts(), self.families)

    async def begun(self, now: datetime) -> Engine:
        return await asyncio.to_thread(self._begun, now)

    async def survey(self, engine: Engine, now: datetime) -> Sequence[Deed]:
        return engine.settle(await asyncio.to_thread(self.surveyor.survey, now), now)

    async def do(self, deeds: Sequence[Deed], now: datetime) -> int:
        return await asyncio.to_thread(self._do, deeds, now)

    def _begun(self, now: datetime) -> Engine:
        ground = self.surveyor.survey(now)
        rules = {its_id: rule for plan in ground.plans.values() for its_id, rule in plan.rules.items()}
        with platform_session(self.stores, "alerts that are open") as session:
            return Engine(entries=alertwork.standing(session, rules, now))

    def _do(self, deeds: Sequence[Deed], now: datetime) -> int:
        with platform_session(self.stores, "what became of alerts") as session:
            return alertwork.do(session, deeds, subjects.of, now)


@asynccontextmanager
async def alerter(name: str, state: str) -> AsyncIterator[Alerter]:
    """Put the alerter together; it needs nothing but the settings to begin."""
    asked = found(name, state)
    async with Bus(asked.nats_url, name=name, token=asked.nats_token) as bus:
        with Stores.of(asked) as stores:
            yield Alerter(Pull(bus, ALERTER), Shelf(stores, collectors.families()), asked.clock())
