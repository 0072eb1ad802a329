"""Alerts in the store: judged over the real ground, told once, seen by their tenant alone, acknowledged, silenced."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege

from actors.alerter import LATE, Alerter
from actors.alerting import Shelf
from bus.memory import MemoryBus, received
from bus.streams import ALERTER
from db import alertrules, alerts, alertsilences, errands
from db.alertrules import Rules
from db.alerts import AlertRow, Narrow
from db.alertsilences import Silences
from db.maintenance import Maintenance, Scope
from db.operations import Author
from db.rolloutwork import KINDS
from db.tenancy import tenant_session
from fleet import control, pushes, recurrence
from fleet.alerts.defaults import DEFAULTS
from fleet.alerts.rule import Condition, Reach, Rule, Test
from fleet.alerts.rule import Scope as For
from fleet.alerts.states import Shown
from fleet.clock import FakeClock
from fleet.device import State
from fleet.errands import Errand, ErrandState
from fleet.errors import BadInput, Conflict, NotFound
from fleet.events import AlertFiredEvent, AlertResolvedEvent, Event, Severity, decode
from fleet.rollouts.states import Step
from tests.fixtures.database import Database, Tenant
from tests.fixtures.metrics import NOW, cpu, seconds, status, stored

Tenants = tuple[Tenant, Tenant]
ADA = Author("ada@north.example", NOW, "request-1")


class House:
    """An alerter without a stream: it is told events, and time is let pass, until it is killed."""

    def __init__(self, database: Database) -> None:
        self.shelf, self.clock = Shelf(database.stores), FakeClock(NOW)
        self.alerter = Alerter(MemoryBus(ALERTER), self.shelf, self.clock)

    def hear(self, *events: Event) -> None:
        asyncio.run(self.alerter.judge(received(*events)))

    def look(self, at: datetime) -> None:
        self.clock = FakeClock(at)
        self.alerter._clock = self.clock
        asyncio.run(self.alerter.look())

    def kill(self) -> None:
        self.alerter = Alerter(MemoryBus(ALERTER), self.shelf, self.clock)


def told(database: Database) -> list[tuple[type[Event], str]]:
    rows = stored(database, "SELECT event FROM outbox WHERE subject LIKE 'alert.%'")
    events = [decode(row[0]) for row in rows]
    heard = [one for one in events if isinstance(one, AlertFiredEvent | AlertResolvedEvent)]
    return [(type(one), one.rule) for one in sorted(heard, key=lambda one: one.at)]


def listed(database: Database, tenant: Tenant, at: datetime = NOW, **narrow: Iterable[object]) -> list[AlertRow]:
    with tenant_session(database.stores, tenant.principal) as session:
        return alerts.page(session, None, 100, Narrow(**narrow), at)  # type: ignore[arg-type]


def test_a_tenant_begins_with_rules_and_sees_no_other_tenants(database: Database, two_tenants: Tenants) -> None:
    north, south = two_tenants
    with tenant_session(database.stores, north.principal) as session:
        rows = alertrules.every(session)
        assert sorted(row.rule.name for row in rows) == sorted(one.name for one in DEFAULTS)
        assert {row.rule.condition for row in rows} == {one.condition for one in DEFAULTS}
    with tenant_session(database.stores, south.principal) as session, pytest.raises(NotFound):
        alertrules.one(session, rows[0].rule.id)


def test_a_device_that_is_down_is_told_once_whoever_is_killed(database: Database, two_tenants: Tenants) -> None:
    north, south = two_tenants
    house, device = House(database), north.devices[0]
    story = [
        status(device, NOW, State.UP),
        status(device, seconds(60), State.DOWN, error_code="unreachable", duration_seconds=0.1),
    ]
    house.hear(*story)
    house.kill()
    house.hear(*story)
    assert told(database) == [(AlertFiredEvent, "device down")]
    (alert,) = listed(database, north)
    assert (alert.state, alert.since, alert.device) == (Shown.FIRING, seconds(60), "router-000")
    assert alert.summary == "router-000 is down."
    assert listed(database, south) == []
    house.kill()
    assert alert.well_at is None
    house.hear(status(device, seconds(120), State.UP))
    assert [(one.state, one.well_at) for one in listed(database, north)] == [(Shown.FIRING, seconds(120))]
    house.kill()
    house.hear(*story)
    assert told(database) == [(AlertFiredEvent, "device down")]
    house.kill()
    house.look(seconds(720) + LATE)
    assert told(database) == [(AlertFiredEvent, "device down"), (AlertResolvedEvent, "device down")]
    assert [(one.state, one.well_at) for one in listed(database, north)] == [(Shown.RESOLVED, None)]


def test_a_hold_goes_on_after_a_kill(database: Database, two_tenants: Tenants) -> None:
    house, device = House(database), two_tenants[0].devices[0]
    for minute in range(11):
        house.kill()
        house.hear(cpu(device, seconds(60 * minute), 0.95))
    assert told(database) == [(AlertFiredEvent, "CPU busy")]
    house.hear(cpu(device, seconds(660), 0.5))
    assert [one.rule for one in listed(database, two_tenants[0], states=[Shown.RESOLVED])] == ["CPU busy"]


def test_what_flaps_goes_on_flapping_and_what_is_calm_goes_on_being_calm_after_a_kill(
    database: Database, two_tenants: Tenants
) -> None:
    house, device = House(database), two_tenants[0].devices[0]
    for turn in range(30):
        house.kill()
        house.hear(status(device, seconds(300 * turn), State.DOWN, error_code="unreachable", duration_seconds=0.1))
        house.kill()
        house.hear(status(device, seconds(300 * turn + 120), State.UP))
    fired = [(AlertFiredEvent, "device down"), (AlertResolvedEvent, "device down")]
    assert told(database) == fired[:1]
    house.kill()
    house.look(seconds(300 * 29 + 120 + 600) + LATE)
    assert told(database) == fired


def test_what_only_passed_by_leaves_nothing(database: Database, two_tenants: Tenants) -> None:
    house, device = House(database), two_tenants[0].devices[0]
    house.hear(cpu(device, NOW, 0.95))
    assert [one.state for one in listed(database, two_tenants[0])] == [Shown.PENDING]
    house.hear(cpu(device, seconds(60), 0.5))
    assert listed(database, two_tenants[0]) == []


def test_no_alert_in_maintenance_and_one_for_what_outlives_it(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    device = north.devices[0]
    with tenant_session(database.stores, north.principal) as session:
        span = (NOW, seconds(600))
        Maintenance(session, ADA, north.id).plan(Scope(device_id=device.id), span, "power work")
    house = House(database)
    house.hear(status(device, seconds(60), State.DOWN, error_code="unreachable", duration_seconds=0.1))
    assert listed(database, north) == []
    house.look(seconds(640))
    assert listed(database, north) == []
    house.hear(status(device, seconds(660), State.DOWN, error_code="unreachable", duration_seconds=0.1))
    assert [one.state for one in listed(database, north)] == [Shown.FIRING]


def test_no_alert_in_maintenance_that_recurs(database: Database, two_tenants: Tenants) -> None:
    """NOW is a Monday's noon. What is down within the second time of it is raised once that is over."""
    north, _ = two_tenants
    device = north.devices[0]
    with tenant_session(database.stores, north.principal) as session:
        series = recurrence.series("FREQ=DAILY", NOW.time(), "UTC", NOW, timedelta(minutes=10))
        Maintenance(session, ADA, north.id).recur(Scope(device_id=device.id), series, "patching")
    house = House(database)
    day = 86_400
    house.look(seconds(day))
    house.hear(status(device, seconds(day + 60), State.DOWN, error_code="unreachable", duration_seconds=0.1))
    assert listed(database, north) == []
    house.look(seconds(day + 640))
    house.hear(status(device, seconds(day + 660), State.DOWN, error_code="unreachable", duration_seconds=0.1))
    assert [one.state for one in listed(database, north)] == [Shown.FIRING]


