"""A process that owns the router and pushes, until it has ended or is killed: ``python -m tests.chaospush.child``.

What it needs comes as JSON on standard input.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog

from actors.pushing import News, Push
from actors.pushrecord import Record
from db.engine import Stores
from db.pushjournal import PushBook
from fleet.changes import PushState
from fleet.clock import SystemClock
from fleet.device import Endpoint, Login, TlsMode
from fleet.vantage import ALONE, View
from routeros import client
from routeros.backup.files import Fetch
from routeros.client import Client
from routeros.plan.path import Path
from tests.chaospush.arena import EGRESS, TIMEOUT
from tests.chaospush.changes import CHANGES
from tests.chaospush.runs import order


@dataclass(frozen=True, slots=True)
class Told:
    """What a child is told."""

    urls: dict[str, str]
    push_id: str
    epoch: int
    address: str
    port: int
    username: str
    password: str
    change: str
    override: str | None
    origin: str
    factor: float


SEAL = "vault:v1:"
"""What is kept lies open in these runs: there is no key service beside them."""


@dataclass(frozen=True, slots=True)
class Keeper:
    """Where a push keeps what was before it."""

    book: PushBook
    push_id: UUID
    epoch: int


@dataclass(frozen=True, slots=True)
class Stand:
    """What a push stands on, in a process of its own."""

    endpoint: Endpoint
    login: Login
    clock: SystemClock
    keeper: Keeper
    fetch: Fetch | None = None

    @property
    def path(self) -> Path:
        return Path("", self.endpoint.address, self.endpoint.port, "api", self.login.username)

    async def connect(self) -> Client:
        return await client.connect(self.endpoint, self.login, timeout=TIMEOUT, egress=EGRESS)

    def may(self) -> bool:
        return True

    async def elsewhere(self, poller: str | None) -> View:
        return ALONE

    async def keep(self, before: bytes) -> None:
        self.keeper.book.keep(self.keeper.push_id, self.keeper.epoch, SEAL + before.hex())

    async def kept(self) -> bytes | None:
        found = self.keeper.book.find(self.keeper.push_id)
        return bytes.fromhex(found.former.removeprefix(SEAL)) if found and found.former else None


async def work(told: Told) -> PushState:
    """Go on with the push until it has ended."""
    clock = SystemClock(datetime.fromisoformat(told.origin), told.factor)
    made = order(CHANGES[told.change], told.override, UUID(told.push_id))

    def tell(news: News) -> None:
        pass

    with Stores(told.urls) as stores:
        book, endpoint = PushBook(stores), Endpoint(told.address, told.port, TlsMode.PLAIN)
        keeper = Keeper(book, made.change_id, told.epoch)
        stand = Stand(endpoint, Login(told.username, told.password), clock, keeper)
        record = Record(book, made.change_id, told.epoch, clock)
        return await Push(made, stand, record, tell).run()


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    print(asyncio.run(work(Told(**json.load(sys.stdin)))).value)
