"""The pollers' leases in Redis: one for each name, held by one incarnation until it is given back or runs out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from fleet import logs
from fleet.errors import Unavailable
from fleet.ownership import Lease

PREFIX = "lease:"
PATIENCE = 1.0
"""Seconds for a connection and for an answer: a lease that is renewed late is no lease."""

log = logs.get(__name__)

_HOLDER = """
local text, holder = redis.pcall('GET', KEYS[1]), nil
local read, held = pcall(cjson.decode, text)
if read and type(held) == 'table' and PREFIX .. tostring(held.poller) == KEYS[1] then
    holder = string.match(tostring(held.incarnation), '^%x+%-%x+%-%x+%-%x+%-%x+$')
end
""".replace("PREFIX", f"'{PREFIX}'")
"""Finds the incarnation that holds a lease; what stands there and is no lease holds nothing."""

KEEP = f"""{_HOLDER}
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
"""
"""Takes a lease that nobody holds, or renews one's own; returns 0 where another incarnation holds it."""

DROP = f"""{_HOLDER}
if holder == ARGV[1] then redis.call('DEL', KEYS[1]) end
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

    def __init__(self, redis_url: str, ttl: timedelta, patience: float = PATIENCE) -> None:
        self.ttl = ttl
        self._redis = Redis.from_url(redis_url, socket_timeout=patience, socket_connect_timeout=patience)
        self._keep = self._redis.register_script(KEEP)
        self._drop = self._redis.register_script(DROP)
        self._strays: set[bytes] = set()

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
        """Read all leases; what is none is passed over, for it must not stop the others."""
        try:
            names = [name async for name in self._redis.scan_iter(match=PREFIX + "*", count=1000)]
            texts = await self._redis.mget(names) if names else []
            server = await self._redis.info("server")
        except RedisError as error:
            raise _away() from error
        there = {name: text for name, text in zip(names, texts, strict=True) if text is not None}
        found = {name: _lease(name, text) for name, text in there.items()}
        self._tell({name for name, lease in found.items() if lease is None})
        leases = [lease for lease in found.values() if lease is not None]
        return Held({lease.poller: lease for lease in leases}, timedelta(seconds=server["uptime_in_seconds"]))

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    def _tell(self, strays: set[bytes]) -> None:
        """Say once of each what is no lease, for leases are read twice a second."""
        for name in strays - self._strays:
            log.warning("what stands in Redis is no lease; remove it", key=name.decode(errors="replace"))
        self._strays = strays


def _lease(name: bytes, text: bytes | str) -> Lease | None:
    """Read a lease; None where it is none of that name."""
    try:
        lease = msgspec.json.decode(text, type=Lease)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return lease if (PREFIX + lease.poller).encode() == name else None


def _away() -> Unavailable:
    return Unavailable("Redis cannot be reached.", "Owners go on; nothing changes hands until it is back.")
