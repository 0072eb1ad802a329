"""Rolling up: how long ten thousand new rows take, and what share of a core keeps up with ten thousand devices."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from bench.rounds import spread
from bench.store.ground import START, Ground, backend_cpu, copy, prepare, rows
from db import rollups
from db.dirty import Window
from fleet.families import Family
from fleet.resolutions import Resolution
from routeros import collectors

ROWS = 10_000
DEVICES, INTERFACES = 10_000, 6
DAY = START + timedelta(days=40)
"""A day on which nothing else is stored."""

FIVE = Resolution.FIVE_MINUTES.span


def measure(ground: Ground, count: int, buckets: int) -> dict[str, Any]:
    """Measure both; ``buckets`` of five minutes are kept up with."""
    families = {name: collectors.families()[name] for name in ("resource", "interfaces")}
    with ground.writer() as connection:
        prepare(connection, DAY, 2)
    return {
        "ms": {"rollup_10k": spread([_ten_thousand(ground, families["resource"], n) for n in range(count)])},
        "keep_up": _keep_up(ground, families, buckets),
    }


def _ten_thousand(ground: Ground, family: Family, number: int) -> float:
    """Store five minutes of two thousand devices, and roll them up: milliseconds."""
    at = DAY + number * FIVE
    with ground.writer() as connection:
        for minute in range(5):
            block = rows(family, at + timedelta(minutes=minute), np.arange(ROWS // 5), 1, ground.tenants)
            copy(connection, family, block)
    begun = time.perf_counter()
    done = rollups.run(ground.stores, {family.name: family}, Window(at + 2 * FIVE))
    took = time.perf_counter() - begun
    assert done.rows >= ROWS // 5
    return 1000 * took


def _keep_up(ground: Ground, families: dict[str, Family], buckets: int) -> dict[str, float]:
    """Store buckets of ten thousand devices at a minute's interval, six interfaces each, and roll each up in turn.

    The share is the CPU of the server's process and ours over the five minutes that a bucket lasts; an hour's share
    of rolling up the hour itself is added to it.
    """
    start = DAY + timedelta(days=1)
    first = min(12, buckets)
    spent = [_bucket(ground, families, start + n * FIVE) for n in range(first)]
    hour = _spent(ground, families, start + timedelta(hours=1, minutes=1)) if first == 12 else None
    per_hour = 12 * float(np.median(spent)) + (hour or 0.0)
    found = {"cpu_seconds_per_bucket": float(np.median(spent)), "share_of_a_core": per_hour / 3600}
    return found if hour is None else found | {"cpu_seconds_per_hour": hour}


def _bucket(ground: Ground, families: dict[str, Family], at: datetime) -> float:
    with ground.writer() as connection:
        for minute in range(5):
            for part in np.array_split(np.arange(DEVICES), 20):
                when = at + timedelta(minutes=minute)
                copy(connection, families["resource"], rows(families["resource"], when, part, 1, ground.tenants))
                block = rows(families["interfaces"], when, part, INTERFACES, ground.tenants)
                copy(connection, families["interfaces"], block)
    return _spent(ground, families, at + FIVE + timedelta(seconds=30))


def _spent(ground: Ground, families: dict[str, Family], now: datetime) -> float:
    """Tell the CPU seconds of a run, of this process and of the server's for the platform role."""
    before, ours = _platform(ground), time.process_time()
    rollups.run(ground.stores, families, Window(now), rollups.after(timedelta(minutes=10)))
    return time.process_time() - ours + _platform(ground) - before


def _platform(ground: Ground) -> float:
    query = "SELECT pid FROM pg_stat_activity WHERE usename = 'flotilla_platform'"
    with ground.admin() as admin:
        return sum(backend_cpu(pid) for (pid,) in admin.execute(query).fetchall())
