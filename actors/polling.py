"""The poller as an actor: put together in its own process, from the settings that it finds there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from uuid import uuid4

from actors.access import Access
from actors.answering import Answerer
from actors.credentials import Credentials
from actors.errand import Duty, Means
from actors.owner import Owner
from actors.poller import Parts, Poller
from actors.remote import Remote, found
from actors.resident import persist
from actors.runner import Runner
from actors.session import Tools
from actors.tenure import Standing, Tenure
from actors.vantage import Elsewhere, Lookout
from bus import answering, listening, subjects, vantage
from bus.connection import Bus
from bus.publisher import Publisher
from bus.spool import Spool
from db import inventory
from db.assignment import Desk
from db.engine import Stores
from db.errands import Book
from db.leases import Leases
from db.vault import Vault
from fleet import listeners, plugins
from fleet.device import Device
from fleet.errors import Unavailable
from fleet.events import DeviceChangedEvent, ErrandEvent, Event
from fleet.identity import DeviceId
from fleet.ownership import Lease
from fleet.settings import Settings
from routeros import switches
from routeros.depot.mirror import Mirror

DUTIES = "actors.errands"


class PollerActor(Remote):
    """A poller; ``state`` is the state directory, ``weight`` its share beside the others'."""

    def __init__(self, name: str, state: str, weight: float = 1.0) -> None:
        super().__init__(name, partial(poller, name, state, weight))


@dataclass(frozen=True, slots=True)
class Inventory:
    """The devices as a poller reads them."""

    stores: Stores

    def of(self, partitions: Collection[int]) -> list[Device]:
        return inventory.polled(self.stores, partitions)

    def some(self, device_ids: Collection[DeviceId]) -> list[Device]:
        return inventory.some(self.stores, device_ids)


@asynccontextmanager
async def poller(name: str, state: str, weight: float = 1.0) -> AsyncIterator[Owner]:
    """Put a poller together; it needs nothing but the settings to begin, and polls what it is given to own."""
    asked, lease = found(name, state), Lease(name, uuid4(), weight)
    leases = Leases(asked.redis_url, asked.lease_ttl)
    async with Bus(asked.nats_url, name=name, token=asked.nats_token) as bus:
        spool = Spool(asked.state / "spool" / name, asked.spool_bytes)
        publisher, standing = Publisher(bus, spool=spool), Standing()
        with Stores.of(asked) as stores:
            vault = Vault.of(asked)
            access = Access(Credentials(vault), asked.poll_timeout, own=listeners.networks(asked))
            made = Poller(_parts(asked, stores, publisher, access), standing.may_poll)
            tenure = Tenure(lease, leases, Desk(stores), made, publisher, standing)
            there = Elsewhere(name, bus, stores)
            means = Means(access, stores, vault, publisher, asked.clock(), Mirror.of(asked), there)
            duties = plugins.discover(DUTIES, Duty)
            runner = Runner.of(Book(stores, lease.incarnation), made, duties, means, standing)
            answerer = Answerer(made, access, standing.may_poll, runner.busy)
            tasks = [
                asyncio.create_task(persist(publisher.run)),
                asyncio.create_task(persist(partial(answering.answer, bus, answerer))),
                asyncio.create_task(persist(partial(vantage.serve, bus, name, Lookout(stores, access).look))),
                asyncio.create_task(persist(partial(_hear, bus, made, runner))),
            ]
            try:
                yield Owner(made, tenure, runner)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                with suppress(Unavailable):
                    await leases.drop(lease)
                await leases.close()


async def _hear(bus: Bus, made: Poller, runner: Runner) -> None:
    """Hear of changed devices and of errands; where some may have been missed, have everything looked for."""

    def heard(event: Event) -> None:
        match event:
            case DeviceChangedEvent():
                made.changed(DeviceId(event.device_id))
            case ErrandEvent():
                runner.wake()
            case _:
                pass

    def missed() -> None:
        made.look()
        runner.wake()

    async with asyncio.TaskGroup() as both:
        for kind in (subjects.DEVICE_CHANGED, subjects.ERRAND):
            both.create_task(listening.listen(bus, f"{kind}.>", heard, missed))


def _parts(asked: Settings, stores: Stores, publisher: Publisher, access: Access) -> Parts:
    tools = Tools(
        connect=access.connect,
        collectors=switches.everything(),
        clock=asked.clock(),
        slow_every=asked.slow_every,
        timeout=asked.poll_timeout,
    )
    return Parts(Inventory(stores), access.credentials, publisher, tools, asked.in_flight)
