"""Journals in PostgreSQL for the runs: a migrated database, a tenant with one device, and a push for each run."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import psycopg

from bus import subjects
from cluster import schema
from cluster.servers.postgres import Postgres
from cluster.servers.state import State
from db import accounts, inventory
from db.engine import Stores
from db.operations import Author
from db.platform import platform_session
from db.pushes import Pushes
from db.pushjournal import PushBook
from db.tenancy import tenant_session
from fleet import settings
from fleet.identity import Principal, Role, TenantId
from fleet.pushes import Source, Wanted
from tests.chaospush.arena import EPOCH
from tests.fixtures.database import device


@dataclass(frozen=True, slots=True)
class Shelf:
    """A database for journals, so that processes can share it."""

    urls: dict[str, str]
    tenant_id: TenantId

    def written(self) -> str:
        """Write it for another process."""
        return json.dumps({"urls": self.urls, "tenant_id": str(self.tenant_id)})

    @classmethod
    def read(cls, text: str) -> Shelf:
        told = json.loads(text)
        return cls(told["urls"], TenantId(UUID(told["tenant_id"])))

    def book(self, stores: Stores, total: int = 1) -> tuple[PushBook, UUID]:
        """Ask for a push and tell its journal."""
        wish = Wanted(
            device_id=device(self.tenant_id, 0).id,
            source=Source.COMMANDS,
            sealed="vault:v1:bm90aGluZw==",
            digest=uuid4().hex,
            shown=[],
            risks=[],
            total=total,
            risky=False,
            expires_at=EPOCH + timedelta(days=1),
        )
        who = Principal.person(self.tenant_id, "chaos@example.net", Role.TENANT_ADMIN)
        with tenant_session(stores, who) as session:
            (push_id,) = Pushes(session, Author(who.name, EPOCH), self.tenant_id, subjects.of).begin(wish)
        return PushBook(stores), push_id


def _hasten(url: str) -> None:
    """Let no commit wait for the disk: owners are lost here, and never the machine."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET synchronous_commit = off")
        connection.execute("SELECT pg_reload_conf()")


@contextmanager
def opened() -> Iterator[Shelf]:
    """Run a PostgreSQL of one's own, migrated, until left."""
    with tempfile.TemporaryDirectory() as place, State(Path(place)) as state, Postgres(state) as server:
        asked = settings.load(Path(place), announced=False).model_copy(update={"postgres_url": server.url})
        asked = schema.prepare(asked, state)
        _hasten(server.url)
        with Stores.of(asked) as stores:
            with platform_session(stores, "pushes that are interrupted") as session:
                tenant_id = accounts.create_tenant(session, "chaos", "Chaos")
                inventory.add(session, device(tenant_id, 0), at=EPOCH)
            urls = {role: stores.url(role) for role in ("flotilla_app", "flotilla_platform", "flotilla_poller")}
            yield Shelf(urls, tenant_id)
