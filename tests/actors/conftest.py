"""A small fleet with everything that poller and writer need, on real servers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from redis import Redis

from cluster import seeding
from cluster.servers.openbao import OpenBao
from cluster.servers.state import State
from cluster.servers.valkey import Valkey
from db import census, ledger
from db.engine import Stores
from fleet import logs, settings
from fleet.settings import Settings
from routeros import collectors
from tests.bus.brokers import Broker
from tests.fixtures.database import Database
from tests.fixtures.simulator import Factory, Served

DEVICES = 6
LEASE = timedelta(seconds=2)

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Plant:
    """Servers, a simulated fleet polled every second, and the state directory that tells where they are."""

    state: Path
    settings: Settings
    broker: Broker
    stores: Stores
    fleet: Served

    def stored(self) -> int:
        """Count the committed events."""
        return ledger.counts(self.stores).get("DEVICE_EVENTS", 0)

    def totals(self) -> census.Totals:
        """Count rows and duplicates."""
        return census.totals(self.stores, collectors.families(), LONG_AGO)


@pytest.fixture(autouse=True)
def plain_logs() -> None:
    """Log as the actors do; structlog's own default draws pictures of every traceback."""
    logs.configure("test")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[State]:
    with State(tmp_path / "state") as state:
        yield state


@pytest.fixture
def broker(home: State) -> Iterator[Broker]:
    with Broker(home) as server:
        yield server


@dataclass(frozen=True, slots=True)
class Ground:
    """The state directory and the servers that stand beside the database."""

    home: State
    broker: Broker
    openbao: OpenBao
    valkey: Valkey


@pytest.fixture
def ground(home: State, broker: Broker, openbao: OpenBao, valkey: Valkey) -> Ground:
    with Redis.from_url(valkey.url) as redis:
        redis.flushdb()
    return Ground(home, broker, openbao, valkey)


@pytest.fixture
def plant(ground: Ground, database: Database, simulator: Factory) -> Plant:
    return planted(ground, database, simulator(DEVICES))


def planted(ground: Ground, database: Database, fleet: Served) -> Plant:
    """Announce the servers in the state directory, and make the fleet's tenant and devices."""
    home, broker, openbao = ground.home, ground.broker, ground.openbao
    asked = settings.load(
        home.path,
        nats_url=broker.url,
        nats_token=broker.token,
        redis_url=ground.valkey.url,
        postgres_roles=dict(database.urls),
        openbao_url=openbao.url,
        openbao_role_id=openbao.role_id,
        openbao_secret_id=openbao.secret_id,
        lease_ttl=LEASE,
        interval=timedelta(seconds=1),
    )
    settings.announce(asked)
    seeding.seed(asked, [asdict(entry) for entry in fleet.inventory], 1)
    return Plant(home.path, asked, broker, database.stores, fleet)


async def until(reached: Callable[[], bool], what: str) -> None:
    """Look until something is so; fail with what is not if it takes too long."""
    try:
        async with asyncio.timeout(180):
            while not await asyncio.to_thread(reached):
                await asyncio.sleep(0.05)
    except TimeoutError:
        pytest.fail(what)
