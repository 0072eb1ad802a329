"""Pushes are kept for a time, the last one to each device for good, and what goes takes its journal with it."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from actors.chore import Occasion
from actors.chores import pushtidy
from bus import subjects
from db.operations import Author
from db.pushes import Pushes
from db.pushjournal import Note, PushBook
from db.tenancy import tenant_session
from fleet.changes import Entry, PushState, Step
from fleet.pushes import Source, Wanted
from fleet.settings import Settings
from tests.fixtures.database import CREATED, Database, Tenant
from tests.fixtures.metrics import stored


def test_old_pushes_go_and_the_last_of_each_device_stays(
    database: Database, two_tenants: tuple[Tenant, Tenant]
) -> None:
    north, south = two_tenants
    plans = [(north, 0, 0), (north, 0, 1), (north, 0, 2), (north, 1, 0), (south, 0, 0)]
    made = [pushed(database, tenant, device, CREATED + timedelta(days=day)) for tenant, device, day in plans]
    live = pushed(database, north, 2, CREATED, over=False)
    settings = Settings(keep_pushes=timedelta(days=30))

    def left(days: int) -> set[object]:
        pushtidy.tidy(Occasion(database.stores, CREATED + timedelta(days=days), settings=settings))
        assert {row[0] for row in stored(database, "SELECT DISTINCT push_id FROM push_journal")} <= {*made}
        return {row[0] for row in stored(database, "SELECT id FROM pushes")}

    assert left(29) == {*made, live}
    assert left(31) == {*made[1:], live}
    assert left(400) == {*made[2:], live}
    assert len(stored(database, "SELECT DISTINCT push_id FROM push_journal")) == 3


def pushed(database: Database, tenant: Tenant, device: int, at: datetime, *, over: bool = True) -> UUID:
    wish = Wanted(
        device_id=tenant.devices[device].id,
        source=Source.COMMANDS,
        sealed="vault:v1:c2VjcmV0",
        digest=f"{at}",
        shown=["/system identity set name=after"],
        risks=[],
        total=1,
        risky=False,
        expires_at=at + timedelta(hours=1),
    )
    with tenant_session(database.stores, tenant.principal) as session:
        author = Author("ada@north.example", at)
        (push_id,) = Pushes(session, author, tenant.id, subjects.of).begin(wish)
    if over:
        book = PushBook(database.stores)
        assert book.entries(push_id, 1) == []
        assert book.write(Note(push_id, 1, 0, at, Entry(Step.END), PushState.COMMITTED))
    return push_id
