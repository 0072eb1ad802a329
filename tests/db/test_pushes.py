"""Pushes in the database: one where the same is asked twice, a journal that only its newest owner writes, an end."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import psycopg
import pytest

from bus import subjects
from db import errands, outbox, pushes
from db.access import APP, PLATFORM, POLLER
from db.operations import Author
from db.platform import platform_session
from db.pushes import Pushes, Which
from db.pushjournal import Note, PushBook
from db.tenancy import tenant_session
from fleet.changes import Entry, PushState, Seen, Step
from fleet.errors import Conflict, NotFound
from fleet.events import decode
from fleet.pushes import Override, Source, Wanted, told_by
from tests.fixtures.database import CREATED, Database, Tenant

Tenants = tuple[Tenant, Tenant]
ADA = Author("ada@north.example", CREATED + timedelta(hours=1))
LATER = CREATED + timedelta(hours=2)
LOOK = Entry(Step.LOOK)


def wanted(tenant: Tenant, number: int = 0, digest: str = "d1", override: Override | None = None) -> Wanted:
    return Wanted(
        device_id=tenant.devices[number].id,
        source=Source.COMMANDS,
        sealed="vault:v1:c2VjcmV0",
        digest=digest,
        shown=["/system identity set name=after"],
        risks=[],
        total=1,
        risky=False,
        override=override,
        expires_at=LATER,
    )


def begin(database: Database, tenant: Tenant, *asked: Wanted) -> list[UUID]:
    with tenant_session(database.stores, tenant.principal) as session:
        return Pushes(session, ADA, tenant.id, subjects.of).begin(*asked)


def note(
    push_id: UUID, seq: int, entry: Entry = LOOK, epoch: int = 1, state: PushState = PushState.PREPARING
) -> Note:
    return Note(push_id, epoch, seq, LATER, entry, state, "lost" if state is PushState.LOST else None)


def state_of(database: Database, tenant: Tenant, push_id: UUID) -> PushState:
    with tenant_session(database.stores, tenant.principal) as session:
        return pushes.one(session, push_id).state


def test_the_same_push_twice_is_one(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    (first,) = begin(database, north, wanted(north))
    assert begin(database, north, wanted(north)) == [first]
    others = begin(database, north, wanted(north, digest="d2"), wanted(north, number=1))
    assert len({first, *others}) == 3
    with tenant_session(database.stores, north.principal) as session:
        assert errands.one(session, first).kind == "config.push"
        assert {one.id for one in pushes.page(session, None, 10)} == {first, *others}
        mine = pushes.page(session, None, 10, Which(north.devices[1].id))
        assert [one.id for one in mine] == others[1:]


def test_what_is_over_may_be_pushed_again(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    (first,) = begin(database, north, wanted(north))
    with platform_session(database.stores, "test") as session:
        pushes.cancel(session, north.id, first, LATER, subjects.of)
    assert state_of(database, north, first) is PushState.CANCELLED
    assert begin(database, north, wanted(north)) != [first]
    with pytest.raises(Conflict), platform_session(database.stores, "test") as session:
        pushes.cancel(session, north.id, first, LATER, subjects.of)


def test_the_journal_is_written_by_its_newest_owner_alone(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    (push_id,) = begin(database, north, wanted(north))
    book = PushBook(database.stores)
    assert book.entries(push_id, 4) == []
    assert book.write(note(push_id, 0, epoch=4))
    assert not book.write(note(push_id, 0, epoch=4)), "an entry is written once"
    looked = Entry(Step.LOOK, Seen.DONE, 0, {"safe_mode": True})
    assert book.entries(push_id, 5) == [LOOK]
    assert not book.write(note(push_id, 1, looked, epoch=4)), "the former owner wakes up"
    assert book.write(note(push_id, 1, looked, epoch=5))
    assert book.entries(push_id, 4) is None
    with tenant_session(database.stores, north.principal) as session:
        assert [line.entry for line in pushes.lines(session, push_id)] == [LOOK, looked]


def test_what_was_to_be_done_is_gone_once_it_is_over(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    (push_id,) = begin(database, north, wanted(north))
    book = PushBook(database.stores)
    found = book.find(push_id)
    assert found is not None
    assert found.text == "vault:v1:c2VjcmV0"
    assert not book.keep(push_id, 1, "vault:v1:YmVmb3Jl")
    book.entries(push_id, 1)
    assert book.keep(push_id, 1, "vault:v1:YmVmb3Jl")
    assert (kept := book.find(push_id)) is not None
    assert kept.former == "vault:v1:YmVmb3Jl"
    assert book.write(note(push_id, 0, Entry(Step.END), state=PushState.LOST))
    found = book.find(push_id)
    assert found is not None
    assert (found.text, found.former, found.state) == (None, None, PushState.LOST)
    assert not book.keep(push_id, 1, "vault:v1:YmVmb3Jl")
    with tenant_session(database.stores, north.principal) as session:
        read = pushes.one(session, push_id)
    assert (read.error_code, read.ended_at, read.shown) == ("lost", LATER, ["/system identity set name=after"])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, PushState.FAILED),
        (PushState.PREPARING, PushState.FAILED),
        (PushState.APPLYING, PushState.COMMIT_UNCONFIRMED),
    ],
)
def test_a_push_whose_errand_ended_without_it_ends_too(
    database: Database, two_tenants: Tenants, before: PushState | None, after: PushState
) -> None:
    north, _ = two_tenants
    (push_id,) = begin(database, north, wanted(north))
    if before:
        book = PushBook(database.stores)
        book.entries(push_id, 1)
        assert book.write(note(push_id, 0, state=before))
    with platform_session(database.stores, "test") as session:
        assert pushes.settle(session, LATER, subjects.of) == 0
        assert errands.expire(session, LATER) == 1
        assert pushes.settle(session, LATER, subjects.of) == 1
        letters = [letter.event for letter in outbox.claim(session, 99)]
    told = [event for event in map(decode, letters) if isinstance(event, told_by(after))]
    assert [(event.change_id, event.state, event.error) for event in told] == [
        (push_id, after, "The device was not reached in time.")
    ]
    assert state_of(database, north, push_id) is after


def test_an_override_is_kept_with_its_reason(database: Database, two_tenants: Tenants) -> None:
    north, _ = two_tenants
    (push_id,) = begin(database, north, wanted(north, override=Override("gw-1", "on site today")))
    with tenant_session(database.stores, north.principal) as session:
        read = pushes.one(session, push_id)
    assert (read.override, read.reason, read.by) == ("gw-1", "on site today", "ada@north.example")


def test_another_tenant_sees_nothing_of_it(database: Database, two_tenants: Tenants) -> None:
    north, south = two_tenants
    (push_id,) = begin(database, north, wanted(north))
    book = PushBook(database.stores)
    book.entries(push_id, 1)
    assert book.write(note(push_id, 0))
    with tenant_session(database.stores, south.principal) as session:
        assert pushes.page(session, None, 10) == []
        assert pushes.lines(session, push_id) == []
        with pytest.raises(NotFound):
            pushes.one(session, push_id)
    with pytest.raises(NotFound), platform_session(database.stores, "test") as session:
        pushes.cancel(session, south.id, push_id, LATER, subjects.of)


@pytest.mark.parametrize("role", [APP, PLATFORM])
def test_nobody_but_the_poller_reads_what_is_to_be_done(database: Database, two_tenants: Tenants, role: str) -> None:
    begin(database, two_tenants[0], wanted(two_tenants[0]))
    with psycopg.connect(database.url(role)) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SELECT sealed FROM pushes")
    with psycopg.connect(database.url(POLLER)) as connection:
        assert connection.execute("SELECT count(sealed) FROM pushes").fetchone() == (1,)
