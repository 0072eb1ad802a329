"""The token bucket on a real Valkey."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from redis import Redis

from cluster.servers.valkey import Valkey
from db.limits import CONNECTIONS, LimitReached, Limits
from fleet.errors import TooMany, Unavailable

SLOW = 0.001
"""A rate at which no token comes back within a test."""


@pytest.fixture
def limits(valkey: Valkey) -> Iterator[Limits]:
    limits = Limits(valkey.url, timedelta(minutes=1))
    yield limits
    limits.close()


@pytest.fixture
def key() -> str:
    return uuid4().hex


def takes(limits: Limits, key: str, rate: float, burst: int) -> bool:
    try:
        limits.take(key, rate, burst, fail_open=False)
    except TooMany:
        return False
    return True


def test_a_burst_passes_and_no_more(limits: Limits, key: str) -> None:
    assert [takes(limits, key, SLOW, 3) for _ in range(5)] == [True] * 3 + [False] * 2


def test_keys_do_not_share_a_bucket(limits: Limits, key: str) -> None:
    assert takes(limits, key, SLOW, 1)
    assert takes(limits, f"{key}/other", SLOW, 1)
    assert not takes(limits, key, SLOW, 1)


def test_who_is_refused_is_told_when_to_come_again(limits: Limits, key: str) -> None:
    limits.take(key, SLOW, 1, fail_open=False)
    with pytest.raises(LimitReached, match=r"in (1000|9\d\d) s") as refused:
        limits.take(key, SLOW, 1, fail_open=False)
    assert timedelta(seconds=900) < refused.value.retry_after <= timedelta(seconds=1000)
    assert refused.value.status == 429


def test_tokens_come_back_at_their_rate(limits: Limits, valkey: Valkey, key: str) -> None:
    for _ in range(3):
        limits.take(key, SLOW, 3, fail_open=False)
    bucket = Redis.from_url(valkey.url)
    bucket.hset(f"limit:{key}", "at", f"{time.time() - 2.1 / SLOW:.6f}")
    assert [takes(limits, key, SLOW, 3) for _ in range(3)] == [True, True, False]
    bucket.hset(f"limit:{key}", "at", f"{time.time() - 10 / SLOW:.6f}")
    assert [takes(limits, key, SLOW, 3) for _ in range(4)] == [True] * 3 + [False]


def test_of_many_at_once_a_burst_passes(limits: Limits, key: str) -> None:
    with ThreadPoolExecutor(2 * CONNECTIONS) as threads:
        assert sum(threads.map(lambda _: takes(limits, key, SLOW, 20), range(200))) == 20


def test_a_bucket_that_is_full_again_is_forgotten(limits: Limits, valkey: Valkey, key: str) -> None:
    limits.take(key, SLOW, 5, fail_open=False)
    left = Redis.from_url(valkey.url).pttl(f"limit:{key}")
    assert isinstance(left, int)
    assert 0 < left <= 1000 / SLOW + 1000


def test_the_script_survives_a_server_that_forgot_it(limits: Limits, valkey: Valkey, key: str) -> None:
    limits.take(key, SLOW, 2, fail_open=False)
    Redis.from_url(valkey.url).script_flush()
    assert takes(limits, key, SLOW, 2)


def test_with_redis_away_a_limit_fails_as_it_is_told(key: str) -> None:
    limits = Limits("redis://127.0.0.1:9")
    limits.take(key, 1, 1, fail_open=True)
    with pytest.raises(Unavailable, match="Redis"):
        limits.take(key, 1, 1, fail_open=False)
    with pytest.raises(Unavailable):
        limits.ping()


def test_a_server_that_answers_is_there(limits: Limits) -> None:
    limits.ping()


def test_a_connection_that_was_cut_is_made_anew(limits: Limits, valkey: Valkey, key: str) -> None:
    limits.take(key, SLOW, 2, fail_open=False)
    Redis.from_url(valkey.url).client_kill_filter(_type="normal", skipme=True)
    limits.take(key, SLOW, 2, fail_open=False)
