"""Sign-ins that are under way."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from cluster.servers.valkey import Valkey
from db.handshakes import LASTING, Handshake, Handshakes
from db.limits import Limits
from fleet.errors import Unavailable

MINUTE = timedelta(minutes=1)
ONE = Handshake(uuid4(), b"\x00" * 32, b"\xff" * 32)


def test_a_handshake_is_taken_once_and_lasts_a_minute(valkey: Valkey) -> None:
    limits = Limits(valkey.url, MINUTE)
    handshakes = Handshakes(limits)
    before = set(limits.redis.keys("*handshake*"))
    name = handshakes.keep(ONE)
    (key,) = set(limits.redis.keys("*handshake*")) - before
    assert name.encode() not in key
    left = limits.redis.pttl(key)
    assert 0 < left <= LASTING.total_seconds() * 1000 == 60_000
    assert handshakes.take(name) == ONE
    assert handshakes.take(name) is None
    assert handshakes.take("none") is None


def test_a_strangers_handshake_is_kept_too(valkey: Valkey) -> None:
    handshakes = Handshakes(Limits(valkey.url, MINUTE))
    stranger = Handshake(None, ONE.expected, ONE.answer)
    assert handshakes.take(handshakes.keep(stranger)) == stranger


def test_without_redis_there_is_none() -> None:
    handshakes = Handshakes(Limits("redis://127.0.0.1:1"))
    with pytest.raises(Unavailable):
        handshakes.keep(ONE)
    with pytest.raises(Unavailable):
        handshakes.take("x")
