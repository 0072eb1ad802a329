"""What is usual of an hour of the week, read from roll-ups of hours by the tenants' door, a piece at a time."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from uuid import uuid4

import psycopg
from sqlalchemy.orm import Session

from db import partitions
from db.alertground import Surveyor
from db.alertrules import Rules
from db.alertusual import Almanac, asked
from db.operations import Author
from db.platform import platform_session
from db.tenancy import tenant_session
from fleet.alerts.rule import Condition, Rule, Test
from fleet.alerts.usual import Usual
from fleet.events import Severity
from fleet.identity import DeviceId, TenantId
from routeros import collectors
from tests.fixtures.database import Database, Tenant
from tests.fixtures.metrics import NOW

HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)
LATER = NOW + 4 * WEEK
"""The first of the weeks looked back at begins with NOW."""

ADA = Author("ada@north.example", NOW, "request-1")
COLUMN = ("resource", "cpu_load_ratio")
ROW = (
    "INSERT INTO resource_1h (time, tenant_id, device_id, rows, cpu_load_ratio_sum, cpu_load_ratio_min, "
    "cpu_load_ratio_max) VALUES (%s, %s, %s, 60, %s, %s, %s)"
)


def filled(database: Database, tenant: Tenant, number: int, at: datetime, mean: float) -> None:
    with platform_session(database.stores, "room for the past of a test") as session:
        partitions.prepare(session, [at.date()])
    with psycopg.connect(database.admin_url, autocommit=True) as connection:
        row = (at, tenant.id, tenant.devices[number].id, 60 * mean, mean - 0.05, mean + 0.15)
        connection.execute(ROW, row)


def compare(database: Database, tenant: Tenant) -> None:
    condition = Condition(test=Test.BASELINE, family=COLUMN[0], field=COLUMN[1], threshold=4)
    rule = Rule(id=uuid4(), tenant_id=tenant.id, name="odd", severity=Severity.INFO, condition=condition)
    with tenant_session(database.stores, tenant.principal) as session:
        Rules(session, ADA, tenant.id).add(rule)


def test_the_surveyor_learns_what_is_usual_of_whom_a_rule_asks(
    database: Database, two_tenants: tuple[Tenant, Tenant]
) -> None:
    """The first device has two weeks, the second one; what another hour tells does not count."""
    north, south = two_tenants
    for week, mean in ((1, 0.3), (2, 0.4)):
        filled(database, north, 0, LATER - week * WEEK, mean)
    filled(database, north, 0, LATER - WEEK + HOUR, 0.6)
    filled(database, north, 0, LATER - 2 * WEEK + HOUR, 0.6)
    filled(database, north, 0, LATER - WEEK + 2 * HOUR, 0.9)
    filled(database, north, 1, LATER - WEEK, 0.5)
    filled(database, south, 0, LATER - WEEK, 0.5)
    filled(database, south, 0, LATER - 2 * WEEK, 0.5)
    surveyor = Surveyor(database.stores, families=collectors.families())
    assert surveyor.survey(LATER).usuals.count == 0
    compare(database, north)
    known = surveyor.survey(LATER).usuals
    first, second, _ = (one.id for one in north.devices)
    found = known.look(LATER + HOUR / 2, COLUMN, first, "")
    assert found is not None
    assert (round(found.middle, 4), round(found.spread, 4)) == (0.35, 0.1)
    assert known.look(LATER + HOUR, COLUMN, first, "") is not None
    assert known.look(LATER, COLUMN, second, "") is None
    assert known.count == 2
    assert surveyor.survey(LATER + 2 * HOUR).usuals.count == 0


def test_a_look_reads_so_much_and_the_next_goes_on(database: Database, two_tenants: tuple[Tenant, Tenant]) -> None:
    north, _ = two_tenants
    compare(database, north)
    for number in range(3):
        for week in (1, 2, 3, 4):
            filled(database, north, number, LATER - week * WEEK, 0.5)
    doors: list[TenantId] = []

    def door(owner: TenantId) -> AbstractContextManager[Session]:
        doors.append(owner)
        return tenant_session(database.stores, north.principal)

    laid = Surveyor(database.stores).survey(LATER)
    assert asked(laid) == {(north.id, COLUMN): sorted(DeviceId(one.id) for one in north.devices)}
    almanac = Almanac(collectors.families(), piece=1, at_once=2)
    counts = [almanac.turn(door, laid, LATER).count for _ in range(4)]
    assert counts == [2, 3, 3, 3]
    assert len(doors) == 6
    sure = almanac.usuals.look(LATER, COLUMN, north.devices[2].id, "")
    assert sure is not None
    assert Usual(round(sure.middle, 4), round(sure.spread, 4)) == Usual(0.5, 0.1)
