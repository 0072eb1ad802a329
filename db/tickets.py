"""Tickets: tokens for one use within seconds, in Redis, each worth a text that nobody but us reads."""

from __future__ import annotations

import secrets
from datetime import timedelta
from hashlib import sha256

from redis import Redis
from redis.exceptions import RedisError

from fleet.errors import Unavailable

PREFIX = "ticket:"


class Tickets:
    """The tickets of one purpose. Only their SHA-256 is stored, so whoever reads Redis cannot use them."""

    def __init__(self, redis: Redis, purpose: str, lasts: timedelta) -> None:
        self._redis = redis
        self._purpose = purpose
        self._lasts = lasts

    def issue(self, worth: str) -> str:
        """Make a ticket; raises Unavailable without Redis."""
        ticket = secrets.token_urlsafe(32)
        try:
            self._redis.set(self._key(ticket), worth, px=self._lasts)
        except RedisError as error:
            raise _away() from error
        return ticket

    def redeem(self, ticket: str) -> str | None:
        """Use a ticket up and tell its worth; None for one that was used, is too old or never was."""
        try:
            worth = self._redis.getdel(self._key(ticket))
        except RedisError as error:
            raise _away() from error
        return worth.decode() if isinstance(worth, bytes) else worth

    def _key(self, ticket: str) -> str:
        return f"{PREFIX}{self._purpose}:{sha256(ticket.encode(errors='surrogatepass')).hexdigest()}"


def _away() -> Unavailable:
    return Unavailable("Redis cannot be reached.", "Try again in a few seconds.")
