"""What the store knows of devices: each fact, and that a tenant is told of its own devices alone."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest

from actors.facts import facts
from actors.rules.backup_overdue import periods
from actors.rules.config_changed import outside
from actors.rules.firmware_behind import behind
from actors.rules.firmware_holes import holes
from db.alertfacts import known
from db.tenancy import tenant_session
from fleet.alerts.defaults import DEFAULTS
from fleet.alerts.rule import Test
from fleet.backups import Policy, Reason
from fleet.firmware import Pointer
from fleet.versions import Channel, version
from tests.fixtures.database import Database, Tenant
from tests.fixtures.metrics import NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STABLE = [Pointer(7, Channel.STABLE, version("7.24.4"), NOW)]


def test_the_first_rules_ask_for_facts_that_there_are() -> None:
    names = [fact.name for fact in facts()]
    assert len(names) == len(set(names))
    asked = {one.condition.field for one in DEFAULTS if one.condition.test is Test.FACT}
    assert asked == set(names)


def test_a_backup_is_overdue_by_its_own_schedule() -> None:
    assert periods(Policy(every=6 * HOUR), NOW - DAY, NOW) == 4
    assert periods(Policy(every=timedelta(0)), NOW - DAY, NOW) is None


@pytest.mark.parametrize(
    ("number", "reason", "age", "found"),
    [
        (2, Reason.CHANGE, HOUR, 1.0),
        (2, Reason.SCHEDULE, HOUR, 1.0),
        (2, Reason.PUSH, HOUR, 0.0),
        (1, Reason.CHANGE, HOUR, 0.0),
        (2, Reason.CHANGE, DAY, 0.0),
    ],
)
def test_a_configuration_is_changed_outside_for_a_day(
    number: int, reason: Reason, age: timedelta, found: float
) -> None:
    assert outside(number, reason, NOW - age, NOW) == found


def test_firmware_is_behind_its_channel_or_cannot_be_told() -> None:
    assert [behind(one, STABLE) for one in ("7.24.4", "7.24.1", "7.16", "odd")] == [0.0, 1.0, 1.0, None]
    assert behind("7.24.4", []) is None
    assert holes("6.40") > holes("7.24.4") == 0


def test_a_tenant_is_told_of_its_own_devices(database: Database, two_tenants: tuple[Tenant, Tenant]) -> None:
    north, south = two_tenants
    with psycopg.connect(database.admin_url) as connection:
        for tenant, failures in ((north, 3), (south, 5)):
            connection.execute(
                "INSERT INTO config_policies (id, tenant_id, every_seconds, changed_at, changed_by)"
                " VALUES (gen_random_uuid(), %s, 3600, now(), 'me')",
                [tenant.id],
            )
            connection.execute(
                "INSERT INTO config_state (device_id, tenant_id, whole_at, failures) VALUES (%s, %s, %s, %s)",
                [tenant.devices[0].id, tenant.id, NOW - 3 * HOUR, failures],
            )
    with tenant_session(database.stores, north.principal) as session:
        told = known(session, facts(), {fact.name for fact in facts()}, NOW)
    assert told["backup_failures"] == {north.devices[0].id: 3.0}
    assert told["backup_overdue_periods"] == {d.id: 3.0 if d is north.devices[0] else 1.0 for d in north.devices}
    assert told["config_changed_outside"] == told["firmware_behind"] == told["firmware_holes"] == {}