DOWN: dict[str, Any] = {"error_code": "unreachable", "duration_seconds": 0.1}


@pytest.mark.parametrize("kind", [pushes.KIND, control.REBOOT, KINDS[Step.INSTALL]])
def test_what_we_do_ourselves_raises_nothing_but_what_stays_behind(
    database: Database, two_tenants: Tenants, kind: str
) -> None:
    """One device is restarted, another waits for it: that one is watched. What is down after the end is raised."""
    north, _ = two_tenants
    busy, waits, _ = north.devices
    house = House(database)

    made = [Errand(tenant_id=north.id, device_id=one.id, kind=kind, by="ada", at=NOW, expires_at=seconds(9999))
            for one in (busy, waits)]  # fmt: skip
    with tenant_session(database.stores, north.principal) as session:
        errands.quietly(session, made)

    def stands(state: ErrandState, ended: datetime | None) -> None:
        change = "UPDATE errands SET state = %s, ended_at = %s, epoch = 1, attempt = 1 WHERE id = %s"
        with psycopg.connect(database.admin_url, autocommit=True) as admin:
            admin.execute(change, (state, ended, made[0].id))

    stands(ErrandState.TAKEN, None)
    house.hear(*(status(one, seconds(60), State.DOWN, **DOWN) for one in (busy, waits)))
    assert [one.device_id for one in listed(database, north)] == [waits.id]
    stands(ErrandState.FAILED, seconds(90))
    house.look(seconds(110))
    assert [one.device_id for one in listed(database, north)] == [waits.id]
    house.hear(status(busy, seconds(120), State.DOWN, **DOWN))
    assert {one.device_id for one in listed(database, north)} == {busy.id, waits.id}


