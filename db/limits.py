"""Rate limits: a token bucket in Redis, filled by the server's clock."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta

from redis import BlockingConnectionPool, Redis
from redis.exceptions import RedisError

from fleet.errors import TooMany, Unavailable

CONNECTIONS = 32
PATIENCE = timedelta(seconds=1)
"""For a connection and for an answer: a limit that may fail open must not cost more than what it limits."""
SURE = timedelta(seconds=5)
"""The same where nothing goes on without an answer: who signs in would rather wait than be sent away."""

BUCKET = """
local rate, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1000000
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens, at = tonumber(kept[1]) or burst, tonumber(kept[2]) or now
tokens = math.min(burst, tokens + math.max(0, now - at) * rate)
local wait = 0
if tokens >= 1 then tokens = tokens - 1 else wait = (1 - tokens) / rate end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', string.format('%.6f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil((burst - tokens) / rate * 1000) + 1000)
return {tostring(wait), tostring(tokens)}
"""
"""Takes a token: the seconds until there is one (0: it was taken) and what is left; a full bucket is forgotten."""


@dataclass(frozen=True, slots=True)
class Left:
    """What is left in a bucket: whole tokens, and how long until it is full again."""

    tokens: int
    full: timedelta


class LimitReached(TooMany):
    """A limit is used up; ``retry_after`` tells when to come again."""

    def __init__(self, retry_after: timedelta) -> None:
        self.retry_after = retry_after
        seconds = math.ceil(retry_after.total_seconds())
        super().__init__("Too many requests.", f"Try again in {seconds} s.")


class Limits:
    """The buckets of all processes. Threads may share it.

    What may fail open waits for Redis as long as ``patience`` tells, everything else at least ``SURE``.
    """

    def __init__(self, redis_url: str, patience: timedelta = PATIENCE) -> None:
        self._hasty, self._sure = _connections(redis_url, patience), _connections(redis_url, max(patience, SURE))
        self._bucket = self._hasty.register_script(BUCKET)

    @property
    def redis(self) -> Redis:
        """The connections, for what else lives for moments."""
        return self._sure

    def take(self, key: str, rate: float, burst: int, *, fail_open: bool) -> Left | None:
        """Take one of ``burst`` tokens, of which ``rate`` come back in a second; raises LimitReached without any.

        With Redis away a limit that fails open lets everything pass, and None is known of what is left; another
        raises Unavailable.
        """
        try:
            client = self._hasty if fail_open else self._sure
            wait, tokens = map(float, self._bucket(keys=[f"limit:{key}"], args=[rate, burst], client=client))
        except RedisError as error:
            if fail_open:
                return None
            raise _away() from error
        if wait > 0:
            raise LimitReached(timedelta(seconds=wait))
        return Left(int(tokens), timedelta(seconds=(burst - tokens) / rate))

    def ping(self) -> None:
        """Raise Unavailable unless Redis answers."""
        try:
            self._hasty.ping()
        except RedisError as error:
            raise _away() from error

    def close(self) -> None:
        """Close the connections; a later use opens new ones."""
        self._hasty.close()
        self._sure.close()


def _connections(redis_url: str, patience: timedelta) -> Redis:
    seconds = patience.total_seconds()
    pool = BlockingConnectionPool.from_url(
        redis_url,
        max_connections=CONNECTIONS,
        timeout=seconds,
        socket_timeout=seconds,
        socket_connect_timeout=seconds,
    )
    return Redis(connection_pool=pool)


def _away() -> Unavailable:
    return Unavailable("Redis cannot be reached.", "Try again in a few seconds.")
