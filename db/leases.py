"""The pollers' leases in Redis: one for each name, held by one incarnation until it is given back or runs out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from fleet.errors import Unavailable
from fleet.ownership import Lease

PREFIX = "lease:"
PATIENCE = 1.0
"""Seconds for a connection and for an answer: a lease that is renewed late is no lease."""

KEEP = """
local held = redis.call('GET', KEYS[1])
if held and cjson.decode(held).incarnation ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
"""
"""Takes a lease that nobody holds, or renews one's own; returns 0 where another incarnation holds it."""

DROP = """
local held = redis.call('GET', KEYS[1])
if held and cjson.decode(held).incarnation == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 0
"""


@dataclass(frozen=True, slots=True)
class Held:
    """All leases that are held, by poller, and how long the server that says so has been up.

    A server that came up a moment ago may have forgotten a lease that has not run out.
    """

    leases: Mapping[str, Lease]
    uptime: timedelta


class Leases:
    """The leases of all pollers. Every method raises Unavailable while Redis is away."""

    def __init__(self, redis_url: str, ttl: timedelta) -> None:
        self.ttl = ttl
        self._redis = Redis.from_url(redis_url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)
        self._keep = self._redis.register_script(KEEP)
        self._drop = self._redis.register_script(DROP)

    async def keep(self, lease: Lease) -> bool:
        """Take or renew a lease for its time to live; False where another incarnation holds it."""
        text = msgspec.json.encode(lease)
        milliseconds = int(self.ttl.total_seconds() * 1000)
        try:
            kept = await self._keep(keys=[PREFIX + lease.poller], args=[str(lease.incarnation), text, milliseconds])
        except RedisError as error:
            raise _away() from error
        return bool(kept)

    async def drop(self, lease: Lease) -> None:
        """Give a lease back, so that nobody has to wait until it runs out."""
        try:
            await self._drop(keys=[PREFIX + lease.poller], args=[str(lease.incarnation)])
        except RedisError as error:
            raise _away() from error

    async def held(self) -> Held:
        """Read all leases."""
        try:
            names = [name async for name in self._redis.scan_iter(match=PREFIX + "*", count=1000)]
            texts = await self._redis.mget(names) if names else []
            server = await self._redis.info("server")
        except RedisError as error:
            raise _away() from error
        leases = [msgspec.json.decode(text, type=Lease) for text in texts if text is not None]
        return Held({lease.poller: lease for lease in leases}, timedelta(seconds=server["uptime_in_seconds"]))

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()


def _away() -> Unavailable:
    return Unavailable("Redis cannot be reached.", "Owners go on; nothing changes hands until it is back.")
