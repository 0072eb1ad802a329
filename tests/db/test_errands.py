"""Errands: taken by the owner of a partition under its epoch, ended by nobody else, seen by their tenant alone."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from bus import subjects
from db import assignment, errands, operations
from db.errands import Book
from db.platform import platform_session
from db.tenancy import tenant_session
from fleet.errands import LASTS, Ending, Errand, ErrandState
from fleet.errors import NotFound
from fleet.events import ErrandEvent, decode
from fleet.identity import DeviceId
from fleet.operations import Outcome
from fleet.ownership import Lease
from tests.fixtures.database import CREATED, Database, Tenant

MINUTE = timedelta(minutes=1)


def errand(tenant: Tenant, number: int = 0, at: timedelta = timedelta(0)) -> Errand:
    began = CREATED + at
    asked = tenant.devices[number]
    return Errand(
        tenant_id=tenant.id, device_id=asked.id, kind="config.backup", by="anna", at=began, expires_at=began + LASTS
    )


def ask(database: Database, tenant: Tenant, *asked: Errand) -> None:
    with tenant_session(database.stores, tenant.principal) as session:
        errands.ask(session, asked, subjects.of)


def own(database: Database, tenant: Tenant, name: str = "poller-0") -> tuple[Book, int]:
    """Have somebody own all partitions of a tenant's devices; tells its book and epoch."""
    lease = Lease(name, uuid4())
    with platform_session(database.stores, "test") as session:
        held = {h.partition: h.epoch for h in assignment.read(session).holdings}
        wanted = {device.partition: held[device.partition] for device in tenant.devices}
        epoch = assignment.take(session, lease, wanted, CREATED, CREATED)
    return Book(database.stores, lease.incarnation), epoch


def held(tenant: Tenant) -> list[int]:
    return [device.partition for device in tenant.devices]


def test_an_owner_takes_what_waits_and_its_end_is_the_operations(
    database: Database, two_tenants: tuple[Tenant, Tenant]
) -> None:
    north, _ = two_tenants
    asked = errand(north)
    ask(database, north, asked)
    book, epoch = own(database, north)
    assert [found.id for found in book.waiting(held(north), CREATED)] == [asked.id]
    assert book.take([asked.id], CREATED) == {asked.id: epoch}
    assert book.end(asked, epoch, Ending.failed("No room."), CREATED + MINUTE)
    with tenant_session(database.stores, north.principal) as session:
        told, noted = errands.one(session, asked.id), operations.one(session, asked.id)
    assert (told.state, told.error, told.attempt) == (ErrandState.FAILED, "No room.", 1)
    assert (noted.outcome, noted.error, noted.ended_at) == (Outcome.FAILED, "No room.", CREATED + MINUTE)


def test_asking_tells_the_owner(database: Database, two_tenants: tuple[Tenant, Tenant]) -> None:
    north, _ = two_tenants
    asked = errand(north)
    ask(database, north, asked)
    with platform_session(database.stores, "test") as session:
        from_outbox = session.connection().exec_driver_sql("SELECT subject, event FROM outbox").all()
    [(subject, event)] = from_outbox
    assert subject == f"operation.errand.{north.id}.{asked.device_id}"
    heard = decode(bytes(event))
    assert isinstance(heard, ErrandEvent)
    assert heard.errand_id == asked.id


def test_what_a_lost_owner_began_is_the_next_ones_and_the_first_can_end_it_no_more(
    database: Database, two_tenants: tuple[Tenant, Tenant]
) -> None:
    north, _ = two_tenants
    older, newer = errand(north), errand(north, at=-MINUTE)
    ask(database, north, older)
    first, first_epoch = own(database, north)
    first.take([older.id], CREATED)
    ask(database, north, newer)
    second, second_epoch = own(database, north, "poller-1")
    assert first.waiting(held(north), CREATED) == []
    assert first.take([older.id, newer.id], CREATED) == {}
    # What was begun is ended first, though the other was asked for before it.
    assert [found.id for found in second.waiting(held(north), CREATED)] == [older.id]
    assert second.take([older.id], CREATED) == {older.id: second_epoch}
    assert not first.end(older, first_epoch, Ending.done(), CREATED)
    assert second.end(older, second_epoch, Ending.done(), CREATED)


