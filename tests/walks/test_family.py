"""A family that one file declares: collected from a router, stored, queried, drawn and read as a frame."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from actors.session import Session, Tools
from dashboard import data, figures, units
from dashboard.figures import Curve, Scale, Window
from dashboard.theme import DARK
from db import lines, metric_tables
from db.frames import Metrics
from db.ingest import Ingest
from db.lines import LineQuery
from db.ranges import Range
from db.tenancy import tenant_session
from fleet.clock import FakeClock
from fleet.device import Device
from fleet.events import DeviceMetricsEvent
from fleet.families import Family
from fleet.plugins import discover
from routeros import collectors
from routeros.client import Client, connect
from routeros.collector import Collector
from tests.fixtures.database import Database, Tenant
from tests.fixtures.metrics import MADE, STREAM, received, stored
from tests.fixtures.simulator import EGRESS, Factory, Served

FILE = '''
"""What each rule of the firewall has met, from ``/ip/firewall/filter``."""

from fleet.families import Cycle, Family, Field, Kind, Sample
from routeros import values
from routeros.collector import Collector, Notes, Reading, Replies
from routeros.words import Command

WORDS = ("accept", "drop", "other")

family = Family(
    "filter_rules",
    "Firewall rules",
    (
        Field("packets_total", Kind.COUNTER, "packets", "Packets"),
        Field("packet_bytes", unit="bytes", title="Mean packet"),
        Field("action", Kind.STATE, title="Action", states=WORDS),
    ),
    labels=("chain", "rule"),
)
command = Command("/ip/firewall/filter/print", (".id", "chain", "action", "bytes", "packets"))


def read(replies: Replies) -> Reading:
    notes = Notes()
    samples = notes.samples(sample(notes, row) for row in replies[0] or ())
    return Reading(samples, problems=tuple(notes.problems))


def sample(notes: Notes, row: dict[str, str]) -> Sample:
    packets, bytes_ = (notes.value(row, name, values.integer) for name in ("packets", "bytes"))
    mean = bytes_ / packets if bytes_ is not None and packets else None
    action = WORDS.index(row["action"] if row["action"] in WORDS else "other")
    told = {"packets_total": packets, "packet_bytes": mean, "action": action}
    return Sample(told, (row["chain"], row[".id"]))


collector = Collector("filter_rules", Cycle.FAST, (command,), family, read)
'''

START = datetime(2026, 1, 5, 12, tzinfo=UTC)
STEP = timedelta(seconds=60)
SPAN = Range(START, START + 4 * STEP)
CHAIN = "input"


@pytest.fixture
def found(tmp_path: Path) -> Iterator[Collector]:
    """The collector of a package in which there is that one file and nothing else."""
    package = tmp_path / "annex_of_a_test"
    package.mkdir()
    (package / "__init__.py").write_text('"""Collectors of a test."""\n')
    (package / "filter_rules.py").write_text(FILE)
    sys.path.insert(0, str(tmp_path))
    try:
        (collector,) = discover(package.name, Collector)
        yield collector
    finally:
        sys.path.remove(str(tmp_path))
        for name in [name for name in sys.modules if name.partition(".")[0] == package.name]:
            del sys.modules[name]


def polled(served: Served, device: Device, found: Collector, clock: FakeClock) -> list[DeviceMetricsEvent]:
    """Poll a router three times, a minute apart by the clock that it shares with us."""

    async def enter(_: Device) -> Client:
        return await connect(served.endpoint(0), served.login(0), timeout=timedelta(seconds=20), egress=EGRESS)

    async def run() -> list[DeviceMetricsEvent]:
        known = (collectors.every()["resource"], found)
        session = Session(device, Tools(enter, known, clock, timedelta(minutes=15), timedelta(seconds=20)))
        events = []
        for _ in range(3):
            events += [event for event in (await session.poll()).events if isinstance(event, DeviceMetricsEvent)]
            clock.advance(STEP)
        await session.close()
        return events

    return asyncio.run(run())


def keep(database: Database, events: list[DeviceMetricsEvent], families: dict[str, Family], now: datetime) -> None:
    async def run() -> None:
        url = database.url("flotilla_ingest")
        async with Ingest(url, families, "writer-0", {STREAM: MADE}, FakeClock(now)) as ingest:
            await ingest.write(received(events))

    asyncio.run(run())


def test_a_family_is_one_file(
    found: Collector, database: Database, two_tenants: tuple[Tenant, Tenant], simulator: Factory
) -> None:
    assert found.family is not None
    clock, families = FakeClock(START), {**collectors.families(), "filter_rules": found.family}
    tenant, device = two_tenants[0], two_tenants[0].devices[0]
    served = simulator(1, personas=("ccr2004",), clock=clock)
    events = polled(served, device, found, clock)
    assert {rows.family for event in events for rows in event.families} == {"resource", "filter_rules"}

    with psycopg.connect(database.admin_url, autocommit=True) as owner:
        owner.execute("SET ROLE flotilla_owner")
        for statement in metric_tables.create(found.family):
            owner.execute(statement.encode())
    keep(database, events, families, clock.now())
    rules = len(stored(database, "SELECT DISTINCT rule FROM filter_rules_metrics"))
    assert stored(database, "SELECT count(*) FROM filter_rules_metrics") == [(3 * rules,)]

    query = LineQuery(device.id, "filter_rules", "packets_rate", SPAN.start, SPAN.end, 4, {"chain": CHAIN})
    with tenant_session(database.stores, tenant.principal) as session:
        drawn, _ = lines.series(session, query, families, clock.now())
    assert {line.labels["chain"] for line in drawn} == {CHAIN}
    assert any(point.max > 0 for line in drawn for point in line.points)
    with tenant_session(database.stores, two_tenants[1].principal) as session:
        assert lines.series(session, query, families, clock.now())[0] == []

    column = found.family.column("packets_rate")
    curves = [Curve(line.labels["rule"], data.frame(line.points)) for line in drawn]
    figure = figures.chart(curves, Scale(units.of(column.unit)), Window(SPAN.start, SPAN.end, STEP), DARK)
    assert [trace["name"] for trace in figure["data"] if "fill" not in trace] == [c.name for c in curves]

    frame = Metrics(database.stores, tenant.principal, families).frame(
        "filter_rules", ["packets_total", "packets_increase", "packet_bytes", "action"], SPAN
    )
    assert len(frame) == 3 * rules
    assert frame.dtypes.astype(str).to_dict() == {
        "device": "category",
        "chain": "category",
        "rule": "category",
        "packets_total": "Int64",
        "packets_increase": "Int64",
        "packet_bytes": "float64",
        "action": "category",
    }
    assert frame["packets_increase"].notna().sum() == 2 * rules
