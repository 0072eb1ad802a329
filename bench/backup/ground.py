"""What the measurement stands on: real PostgreSQL and OpenBao, a simulated fleet, an owner of all of it."""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import psycopg

from actors.access import Access
from actors.credentials import Credentials
from actors.errand import Duty, Means
from actors.polling import DUTIES
from actors.runner import Runner
from actors.tenure import Standing
from bench.fleet.simulated import simulator
from bus.memory import MemoryBus
from cluster import schema, seeding
from cluster.seeding import Tenant
from cluster.servers import limits
from cluster.servers.openbao import OpenBao
from cluster.servers.postgres import Postgres
from cluster.servers.state import State
from db import inventory
from db.engine import Stores
from db.errands import Book
from db.vault import Vault
from fleet import plugins, settings
from fleet.device import Device
from fleet.identity import DeviceId
from fleet.settings import Settings


@dataclass(frozen=True, slots=True)
class Ground:
    """Settings of real servers, and the tenant whose devices the simulator serves."""

    settings: Settings
    tenant: Tenant


class Land:
    """All partitions in one hand."""

    def __init__(self, devices: Mapping[DeviceId, Device]) -> None:
        self._devices = devices
        self._epochs = dict.fromkeys({one.partition for one in devices.values()}, 1)

    def epochs(self) -> Mapping[int, int]:
        return self._epochs

    def device(self, device_id: DeviceId) -> Device | None:
        return self._devices.get(device_id)


@contextmanager
def ground(devices: int) -> Iterator[Ground]:
    """Start the servers and the fleet until left."""
    limits.open_files()
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="backup-")))
        state = stack.enter_context(State(place / "state"))
        postgres, openbao = stack.enter_context(Postgres(state)), stack.enter_context(OpenBao(state))
        asked = settings.load(
            state.path,
            announced=False,
            postgres_url=postgres.url,
            openbao_url=openbao.url,
            openbao_role_id=openbao.role_id,
            openbao_secret_id=openbao.secret_id,
        )
        asked = schema.prepare(asked, state)
        served = stack.enter_context(simulator(devices, place))
        yield Ground(asked, seeding.seed(asked, served.entries, 1)[0])


@contextmanager
def owner(of: Ground) -> Iterator[tuple[Stores, Runner]]:
    """Give the owner of all devices: what a poller does with errands, without its polls."""
    incarnation = uuid4()
    with psycopg.connect(of.settings.postgres_url) as admin:
        admin.execute(
            "UPDATE partitions SET epoch = 1, poller = 'bench', incarnation = %s, since = %s, taken_at = %s, "
            "released_at = NULL",
            (incarnation, datetime.now(UTC), datetime.now(UTC)),
        )
    with Stores.of(of.settings) as stores:
        vault = Vault.of(of.settings)
        means = Means(
            Access(Credentials(vault), of.settings.poll_timeout), stores, vault, MemoryBus(), of.settings.clock()
        )
        land = Land({one.id: one for one in inventory.polled(stores)})
        standing = Standing(until=float("inf"), current=True)
        yield stores, Runner.of(Book(stores, incarnation), land, plugins.discover(DUTIES, Duty), means, standing)
        vault.close()


@contextmanager
def working(runner: Runner) -> Iterator[None]:
    """Let the owner do errands in this process's loop, on a thread of its own, until left."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_until_complete, args=(runner.run(),), daemon=True)
    thread.start()
    yield
    asyncio.run_coroutine_threadsafe(_drain(runner), loop).result(30)
    thread.join(30)


async def _drain(runner: Runner) -> None:
    await runner.drain(timedelta(seconds=10))
