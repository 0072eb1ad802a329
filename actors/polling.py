"""The poller as an actor: put together in its own process, from the settings that it finds there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

from actors.access import Access
from actors.credentials import Credentials
from actors.poller import Parts, Poller
from actors.remote import Remote, found
from actors.resident import persist
from actors.session import Tools
from bus.connection import Bus
from bus.publisher import Publisher
from db import inventory
from db.engine import Stores
from db.vault import Vault
from fleet import partition
from fleet.settings import Settings
from routeros import collectors


class PollerActor(Remote):
    """A poller; ``members`` are the names of all pollers, ``state`` is the state directory."""

    def __init__(self, name: str, members: Sequence[str], state: str) -> None:
        super().__init__(name, partial(poller, name, members, state))


@asynccontextmanager
async def poller(name: str, members: Sequence[str], state: str) -> AsyncIterator[Poller]:
    """Put a poller together; it needs nothing but the settings to begin."""
    asked = found(name, state)
    async with Bus(asked.nats_url, name=name, token=asked.nats_token) as bus:
        publisher = Publisher(bus)
        sending = asyncio.create_task(persist(publisher.run))
        try:
            with Stores.of(asked) as stores:
                yield Poller(partition.owned(name, dict.fromkeys(members, 1.0)), _parts(asked, stores, publisher))
        finally:
            sending.cancel()


def _parts(asked: Settings, stores: Stores, publisher: Publisher) -> Parts:
    credentials = Credentials(Vault.of(asked))
    tools = Tools(
        connect=Access(credentials, asked.poll_timeout).connect,
        collectors=tuple(collectors.every().values()),
        clock=asked.clock(),
        slow_every=asked.slow_every,
        timeout=asked.poll_timeout,
    )
    return Parts(partial(inventory.polled, stores), credentials, publisher, tools, asked.in_flight)
