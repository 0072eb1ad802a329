"""The outbox: what was committed waits, is taken by one at a time, and goes when it is old."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy.orm import Session

from bus import subjects
from db import outbox
from db.platform import platform_session
from db.tenancy import tenant_session
from fleet.events import Change, DeviceChangedEvent, decode
from tests.fixtures.database import CREATED, Database, Tenant

Tenants = tuple[Tenant, Tenant]
SECOND = timedelta(seconds=1)


def event(tenant: Tenant, number: int) -> DeviceChangedEvent:
    return DeviceChangedEvent(
        tenant_id=tenant.id, device_id=tenant.devices[0].id, at=CREATED, change=Change.UPDATED, fields=(str(number),)
    )


def put(session: Session, *events: DeviceChangedEvent, after: int = 0) -> None:
    outbox.put(session, events, subjects.of, CREATED + after * SECOND)


def ids(letters: list[outbox.Letter]) -> list[UUID]:
    return [letter.event_id for letter in letters]


@pytest.fixture
def events(database: Database, two_tenants: Tenants) -> list[DeviceChangedEvent]:
    """Five events of two tenants, the latest put in first."""
    made = [event(two_tenants[number % 2], number) for number in range(5)]
    for number, one in reversed(list(enumerate(made))):
        with tenant_session(database.stores, two_tenants[number % 2].principal) as session:
            put(session, one, after=number)
    return made


def test_letters_are_claimed_oldest_first_and_whole(database: Database, events: list[DeviceChangedEvent]) -> None:
    with platform_session(database.stores, "test") as session:
        assert outbox.backlog(session) == outbox.Backlog(5, CREATED)
        found = outbox.claim(session, 3)
    assert [decode(letter.event) for letter in found] == events[:3]
    assert [letter.subject for letter in found] == [subjects.of(one) for one in events[:3]]


def test_events_that_are_put_in_together_keep_their_order(database: Database, two_tenants: Tenants) -> None:
    made = [event(two_tenants[0], number) for number in range(20)]
    with tenant_session(database.stores, two_tenants[0].principal) as session:
        put(session, *made)
    with platform_session(database.stores, "test") as session:
        assert ids(outbox.claim(session, 20)) == [one.event_id for one in made]


def test_what_one_holds_another_passes_over(database: Database, events: list[DeviceChangedEvent]) -> None:
    with platform_session(database.stores, "test") as one, platform_session(database.stores, "test") as other:
        assert ids(outbox.claim(one, 2)) == [e.event_id for e in events[:2]]
        assert ids(outbox.claim(other, 9)) == [e.event_id for e in events[2:]]


def test_what_is_marked_waits_no_more(database: Database, events: list[DeviceChangedEvent]) -> None:
    with platform_session(database.stores, "test") as session:
        outbox.mark(session, [events[0].event_id, events[3].event_id], CREATED)
        outbox.mark(session, [], CREATED)
    with platform_session(database.stores, "test") as session:
        assert outbox.backlog(session) == outbox.Backlog(3, CREATED + SECOND)
        assert ids(outbox.claim(session, 9)) == [events[n].event_id for n in (1, 2, 4)]


def test_a_claim_that_came_to_nothing_is_free_again(database: Database, events: list[DeviceChangedEvent]) -> None:
    def fail() -> None:
        with platform_session(database.stores, "test") as session:
            outbox.mark(session, ids(outbox.claim(session, 9)), CREATED)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with platform_session(database.stores, "test") as session:
        assert len(outbox.claim(session, 9)) == 5


def test_an_event_that_was_undone_is_not_there(database: Database, two_tenants: Tenants) -> None:
    def fail() -> None:
        with tenant_session(database.stores, two_tenants[0].principal) as session:
            put(session, event(two_tenants[0], 1))
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with platform_session(database.stores, "test") as session:
        assert outbox.backlog(session).waiting == 0


def test_old_letters_go_in_batches_and_those_that_wait_stay(
    database: Database, events: list[DeviceChangedEvent]
) -> None:
    with platform_session(database.stores, "test") as session:
        for number in range(4):
            outbox.mark(session, [events[number].event_id], CREATED + number * SECOND)
        before = CREATED + 3 * SECOND
        assert [outbox.tidy(session, before, 2) for _ in range(3)] == [2, 1, 0]
        outbox.mark(session, [uuid4()], CREATED)
        assert ids(outbox.claim(session, 9)) == [events[4].event_id]
        assert outbox.tidy(session, before + SECOND, 9) == 1


def test_nothing_to_put_is_nothing(database: Database) -> None:
    with platform_session(database.stores, "test") as session:
        put(session)
        assert outbox.backlog(session) == outbox.Backlog(0, None)
