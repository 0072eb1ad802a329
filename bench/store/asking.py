"""Asking as people do: milliseconds of the product's own queries, and a long read beside pandas' own way."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pandas as pd
from sqlalchemy import create_engine, text

import flotilla
from bench.crew import child
from bench.rounds import Spread, ratio, spread
from bench.store.ground import START, Ground, device_id
from db import inventory, keys, lines, queries
from db.access import APP, PLATFORM
from db.engine import driver
from db.lines import LineQuery
from db.platform import platform_session
from db.queries import MetricQuery
from db.ranges import Range
from db.tenancy import tenant_session
from fleet.device import Device, Endpoint, TlsMode
from fleet.identity import DeviceId, Scope
from routeros import collectors

END = START + timedelta(days=7)
FIELDS = ("rx_bytes_rate", "tx_bytes_rate", "rx_packets_rate", "tx_packets_rate")
ROWS = 1_000_000

READ = """
    SELECT time, device_id, interface, rx_bytes_rate, tx_bytes_rate, rx_packets_rate, tx_packets_rate
    FROM interfaces_metrics WHERE tenant_id = :tenant AND time >= :start AND time < :end ORDER BY time
"""
"""The rows of the frame, in its order, as whoever owns the tables would read them."""


def register(ground: Ground, devices: int) -> None:
    """Put the devices whose rows are stored on their tenants' lists."""
    with platform_session(ground.stores, "the benchmark's devices") as session:
        made = (_device(ground, number) for number in range(devices))
        inventory.put(session, *made, at=START)


def measure(ground: Ground, count: int) -> dict[str, Any]:
    """Measure questions through the tenant's door, and a long read through the client."""
    return {
        "ms": {
            "device_24h": spread(_timed(ground, _device_day, count)),
            "fleet_7d_hourly": spread(_timed(ground, _fleet_week, count)),
            "top20_1h": spread(_timed(ground, _top, count)),
        },
        "ratios": {"frame_vs_read_sql": _frame(ground, max(3, count // 3))},
    }


def _device_day(ground: Ground) -> object:
    query = LineQuery(DeviceId(device_id(0)), "resource", "cpu_load_ratio", END - timedelta(days=1), END)
    with tenant_session(ground.stores, ground.principal()) as session:
        return lines.series(session, query, collectors.families(), END)


def _fleet_week(ground: Ground) -> object:
    return _ask(ground, MetricQuery("resource", "cpu_load_ratio", Range(END - timedelta(days=7), END),
                                    step=timedelta(hours=1)))  # fmt: skip


def _top(ground: Ground) -> object:
    return _ask(ground, MetricQuery("interfaces", "rx_bytes_rate", Range(END - timedelta(hours=1), END),
                                    by=("device", "interface"), points=1, top=20))  # fmt: skip


def _ask(ground: Ground, query: MetricQuery) -> object:
    with tenant_session(ground.stores, ground.principal()) as session:
        return queries.ask(session, query, collectors.families(), END)


def _timed(ground: Ground, ask: Callable[[Ground], object], count: int) -> list[float]:
    """Ask several times, the first of which is not counted: milliseconds of each."""
    found = []
    for _ in range(count + 1):
        begun = time.perf_counter()
        ask(ground)
        found.append(1000 * (time.perf_counter() - begun))
    return found[1:]


def _frame(ground: Ground, count: int) -> Spread:
    """Read about a million rows of a tenant both ways, in turn: how many times as long pandas' own way takes."""
    start = END - _span(ground)
    usual, ours = [], []
    with _served(ground) as client:
        for number in range(count + 1):
            slow, rows = _clocked(lambda: _read_sql(ground, start))
            fast, frame = _clocked(lambda: client.frame("interfaces", FIELDS, last=(start, END)))
            assert len(rows) == len(frame)
            if number:
                usual.append(slow)
                ours.append(fast)
    return ratio(usual, ours)


def _span(ground: Ground) -> timedelta:
    """Tell how much of the end of the last day holds a million rows of the first tenant, at most all of it."""
    day = timedelta(days=1)
    asked = text("SELECT count(*) FROM interfaces_metrics WHERE tenant_id = :tenant AND time >= :start")
    engine = create_engine(driver(ground.admin_url))
    with engine.connect() as connection:
        rows = connection.execute(asked, {"tenant": ground.tenants[0], "start": END - day}).scalar_one()
    engine.dispose()
    return day * min(1.0, ROWS / int(rows))


def _read_sql(ground: Ground, start: Any) -> pd.DataFrame:
    engine = create_engine(driver(ground.admin_url))
    with engine.connect() as connection:
        asked = {"tenant": ground.tenants[0], "start": start, "end": END}
        found = pd.read_sql(text(READ), connection, params=asked)
    engine.dispose()
    return found


def _clocked(work: Callable[[], pd.DataFrame]) -> tuple[float, pd.DataFrame]:
    begun = time.perf_counter()
    found = work()
    return time.perf_counter() - begun, found


@contextmanager
def _served(ground: Ground) -> Iterator[flotilla.Client]:
    """Serve REST beside this process, as the product does, and connect a client to it."""
    key = keys.make(ground.stores, ground.tenants[0], "bench", tuple(Scope), None)
    roles = json.dumps({role: ground.stores.url(role) for role in (APP, PLATFORM)})
    with child("bench.store.web", END.isoformat(), environment={"FLOTILLA_POSTGRES_ROLES": roles}) as web:
        url = f"http://127.0.0.1:{web.hear()['port']}"
        with flotilla.Client(url, key, progress=False) as client:
            yield client


def _device(ground: Ground, number: int) -> Device:
    return Device(
        id=DeviceId(device_id(number)),
        tenant_id=ground.tenants[number % len(ground.tenants)],
        name=f"device-{number}",
        endpoint=Endpoint("192.0.2.1", 1024 + number, TlsMode.PLAIN),
        username="bench",
        secret="vault:v1:bench",  # noqa: S106
    )
