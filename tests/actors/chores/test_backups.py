"""Whose backup is asked for: what is due by its policy, what has changed, and only a part of a fleet at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from actors.chore import Occasion
from actors.chores import backups
from db import configpolicies
from db.configduty import Candidate
from db.configpolicies import Policies
from db.operations import Author
from db.tenancy import tenant_session
from fleet.backups import Policy, Reason
from fleet.identity import DeviceId, TenantId
from tests.fixtures.database import Database, Tenant
from tests.fixtures.metrics import stored

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
TENANT = TenantId(UUID(int=1))


def candidate(number: int = 1, **facts: object) -> Candidate:
    known = Candidate(TENANT, DeviceId(UUID(int=number)), None, NOW - HOUR, 0, "5-0", "5-0", False)
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
