"""Reading through the tenants' door: milliseconds of what a dashboard asks, and what the barrier view costs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from bench.rounds import Spread, ratio, spread
from bench.store.ground import START, Connection, Ground, copy, device_id, prepare, rows, settle, size
from db import rollups
from db.binary import Array
from db.dirty import Window
from db.engine import driver
from db.rows import make_room
from db.tenancy import tenant_session
from routeros import collectors

INTERFACES = 6
END = START + timedelta(days=7)

Asked = Mapping[str, object]

DEVICE = """
    SELECT date_bin('288 seconds', time, :start) AS step, avg(cpu_load_ratio), min(cpu_load_ratio),
        max(cpu_load_ratio), count(cpu_load_ratio)
    FROM resource_view WHERE device_id = :device AND time >= :start AND time < :end GROUP BY step ORDER BY step
"""
FLEET = """
    SELECT time, sum(cpu_load_ratio_sum) / sum(coalesce(cpu_load_ratio_count, rows))
    FROM resource_1h_view WHERE time >= :start AND time < :end GROUP BY time ORDER BY time
"""
TOP = """
    SELECT device_id, interface, sum(rx_bytes_rate_sum) / sum(coalesce(rx_bytes_rate_count, rows)) AS rate
    FROM interfaces_5m_view WHERE time >= :start AND time < :end
    GROUP BY device_id, interface ORDER BY rate DESC NULLS LAST LIMIT 20
"""
RAW = "SELECT count(*), avg(cpu_load_ratio) FROM {} WHERE time >= :start AND time < :end {}"
ROLLED = "SELECT sum(rows), sum(cpu_load_ratio_sum) FROM {} WHERE time >= :start AND time < :end {}"
STEPS = """
    SELECT date_bin('1 hour', time, 'epoch') AS step, avg(cpu_load_ratio), min(cpu_load_ratio), max(cpu_load_ratio)
    FROM {} WHERE time >= :start AND time < :end {} GROUP BY step ORDER BY step
"""


def fill(ground: Ground, devices: int, say: Callable[[str], None]) -> None:
    """Store ``resource`` for seven days and the interfaces for the last of them, and roll all of it up."""
    families = collectors.families()
    fleet = np.arange(devices)
    with ground.writer() as connection:
        prepare(connection, START, 9)
        for hour in range(7 * 24):
            with connection.transaction():
                _fill_hour(ground, connection, START + timedelta(hours=hour), fleet)
            if hour % 24 == 23:
                say(f"{hour // 24 + 1} days of {devices} devices are stored")
    asked = {name: families[name] for name in ("resource", "interfaces")}
    rollups.run(ground.stores, asked, Window(END + timedelta(hours=1)), rollups.after(timedelta(hours=3)))
    say("all is rolled up")
    settle(ground, END)
    with ground.admin() as admin:
        admin.execute("VACUUM ANALYZE")
    say("all is laid out as upkeep leaves it")


def _fill_hour(ground: Ground, connection: Connection, start: datetime, fleet: Array) -> None:
    families = collectors.families()
    for minute in range(60):
        at = start + timedelta(minutes=minute)
        copy(connection, families["resource"], rows(families["resource"], at, fleet, 1, ground.tenants))
        if at >= END - timedelta(days=1):
            block = rows(families["interfaces"], at, fleet, INTERFACES, ground.tenants)
            copy(connection, families["interfaces"], block)


def measure(ground: Ground, count: int) -> dict[str, Any]:
    """Ask each a number of times, and the same of a tenant by its view beside the owner with a literal."""
    week, day, hour = ({"start": END - span, "end": END} for span in (timedelta(7), timedelta(1), timedelta(hours=1)))
    settled = {"start": END - timedelta(3), "end": END - timedelta(2)}
    return {
        "ms": {
            "device_24h": spread(_door(ground, DEVICE, day | {"device": device_id(0)}, count)),
            "fleet_7d_hourly": spread(_door(ground, FLEET, week, count)),
            "top20_1h": spread(_door(ground, TOP, hour, count)),
        },
        "ratios": {
            "barrier_vs_literal": _barrier(ground, RAW, "resource_view", "resource_metrics", settled, count),
            "barrier_vs_literal_steps": _barrier(ground, STEPS, "resource_view", "resource_metrics", settled, count),
            "barrier_vs_literal_today": _barrier(ground, RAW, "resource_view", "resource_metrics", day, count),
            "barrier_vs_literal_rolled": _barrier(ground, ROLLED, "resource_5m_view", "resource_5m", week, count),
        },
    }


def density(ground: Ground) -> float:
    """Tell how many bytes a number of a day of interfaces takes, index and all, in the columnstore where one is."""
    family, day = collectors.families()["interfaces"], END - timedelta(days=1)
    settle(ground, END + timedelta(days=1))
    with ground.admin() as admin:
        counted = f"SELECT count(*) FROM {family.table} WHERE time >= %s AND time < %s"  # noqa: S608
        row = admin.execute(counted.encode(), (day, END)).fetchone()
    return round(size(ground, family, day) / ((row[0] if row else 0) * len(family.columns)), 2)


def _barrier(ground: Ground, query: str, view: str, table: str, asked: Asked, count: int) -> Spread:
    by_view = _door(ground, query.format(view, ""), asked, count)
    literal = query.format(table, f" AND tenant_id = '{ground.tenants[0]}'")
    engine = create_engine(driver(ground.admin_url))
    with Session(engine) as session:
        by_owner = _timed(session, literal, asked, count)
    engine.dispose()
    return ratio(by_view, by_owner)


def _door(ground: Ground, query: str, asked: Asked, count: int) -> list[float]:
    with tenant_session(ground.stores, ground.principal()) as session:
        return _timed(session, query, asked, count)


def _timed(session: Session, query: str, asked: Asked, count: int) -> list[float]:
    """Ask several times, the first of which is not counted: milliseconds of each."""
    make_room(session)
    found = []
    for number in range(count + 1):
        begun = time.perf_counter()
        session.execute(text(query), dict(asked)).all()
        if number:
            found.append(1000 * (time.perf_counter() - begun))
    return found
