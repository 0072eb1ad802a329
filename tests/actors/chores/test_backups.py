"""Whose backup is asked for: what is due by its policy, what has changed, and only a part of a fleet at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg

from actors.chore import Occasion
from actors.chores import backups
from db import configpolicies
from db.configduty import Candidate
from db.configpolicies import Policies
from db.operations import Author
from db.tenancy import tenant_session
from fleet.backups import HISTORY, Policy, Reason
from fleet.identity import DeviceId, TenantId
from tests.fixtures.database import Database, Tenant
from tests.fixtures.metrics import received, stocked, stored, write

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
TENANT = TenantId(UUID(int=1))
TAKEN = "INSERT INTO config_state (device_id, tenant_id, read_at, marker, failures) VALUES (%s, %s, %s, '5-0', 0)"


def candidate(number: int = 1, **facts: object) -> Candidate:
    known = Candidate(TENANT, DeviceId(UUID(int=number)), None, NOW - HOUR, 0, "5-0", "5-0", False, NOW)
    return replace(known, **facts)  # type: ignore[arg-type]


def reasons(*found: Candidate, policy: Policy) -> list[tuple[int, Reason]]:
    chosen = backups.chosen(found, Policies({TENANT: policy}, {}), NOW)
    return [(one.device_id.int, reason) for one, reason in chosen]


def test_what_was_read_long_ago_or_never_is_due() -> None:
    late, never, asked = candidate(1, read_at=NOW - DAY), candidate(2, read_at=None), candidate(3, open=True)
    found = reasons(late, never, asked, candidate(4), policy=Policy(every=DAY))
    assert found == [(2, Reason.SCHEDULE), (1, Reason.SCHEDULE)]
    assert reasons(late, never, policy=Policy()) == []


def test_a_history_that_moved_on_is_asked_at_once_and_first() -> None:
    moved, late = candidate(1, seen="6-0"), candidate(2, read_at=NOW - DAY)
    assert reasons(late, moved, policy=Policy(every=DAY, on_change=True)) == [
        (1, Reason.CHANGE),
        (2, Reason.SCHEDULE),
    ]
    assert reasons(moved, policy=Policy(every=DAY)) == []
    assert reasons(candidate(1), policy=Policy(on_change=True)) == []


def test_a_backup_that_failed_after_a_change_is_not_asked_for_in_every_turn() -> None:
    policy = Policy(on_change=True)
    assert reasons(candidate(1, seen="6-0", failures=1, read_at=NOW), policy=policy) == []
    assert reasons(candidate(1, seen="6-0", failures=1, read_at=NOW - HOUR), policy=policy) == [(1, Reason.CHANGE)]


def test_where_the_history_cannot_be_read_it_is_exported_every_quarter_of_an_hour() -> None:
    policy = Policy(on_change=True)
    blind = candidate(1, seen=None, marker="")
    assert reasons(blind, policy=policy) == [(1, Reason.CHANGE)]
    assert reasons(replace(blind, read_at=NOW - timedelta(minutes=14)), policy=policy) == []
    refused_since = candidate(1, marker="", seen="5-0", read_at=NOW - timedelta(minutes=14))
    assert reasons(refused_since, policy=policy) == []
    silent = candidate(1, told=NOW - 3 * DAY)
    assert reasons(silent, policy=policy) == [(1, Reason.CHANGE)]


def test_a_device_without_any_backup_gets_its_first_one_to_compare_with() -> None:
    new = candidate(1, seen=None, marker=None, read_at=None, told=None)
    assert reasons(new, policy=Policy(on_change=True)) == [(1, Reason.CHANGE)]


def test_a_history_that_a_backup_knows_better_than_the_last_poll_asks_for_no_other() -> None:
    policy = Policy(on_change=True)
    older = candidate(
        1, seen="5-0", marker="6-0", told=NOW - timedelta(minutes=9), read_at=NOW - timedelta(minutes=8)
    )
    assert reasons(older, policy=policy) == []
    restarted = replace(older, seen="0", told=NOW)
    assert reasons(restarted, policy=policy) == [(1, Reason.CHANGE)]


def test_a_change_that_a_poll_saw_while_a_backup_was_under_way_is_not_lost() -> None:
    policy, read_at = Policy(on_change=True), NOW - timedelta(minutes=1)
    during = candidate(1, seen="7-0", marker="6-0", read_at=read_at, told=read_at - timedelta(seconds=5))
    assert reasons(during, policy=policy) == [(1, Reason.CHANGE)]
    assert reasons(replace(during, seen="6-1"), policy=policy) == []


def test_a_fleet_is_asked_in_parts_and_a_site_a_few_at_a_time() -> None:
    site = UUID(int=9)
    everyone = [candidate(n, read_at=None, site_id=UUID(int=n)) for n in range(1, 3001)]
    assert len(reasons(*everyone, policy=Policy(every=DAY))) == 100
    crowded = [candidate(n, read_at=None, site_id=site, open=n <= 15) for n in range(1, 41)]
    assert len(reasons(*crowded, policy=Policy(every=DAY))) == 5


def test_a_devices_own_policy_goes_before_its_tenants() -> None:
    off = Policies({TENANT: Policy(every=DAY)}, {DeviceId(UUID(int=1)): Policy(every=timedelta(0))})
    assert backups.chosen([candidate(1, read_at=None)], off, NOW) == []


def test_the_chore_asks_the_owners_once(database: Database, two_tenants: tuple[Tenant, Tenant]) -> None:
    north = two_tenants[0]
    backups.look(Occasion(database.stores, NOW))
    assert stored(database, "SELECT count(*) FROM errands") == [(0,)]
    with tenant_session(database.stores, north.principal) as session:
        configpolicies.put(session, Author("anna", NOW), north.id, None, Policy(every=DAY))
        own = Policy(every=timedelta(0))
        configpolicies.put(session, Author("anna", NOW), north.id, north.devices[2].id, own)
    for _ in range(2):
        backups.look(Occasion(database.stores, NOW))
    rows = stored(database, "SELECT device_id, kind, detail->>'reason' FROM errands ORDER BY device_id")
    assert rows == [(one.id, "config.backup", "schedule") for one in sorted(north.devices[:2], key=lambda d: d.id)]


def test_what_a_poll_saw_of_a_history_is_asked_for_once(
    database: Database, two_tenants: tuple[Tenant, Tenant]
) -> None:
    north = two_tenants[0]
    with tenant_session(database.stores, north.principal) as session:
        configpolicies.put(session, Author("anna", NOW), north.id, None, Policy(on_change=True))
    with psycopg.connect(database.admin_url) as admin:
        for one in north.devices:
            admin.execute(TAKEN, (one.id, north.id, NOW))
    at = NOW + timedelta(minutes=1)
    seen = [
        stocked(one, at, {"": {"marker": marker}}, HISTORY)
        for one, marker in zip(north.devices, ("5-0", "6-0", "0"), strict=True)
    ]
    write(database, received(seen))
    for _ in range(2):
        backups.look(Occasion(database.stores, at))
    rows = stored(database, "SELECT device_id, detail->>'reason' FROM errands ORDER BY device_id")
    assert rows == [(one.id, "change") for one in sorted(north.devices[1:], key=lambda d: d.id)]
