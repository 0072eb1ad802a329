"""The writer as an actor: put together in its own process, from the settings that it finds there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from actors.remote import Remote, found
from actors.writer import Writer
from bus.connection import Bus
from bus.pull import Pull
from bus.streams import WRITER
from db.access import INGEST
from db.engine import Stores
from db.ingest import Ingest
from routeros import collectors


class WriterActor(Remote):
    """A writer; writers need not know each other, for they share one durable."""

    def __init__(self, name: str, state: str) -> None:
        super().__init__(name, partial(writer, name, state))


@asynccontextmanager
async def writer(name: str, state: str) -> AsyncIterator[Writer]:
    """Put a writer together; raises Unavailable where the store's URL is not known yet."""
    asked = found(name, state)
    async with Bus(asked.nats_url, name=name, token=asked.nats_token) as bus:
        source, url = Pull(bus, WRITER), Stores.of(asked).url(INGEST)
        async with Ingest(url, collectors.families(), name, source.incarnations, asked.clock()) as ingest:
            yield Writer(source, ingest)
