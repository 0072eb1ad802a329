"""Schedules: claimed by one at a time, under an epoch that shuts out whoever came too late."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import psycopg
import pytest

from db import schedules
from db.platform import platform_session
from db.schedules import Claim
from fleet.operations import Outcome
from tests.fixtures.database import CREATED, Database, Tenant

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
KINDS = ("outbox.tidy", "partitions.ahead")


def ensure(database: Database, kind: str = KINDS[0], every: timedelta = HOUR, at: datetime = CREATED) -> None:
    with platform_session(database.stores, "test") as session:
        schedules.ensure(session, kind, every, at)


def claim(database: Database, name: str, at: datetime = CREATED, kinds: tuple[str, ...] = KINDS) -> Claim | None:
    with platform_session(database.stores, "test") as session:
        return schedules.claim(session, name, kinds, at, at + MINUTE)


def settle(database: Database, held: Claim, at: datetime, error: str | None = None) -> bool:
    outcome = Outcome.DONE if error is None else Outcome.FAILED
    with platform_session(database.stores, "test") as session:
        return schedules.settle(session, held, outcome, error, at)


def rows(database: Database, columns: str) -> list[tuple[object, ...]]:
    with psycopg.connect(database.admin_url) as admin:
        return admin.execute(f"SELECT {columns} FROM schedules ORDER BY kind".encode()).fetchall()


def test_a_schedule_is_made_once_and_takes_a_new_rhythm(database: Database) -> None:
    for _ in range(2):
        ensure(database)
    ensure(database, every=MINUTE, at=CREATED + HOUR)
    assert rows(database, "tenant_id, kind, every_seconds, next_at, epoch") == [
        (None, "outbox.tidy", 60.0, CREATED, 0)
    ]


def test_what_is_due_is_claimed_once(database: Database) -> None:
    ensure(database)
    assert claim(database, "one", CREATED - MINUTE) is None
    held = claim(database, "one")
    assert held is not None
    assert (held.tenant_id, held.kind, held.every, held.next_at, held.epoch) == (None, KINDS[0], HOUR, CREATED, 1)
    assert claim(database, "two") is None
    assert rows(database, "claimed_by, claimed_until") == [("one", CREATED + MINUTE)]


def test_who_is_due_longest_comes_first_and_unknown_kinds_are_left(database: Database) -> None:
    ensure(database, KINDS[0], at=CREATED)
    ensure(database, KINDS[1], at=CREATED - MINUTE)
    ensure(database, "of.tomorrow", at=CREATED - HOUR)
    found = [claim(database, "one") for _ in range(3)]
    assert [one and one.kind for one in found] == [KINDS[1], KINDS[0], None]


def test_a_settled_one_is_due_on_its_grid(database: Database) -> None:
    ensure(database)
    held = claim(database, "one", CREATED + 3 * MINUTE)
    assert held is not None
    assert settle(database, held, CREATED + 4 * MINUTE)
    told = "last_at, last_outcome, last_error, next_at, claimed_by, claimed_until"
    assert rows(database, told) == [(CREATED + 4 * MINUTE, "done", None, CREATED + HOUR, None, None)]
    again = claim(database, "one", CREATED + 5 * HOUR + MINUTE)
    assert again is not None
    assert again.epoch == 2
    assert settle(database, again, CREATED + 5 * HOUR + 2 * MINUTE, "It went wrong.")
    assert rows(database, "last_outcome, last_error, next_at") == [("failed", "It went wrong.", CREATED + 6 * HOUR)]


def test_a_claim_that_ran_out_is_taken_and_its_result_refused(database: Database) -> None:
    ensure(database)
    first = claim(database, "one")
    assert first is not None
    assert claim(database, "two", CREATED + MINUTE - timedelta(microseconds=1)) is None
    second = claim(database, "two", CREATED + MINUTE)
    assert second is not None
    assert second.epoch == first.epoch + 1
    assert not settle(database, first, CREATED + 2 * MINUTE, "too late")
    assert rows(database, "claimed_by, last_outcome") == [("two", None)]
    assert settle(database, second, CREATED + 2 * MINUTE)
    assert not settle(database, first, CREATED + 3 * MINUTE, "too late")
    assert rows(database, "claimed_by, last_outcome") == [(None, "done")]


def test_a_claim_that_ran_out_and_nobody_took_may_still_be_settled(database: Database) -> None:
    ensure(database)
    held = claim(database, "one")
    assert held is not None
    assert settle(database, held, CREATED + HOUR)


def test_many_at_once_claim_each_once(database: Database) -> None:
    kinds = tuple(f"kind.{letter}" for letter in "abcdefghijklmnop")
    for kind in kinds:
        ensure(database, kind)
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda n: claim(database, f"keeper-{n}", kinds=kinds), range(2 * len(kinds))))
    assert sorted(one.kind for one in found if one is not None) == sorted(kinds)


def test_a_tenants_schedule_is_its_own(database: Database, two_tenants: tuple[Tenant, Tenant]) -> None:
    ensure(database)
    with psycopg.connect(database.admin_url) as admin:
        admin.execute(
            "INSERT INTO schedules (id, tenant_id, kind, every_seconds, next_at, epoch, detail) "
            "SELECT gen_random_uuid(), id, 'outbox.tidy', 60, %s, 0, '{}' FROM tenants",
            (CREATED,),
        )
    found = [claim(database, "one") for _ in range(4)]
    assert {one and one.tenant_id for one in found[:3]} == {None, *(tenant.id for tenant in two_tenants)}
    assert found[3] is None


@pytest.mark.parametrize("kind", ["", "Outbox", "x" * 64])
def test_a_kind_is_a_word(database: Database, kind: str) -> None:
    with pytest.raises(Exception, match="ck_schedules_kind"):
        ensure(database, kind)
