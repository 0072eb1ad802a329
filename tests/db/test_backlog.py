"""What waits in the outbox."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlalchemy import insert, update

from db import backlog
from db.backlog import Backlog
from db.platform import platform_session
from db.worktables import outbox
from tests.fixtures.database import Database, Tenant

AT = datetime(2026, 1, 5, 12, tzinfo=UTC)


def test_only_what_is_not_published_waits(database: Database, two_tenants: tuple[Tenant, Tenant]) -> None:
    rows = [
        {"event_id": uuid4(), "tenant_id": tenant.id, "subject": "device.changed", "event": b"", "created_at": at}
        for tenant in two_tenants
        for at in (AT, AT + timedelta(seconds=1))
    ]
    with platform_session(database.stores, "a test") as session:
        assert backlog.read(session) == Backlog(0, None)
        session.execute(insert(outbox), rows)
        assert backlog.read(session) == Backlog(4, AT)
        session.execute(update(outbox).where(outbox.c.created_at == AT).values(published_at=AT))
        assert backlog.read(session) == Backlog(2, AT + timedelta(seconds=1))