def test_the_narrowest_rule_counts_and_one_that_goes_ends_what_it_raised(
    database: Database, two_tenants: Tenants
) -> None:
    north, _ = two_tenants
    house, device = House(database), north.devices[0]
    made = Rule(
        id=uuid4(), tenant_id=north.id, name="CPU busy", severity=Severity.CRITICAL,
        condition=Condition(test=Test.VALUE, family="resource", field="cpu_load_ratio", threshold=0.5),
        scope=For(Reach.DEVICE, str(device.id)),
    )  # fmt: skip
    with tenant_session(database.stores, north.principal) as session:
        rules = Rules(session, ADA, north.id)
        rules.add(made)
        with pytest.raises(Conflict):
            rules.add(replace(made, id=uuid4()))
    house.hear(cpu(device, NOW, 0.6), cpu(north.devices[1], NOW, 0.6))
    (alert,) = listed(database, north)
    assert (alert.state, alert.severity, alert.value) == (Shown.FIRING, Severity.CRITICAL, 0.6)
    with tenant_session(database.stores, north.principal) as session:
        Rules(session, ADA, north.id).change(replace(made, hold=timedelta(seconds=5)))
        assert alertrules.one(session, made.id).rule.version == 2
        Rules(session, ADA, north.id).remove(made.id)
    house.look(seconds(60))
    assert [one.state for one in listed(database, north)] == [Shown.RESOLVED]


def test_people_acknowledge_and_silence_what_is_their_own(database: Database, two_tenants: Tenants) -> None:
    north, south = two_tenants
    device = north.devices[0]
    House(database).hear(status(device, NOW, State.DOWN, error_code="unreachable", duration_seconds=0.1))
    (alert,) = listed(database, north)
    with tenant_session(database.stores, south.principal) as session, pytest.raises(NotFound):
        alerts.acknowledge(session, ADA, south.id, alert.id, None)
    with tenant_session(database.stores, north.principal) as session:
        alerts.acknowledge(session, ADA, north.id, alert.id, "on my way")
        seen = alerts.find(session, str(alert.id)[:8], NOW)
        assert (seen.state, seen.acknowledged_by, seen.comment) == (Shown.ACKNOWLEDGED, ADA.by, "on my way")
        silences = Silences(session, ADA, north.id)
        with pytest.raises(BadInput):
            silences.keep(None, Scope(), NOW, "never was")
        kept = silences.keep("device down", Scope(device_id=device.id), seconds(600), "known")
        assert alerts.one(session, alert.id, seconds(1)).state is Shown.SILENCED
        assert alerts.one(session, alert.id, seconds(600)).state is Shown.ACKNOWLEDGED
        assert alerts.counts(session, NOW) == {(Shown.SILENCED, Severity.CRITICAL): 1}
        assert [one.id for one in alertsilences.lasting(session, NOW)] == [kept]
        silences.lift(kept)
        assert alerts.one(session, alert.id, NOW).state is Shown.ACKNOWLEDGED


def test_a_tenant_cannot_raise_an_alert_by_itself(database: Database, two_tenants: Tenants) -> None:
    with psycopg.connect(database.url("flotilla_app")) as connection, pytest.raises(InsufficientPrivilege):
        connection.execute("INSERT INTO alerts (id) VALUES (gen_random_uuid())")
