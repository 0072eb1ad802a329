"""One column of one device: bounded, honest about gaps, and only about one's own."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import pytest
from sqlalchemy.orm import Session

from db import lines
from db.answers import Point
from db.binary import Array
from db.lines import Line, LineQuery
from db.series import Loader, Past
from db.tenancy import tenant_session
from fleet.errors import BadInput
from fleet.events import FamilyRows
from fleet.retention import Mode
from tests.fixtures.database import Database, Tenant
from tests.fixtures.metrics import FAMILIES, NOW, cpu, measured, received, seconds, stored, traffic, write

pytestmark = pytest.mark.modes(*Mode)

TwoTenants = tuple[Tenant, Tenant]


@dataclass(frozen=True, slots=True)
class Made:
    labels: tuple[str, ...]
    values: Mapping[str, Array]


def test_a_line_keeps_spikes_and_gaps(database: Database, two_tenants: TwoTenants) -> None:
    device = two_tenants[0].devices[0]
    loads = {0: 0.2, 10: 1.0, 20: 0.3, 95: 0.4, 60: None}
    write(database, received([cpu(device, seconds(s), load) for s, load in loads.items()]))
    (line,) = _ask(database, two_tenants[0], _query(device.id, seconds(120), points=4))
    assert line == Line(
        {},
        [
            Point(NOW, pytest.approx(0.5), 0.2, pytest.approx(0.5), 1.0, 3),  # type: ignore[arg-type]
            Point(seconds(90), 0.4, 0.4, 0.4, 0.4, 1),
        ],
    )


def test_the_end_is_not_in_the_range(database: Database, two_tenants: TwoTenants) -> None:
    device = two_tenants[0].devices[0]
    write(database, received([cpu(device, seconds(s), 0.5) for s in (0, 60)]))
    (line,) = _ask(database, two_tenants[0], _query(device.id, seconds(60)))
    assert [point.time for point in line.points] == [NOW]


@pytest.mark.parametrize("points", [2, 3, 7, 300, 2000])
def test_there_are_never_more_points_than_asked_for(database: Database, two_tenants: TwoTenants, points: int) -> None:
    device = two_tenants[0].devices[0]
    _history(database, two_tenants[0], "resource", [Made((), {"cpu_load_ratio": np.full(5000, 0.5)})])
    (line,) = _ask(database, two_tenants[0], _query(device.id, seconds(5000), points=points))
    assert len(line.points) == points
    assert sum(point.count for point in line.points) == 5000


def test_each_instance_is_a_line_and_a_label_picks_one(database: Database, two_tenants: TwoTenants) -> None:
    device = two_tenants[0].devices[0]
    write(database, received([traffic(device, seconds(s), ether2=2.0, ether1=1.0) for s in (0, 10)]))
    query = LineQuery(device.id, "interfaces", "rx_bytes_rate", NOW, seconds(60), 2)
    lines = _ask(database, two_tenants[0], query)
    assert [(line.labels, line.points[0].avg) for line in lines] == [
        ({"interface": "ether1"}, 1),
        ({"interface": "ether2"}, 2),
    ]
    assert _ask(database, two_tenants[0], replace(query, labels={"interface": "ether2"})) == lines[1:]
    assert _ask(database, two_tenants[0], replace(query, labels={"interface": "ether3"})) == []


def test_counts_and_states_are_numbers_too(database: Database, two_tenants: TwoTenants) -> None:
    device = two_tenants[0].devices[0]
    rows = FamilyRows("interfaces", ("rx_bytes_increase", "link"), (("ether1",),), ((7, 2),))
    write(database, received([measured(device, NOW, rows)]))
    for name, value in (("rx_bytes_increase", 7), ("link", 2)):
        (line,) = _ask(database, two_tenants[0], LineQuery(device.id, "interfaces", name, NOW, seconds(60)))
        assert line.points == [Point(NOW, value, value, value, value, 1)]


def test_a_nan_that_came_by_another_way_spoils_nothing(database: Database, two_tenants: TwoTenants) -> None:
    device = two_tenants[0].devices[0]
    write(database, received([cpu(device, NOW, 0.5), cpu(device, seconds(1), 0.5)]))
    stored(database, "UPDATE resource_metrics SET cpu_load_ratio = 'NaN' WHERE time = %s RETURNING 1", seconds(1))
    (line,) = _ask(database, two_tenants[0], _query(device.id, seconds(60)))
    assert line.points == [Point(NOW, 0.5, 0.5, 0.5, 0.5, 1)]


def test_a_foreign_device_has_no_lines(database: Database, two_tenants: TwoTenants) -> None:
    north, south = two_tenants
    write(database, received([cpu(north.devices[0], NOW, 0.5)]))
    assert _ask(database, south, _query(north.devices[0].id, seconds(60))) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"family": "weather"}, "health, interfaces, poe"),
        ({"field": "mood"}, "cpu_load_ratio, memory_free_bytes"),
        ({"points": 1}, "2 to 2000"),
        ({"points": 2001}, "2 to 2000"),
        ({"end": NOW}, "start before the end"),
        ({"end": NOW - timedelta(1)}, "start before the end"),
        ({"end": NOW + timedelta(days=401)}, "400 days"),
        ({"start": NOW.replace(tzinfo=None)}, "2026-01-05T12:00:00Z"),
        ({"labels": {"interface": "ether1"}}, "one line for a device"),
    ],
)
def test_bad_questions_are_told_what_would_do(
    database: Database, two_tenants: TwoTenants, change: dict[str, object], said: str
) -> None:
    query = _query(two_tenants[0].devices[0].id, seconds(60))
    with pytest.raises(BadInput) as error:
        _ask(database, two_tenants[0], replace(query, **change))  # type: ignore[arg-type]
    assert said in str(error.value)


def test_an_answer_without_bounds_is_refused(database: Database, two_tenants: TwoTenants) -> None:
    tenant = two_tenants[0]
    _history(database, tenant, "interfaces", [Made((f"vlan{n}",), {"link": np.ones(2000)}) for n in range(51)])
    query = LineQuery(tenant.devices[0].id, "interfaces", "link", NOW, seconds(2000), 2000)
    with pytest.raises(BadInput, match="100000 rows"):
        _ask(database, tenant, query)
    assert len(_ask(database, tenant, replace(query, points=300))) == 51


def _query(device: object, end: datetime, points: int = 300) -> LineQuery:
    return LineQuery(device, "resource", "cpu_load_ratio", NOW, end, points)  # type: ignore[arg-type]


def _ask(database: Database, tenant: Tenant, query: LineQuery) -> list[Line]:
    with _session(database, tenant) as session:
        found, _ = lines.series(session, query, FAMILIES, seconds(6000))
    return found


def _history(database: Database, tenant: Tenant, family: str, made: list[Made]) -> None:
    """Copy arrays at one second's steps from NOW on, for the tenant's first device."""
    steps = len(next(iter(made[0].values.values())))
    past = Past(tenant.id, tenant.devices[0].id, NOW.timestamp() + np.arange(steps))
    with Loader(database.url("flotilla_ingest"), FAMILIES) as loader:
        loader.copy(family, past, made)


def _session(database: Database, tenant: Tenant) -> AbstractContextManager[Session]:
    return tenant_session(database.stores, tenant.principal)
