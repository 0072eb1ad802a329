"""The store and the packages of the runs: one template of a database, a copy for each process, and a mirror."""

from __future__ import annotations

import json
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

import psycopg

from cluster import schema
from cluster.servers.postgres import DATABASE, Postgres
from cluster.servers.state import State
from db import firmware, partitions
from db.access import LOGINS
from db.engine import Stores
from db.firmware import Found
from db.platform import platform_session
from fleet import settings
from fleet.versions import version
from routeros.depot import releases
from routeros.depot.mirror import Mirror
from tests.chaosroll.fleet import NEEDED, VERSIONS
from tests.fixtures.depot import Shelf as Vendor
from tests.fixtures.patient import EPOCH

MOST = 10**9


@dataclass(frozen=True, slots=True)
class Shelf:
    """A migrated database for the runs of one process, and the folder of its mirror."""

    urls: dict[str, str]
    mirror: str

    def written(self) -> str:
        """Write it for another process."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str) -> Shelf:
        return cls(**json.loads(text))

    def fill(self) -> None:
        """Make room for the past, and bring the packages of all versions into the mirror and the catalogue."""
        mirror, vendor = Mirror(Path(self.mirror), MOST), Vendor()
        with Stores(self.urls) as stores:
            with platform_session(stores, "rollouts that are interrupted") as session:
                partitions.prepare(session, {EPOCH.date(), (EPOCH - timedelta(days=1)).date()})
            for name in VERSIONS:
                files = releases.files(vendor, version(name), NEEDED)
                for file in files:
                    mirror.take(vendor, file)
                with platform_session(stores, "rollouts that are interrupted") as session:
                    firmware.store(session, Found(version(name), "", tuple(files)), EPOCH)


@dataclass(frozen=True, slots=True)
class Store:
    """A PostgreSQL whose first database is copied for each process that runs something."""

    admin: str
    urls: dict[str, str]
    mirror: str

    def copy(self) -> Shelf:
        """Make a database of its own for somebody."""
        name = f"roll_{secrets.token_hex(4)}"
        with psycopg.connect(self.admin, autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {name} TEMPLATE {DATABASE} STRATEGY file_copy".encode())
            admin.execute(f"GRANT CONNECT ON DATABASE {name} TO {', '.join(LOGINS)}".encode())
        return Shelf({role: _moved(url, name) for role, url in self.urls.items()}, self.mirror)


def _moved(url: str, name: str) -> str:
    return url.rpartition("/")[0] + f"/{name}"


@contextmanager
def opened() -> Iterator[Store]:
    """Run a PostgreSQL of one's own, migrated, until left."""
    with tempfile.TemporaryDirectory() as place, State(Path(place)) as state, Postgres(state) as server:
        asked = settings.load(Path(place), announced=False).model_copy(update={"postgres_url": server.url})
        asked = schema.prepare(asked, state)
        admin = server.url_of("postgres")
        with psycopg.connect(admin, autocommit=True) as connection:
            # No commit waits for the disk: processes are lost here, and never the machine.
            connection.execute("ALTER SYSTEM SET synchronous_commit = off")
            connection.execute("SELECT pg_reload_conf()")
        urls = {role: str(asked.postgres_roles[role]) for role in LOGINS if role in asked.postgres_roles}
        made = Store(admin, urls, str(Path(place) / "mirror"))
        Shelf(made.urls, made.mirror).fill()
        yield made