def test_what_is_put_back_waits_for_its_time(database: Database, two_tenants: tuple[Tenant, Tenant]) -> None:
    north, _ = two_tenants
    asked = errand(north)
    ask(database, north, asked)
    book, epoch = own(database, north)
    book.take([asked.id], CREATED)
    assert book.end(asked, epoch, Ending.later(MINUTE, "It does not answer."), CREATED)
    assert book.waiting(held(north), CREATED + MINUTE / 2) == []
    [again] = book.waiting(held(north), CREATED + MINUTE)
    assert (again.error, again.attempt, again.state) == ("It does not answer.", 1, ErrandState.WAITING)
    with tenant_session(database.stores, north.principal) as session:
        assert operations.one(session, asked.id).outcome is Outcome.PENDING


def test_what_has_begun_keeps_its_device_until_it_ended(
    database: Database, two_tenants: tuple[Tenant, Tenant]
) -> None:
    north, _ = two_tenants
    begun, other = errand(north), errand(north, at=MINUTE)
    ask(database, north, begun, other)
    book, epoch = own(database, north)
    book.take([begun.id], CREATED)
    assert book.end(begun, epoch, Ending.held(MINUTE, "OpenBao is away."), CREATED)
    assert book.waiting(held(north), CREATED) == []
    with platform_session(database.stores, "test") as session:
        assert not errands.cancel(session, north.id, begun.id, CREATED)
        assert errands.expire(session, CREATED + LASTS) == 0
    later = CREATED + MINUTE
    assert [found.id for found in book.waiting(held(north), later)] == [begun.id]
    # What was paused and is one's own again, under the same epoch, goes on.
    assert book.take([begun.id, other.id], later) == {begun.id: epoch}
    assert book.end(begun, epoch, Ending.done(), later)
    assert [found.id for found in book.waiting(held(north), later)] == [other.id]


def test_the_errands_of_a_device_that_is_gone_end(database: Database, two_tenants: tuple[Tenant, Tenant]) -> None:
    north, _ = two_tenants
    begun, waits = errand(north), errand(north, 1)
    ask(database, north, begun, waits)
    book, _ = own(database, north)
    book.take([begun.id], CREATED)
    with tenant_session(database.stores, north.principal) as session:
        session.connection().exec_driver_sql("DELETE FROM devices")
    with platform_session(database.stores, "test") as session:
        assert errands.expire(session, CREATED) == 2
        assert operations.one(session, begun.id).error == "The device was removed."


def test_what_waits_may_be_cancelled_and_what_is_under_way_may_not(
    database: Database, two_tenants: tuple[Tenant, Tenant]
) -> None:
    north, _ = two_tenants
    waits, begun = errand(north), errand(north, 1)
    ask(database, north, waits, begun)
    book, _ = own(database, north)
    book.take([begun.id], CREATED)
    with platform_session(database.stores, "test") as session:
        assert errands.cancel(session, north.id, waits.id, CREATED)
        assert not errands.cancel(session, north.id, begun.id, CREATED)
        assert operations.one(session, waits.id).error == "It was cancelled."
    assert [found.id for found in book.waiting(held(north), CREATED)] == [begun.id]


def test_what_waited_too_long_expires_and_is_forgotten_later(
    database: Database, two_tenants: tuple[Tenant, Tenant]
) -> None:
    north, _ = two_tenants
    asked = errand(north)
    ask(database, north, asked)
    with platform_session(database.stores, "test") as session:
        assert errands.expire(session, CREATED + LASTS - MINUTE) == 0
        assert errands.expire(session, CREATED + LASTS) == 1
        assert operations.one(session, asked.id).outcome is Outcome.FAILED
        assert errands.tidy(session, CREATED + LASTS) == 0
        assert errands.tidy(session, CREATED + LASTS + MINUTE) == 1


def test_another_tenants_errand_is_not_there(database: Database, two_tenants: tuple[Tenant, Tenant]) -> None:
    north, south = two_tenants
    asked = errand(north)
    ask(database, north, asked)
    with tenant_session(database.stores, south.principal) as session:
        with pytest.raises(NotFound):
            errands.one(session, asked.id)
        assert errands.open_of(session, "config.backup") == set()
    with platform_session(database.stores, "test") as session:
        assert not errands.cancel(session, south.id, asked.id, CREATED)
    with tenant_session(database.stores, north.principal) as session:
        assert errands.open_of(session, "config.backup") == {asked.device_id}
        assert errands.open_of(session, "config.backup", [DeviceId(UUID(int=1))]) == set()
