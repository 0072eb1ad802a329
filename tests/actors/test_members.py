"""Poller and writer on real servers: from the router to the row, whatever is killed on the way."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import psycopg

from actors.polling import poller as make_poller
from actors.resident import Member
from actors.supervisor import Supervisor
from actors.writing import writer as make_writer
from bus import connection, streams
from bus.streams import DEVICE_EVENTS
from cluster.servers.postgres import Postgres
from db import inventory, migrations
from db.assignment import Office
from db.bootstrap import prepare
from db.engine import Stores
from db.leases import Leases
from db.platform import platform_session
from fleet.device import State
from tests.actors.conftest import DEVICES, Ground, Plant, planted, until
from tests.fixtures.database import PASSWORDS, Database
from tests.fixtures.simulator import Factory

PATIENCE = timedelta(seconds=60)


class Alone:
    """A crew of one poller, which nobody has to make."""

    def keep(self) -> dict[str, str | None]:
        return {"poller-0": None}

    def end(self, poller: str) -> None:
        raise AssertionError(f"{poller} is ended")


@asynccontextmanager
async def working(plant: Plant) -> AsyncIterator[tuple[Member, Member]]:
    """Run a poller and a writer under a supervisor, and drain them as the group does."""
    leases = Leases(plant.settings.redis_url, plant.settings.lease_ttl)
    supervisor = Supervisor(leases, Office(plant.stores), Alone())
    async with (
        make_poller("poller-0", str(plant.state)) as poller,
        make_writer("writer-0", str(plant.state)) as writer,
    ):
        tasks = [asyncio.create_task(member.run()) for member in (supervisor, poller, writer)]
        yield poller, writer
        await supervisor.drain(PATIENCE)
        assert await poller.drain(PATIENCE) == 0
        assert await writer.drain(PATIENCE) == 0
        await asyncio.wait_for(asyncio.gather(*tasks), 60)
    await leases.close()


async def published(plant: Plant) -> int:
    async with await connection.connect(plant.broker.url, name="test", token=plant.broker.token) as bus:
        return (await streams.tally(bus, DEVICE_EVENTS)).published


def states(plant: Plant) -> dict[str, inventory.DeviceRow]:
    with platform_session(plant.stores, "a test looks at the devices") as session:
        return {row.name: row for row in inventory.page(session, None, 100)}


def whole(plant: Plant) -> None:
    """All that was published is stored, and once."""
    assert asyncio.run(published(plant)) == plant.stored()
    assert plant.totals().duplicates == 0


def test_a_fleet_is_polled_and_every_event_is_stored_once(plant: Plant) -> None:
    rows: dict[str, inventory.DeviceRow] = {}

    def up() -> bool:
        rows.update(states(plant))
        return {row.state for row in rows.values()} == {State.UP} and plant.stored() >= 6 * DEVICES

    async def run() -> None:
        async with working(plant):
            await until(up, "no events are stored, or not all are up")

    asyncio.run(run())
    whole(plant)
    assert len(rows) == DEVICES
    assert {row.identity for row in rows.values()} == {entry.identity for entry in plant.fleet.inventory}
    assert all(row.version and row.model and row.uptime_seconds for row in rows.values())
    assert sum(plant.totals().rows.values()) > 6 * DEVICES


def test_a_killed_nats_loses_and_doubles_nothing(plant: Plant) -> None:
    async def run() -> None:
        async with working(plant) as (poller, _):
            await until(lambda: plant.stored() >= DEVICES, "no events are stored")
            plant.broker.kill()
            before = int(str(poller.report()["polls_ok"]))
            await until(lambda: int(str(poller.report()["polls_ok"])) >= before + 2 * DEVICES, "polling stopped")
            stored = plant.stored()
            await asyncio.to_thread(plant.broker.restart)
            await until(lambda: plant.stored() >= stored + 4 * DEVICES, "storing did not go on")
            await until(lambda: poller.report()["breakers_open"] == 0, "breakers are open")

    asyncio.run(run())
    whole(plant)


def test_connections_that_the_database_cuts_lose_and_double_nothing(plant: Plant, database: Database) -> None:
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'flotilla%'"

    async def run() -> None:
        async with working(plant):
            for _ in range(5):
                stored = plant.stored()
                await until(lambda: plant.stored() >= stored + DEVICES, "storing did not go on")  # noqa: B023
                with psycopg.connect(database.admin_url, autocommit=True) as admin:
                    admin.execute(cut)

    asyncio.run(run())
    whole(plant)


def test_a_database_that_is_away_for_a_while_loses_and_doubles_nothing(ground: Ground, simulator: Factory) -> None:
    with Postgres(ground.home) as server:
        urls = prepare(server.url, PASSWORDS)
        migrations.upgrade(server.url)
        with Stores(urls) as stores:
            plant = planted(ground, Database(server.url, urls, stores), simulator(DEVICES))

            async def run() -> None:
                async with working(plant) as (poller, writer):
                    await until(lambda: plant.stored() >= DEVICES, "no events are stored")
                    assert server.pid is not None
                    os.kill(server.pid, signal.SIGKILL)
                    await until(lambda: writer.report()["store_problem"] != "", "the writer does not say so")
                    before = int(str(poller.report()["polls_ok"]))
                    await until(lambda: int(str(poller.report()["polls_ok"])) >= before + 3 * DEVICES, "no polls")
                    await asyncio.to_thread(server.restart)
                    await until(lambda: writer.report()["store_problem"] == "", "the writer does not go on")

            asyncio.run(run())
            whole(plant)


def test_one_router_that_talks_nonsense_and_one_that_is_dead_do_not_touch_the_others(plant: Plant) -> None:
    plant.fleet.fault(0, "garbage")
    plant.fleet.fault(1, "down")

    bad, dead = (plant.fleet.inventory[n].identity for n in (0, 1))

    def apart() -> bool:
        found = states(plant)
        codes = found[bad].error_code, found[dead].error_code
        down = {name for name, row in found.items() if row.state is State.DOWN}
        others = {row.state for name, row in found.items() if name not in (bad, dead)}
        cut = ("unreachable", "tls_cut", "tls_failed")
        return down == {bad, dead} and others == {State.UP} and codes[0] == "protocol_error" and codes[1] in cut

    async def run() -> None:
        async with working(plant):
            await until(apart, "it is not so")

    asyncio.run(run())


def test_a_broken_secret_is_the_error_of_its_device_alone(plant: Plant, database: Database) -> None:
    broken = plant.fleet.inventory[2].identity
    with psycopg.connect(database.admin_url, autocommit=True) as admin:
        admin.execute("UPDATE devices SET secret = 'vault:v1:bm90aGluZw==' WHERE name = %s", (broken,))

    async def run() -> None:
        async with working(plant):
            await until(lambda: states(plant)[broken].error_code == "secret_broken", "it is not said")
            await until(lambda: states(plant)[broken].state is State.DOWN, "it is not down")
            await until(lambda: sum(r.state is State.UP for r in states(plant).values()) == DEVICES - 1, "not up")

    asyncio.run(run())
