"""Leases on a real Valkey: one holder at a time, given back or run out."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import msgspec
import pytest
from redis import Redis

from cluster.servers.state import State
from cluster.servers.valkey import Valkey
from db.leases import PREFIX, Leases
from fleet.errors import Unavailable
from fleet.ownership import Lease

LONG, SHORT = timedelta(minutes=1), timedelta(milliseconds=60)


def lease(poller: str | None = None) -> Lease:
    return Lease(poller or uuid4().hex, uuid4(), 2.0)


def kept(server: Valkey, test: Callable[[Leases], Awaitable[None]], ttl: timedelta = LONG) -> None:
    async def run() -> None:
        leases = Leases(server.url, ttl, patience=60)
        try:
            await test(leases)
        finally:
            await leases.close()

    asyncio.run(run())


def test_a_lease_is_held_by_one_incarnation_until_it_is_given_back(valkey: Valkey) -> None:
    first = lease()
    second = lease(first.poller)

    async def run(leases: Leases) -> None:
        assert await leases.keep(first)
        assert await leases.keep(first)
        assert not await leases.keep(second)
        await leases.drop(second)
        assert (await leases.held()).leases[first.poller] == first
        await leases.drop(first)
        assert first.poller not in (await leases.held()).leases
        assert await leases.keep(second)

    kept(valkey, run)


def test_a_lease_that_is_not_renewed_runs_out(valkey: Valkey) -> None:
    first = lease()

    async def run(leases: Leases) -> None:
        assert await leases.keep(first)
        async with asyncio.timeout(60):
            while first.poller in (await leases.held()).leases:
                await asyncio.sleep(0.01)
        assert await leases.keep(lease(first.poller))

    kept(valkey, run, SHORT)


def test_every_lease_has_a_time_to_live(valkey: Valkey) -> None:
    first = lease()

    async def run(leases: Leases) -> None:
        assert await leases.keep(first)

    kept(valkey, run)
    with Redis.from_url(valkey.url) as redis:
        assert 0 < int(str(redis.pttl(PREFIX + first.poller))) <= LONG.total_seconds() * 1000


def test_the_uptime_tells_a_server_that_may_have_forgotten(tmp_path_factory: pytest.TempPathFactory) -> None:
    with State(tmp_path_factory.mktemp("young")) as state, Valkey(state) as server:

        async def run(leases: Leases) -> None:
            assert (await leases.held()).uptime < timedelta(seconds=60)

        kept(server, run)


def test_while_redis_is_away_nobody_knows(tmp_path_factory: pytest.TempPathFactory) -> None:
    with State(tmp_path_factory.mktemp("away")) as state, Valkey(state) as server:
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)

        async def run(leases: Leases) -> None:
            for question in (leases.keep(lease()), leases.drop(lease()), leases.held()):
                with pytest.raises(Unavailable, match="Redis"):
                    await question

        kept(server, run)


GARBAGE = ("", "no lease", "[]", "7", '{"poller": 1}', '{"poller": "x", "incarnation": "me", "weight": 1.0}')


@pytest.mark.parametrize("garbage", GARBAGE)
def test_what_is_no_lease_counts_for_nothing_and_gives_way(valkey: Valkey, garbage: str) -> None:
    mine, other = lease(), lease()

    async def run(leases: Leases) -> None:
        with Redis.from_url(valkey.url) as redis:
            redis.set(PREFIX + mine.poller, garbage)
            assert await leases.keep(other)
            assert (await leases.held()).leases[other.poller] == other
            await leases.drop(mine)
            assert await leases.keep(mine)
            assert (await leases.held()).leases[mine.poller] == mine

    kept(valkey, run)


def test_a_lease_under_anothers_name_is_none(valkey: Valkey) -> None:
    mine, false = lease(), lease()

    async def run(leases: Leases) -> None:
        with Redis.from_url(valkey.url) as redis:
            redis.set(PREFIX + uuid4().hex, msgspec.json.encode(replace(false, poller=mine.poller)), px=60_000)
            redis.lpush(PREFIX + uuid4().hex, "a list")
        assert await leases.keep(mine)
        assert (await leases.held()).leases[mine.poller] == mine

    kept(valkey, run)
