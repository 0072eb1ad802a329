"""Valkey asks for its password and refuses rather than forgets."""

from __future__ import annotations

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from cluster.servers.state import LOOPBACK
from cluster.servers.valkey import Valkey


def test_nobody_enters_without_the_password(valkey: Valkey) -> None:
    once = Retry(NoBackoff(), 0)
    with (
        redis.Redis(host=LOOPBACK, port=valkey.port, socket_timeout=60, retry=once) as client,
        pytest.raises(redis.AuthenticationError),
    ):
        client.ping()


def test_nothing_is_evicted(valkey: Valkey) -> None:
    with redis.Redis.from_url(valkey.url, decode_responses=True) as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
