"""The ground of the store's measurements: a server, tenants with devices, and rows as they come by time."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import psycopg

from cluster import schema
from cluster.servers.postgres import Postgres
from cluster.servers.state import State
from db import accounts, binary, dirty, partitions, staging
from db.binary import Array, Block
from db.engine import Stores
from db.platform import platform_session
from fleet import settings
from fleet.families import Family, Storage
from fleet.identity import Principal, Role, TenantId

START = datetime(2026, 1, 5, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Connection = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Ground:
    """A migrated server with tenants; devices are numbered, and belong to the tenants in turn."""

    admin_url: str
    stores: Stores
    tenants: Sequence[TenantId]

    def principal(self, place: int = 0) -> Principal:
        """Someone who may read all of a tenant."""
        return Principal.person(self.tenants[place], "bench@example.org", Role.TENANT_ADMIN)

    @contextmanager
    def writer(self) -> Iterator[Connection]:
        """Connect as the role that stores rows."""
        url = self.stores.url("flotilla_ingest")
        with psycopg.connect(url, autocommit=True, options="-c TimeZone=UTC") as connection:
            yield connection

    @contextmanager
    def admin(self) -> Iterator[Connection]:
        """Connect as the administrator."""
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            yield connection


@contextmanager
def ground(tenants: int) -> Iterator[Ground]:
    """Start a server of its own and remove it afterwards."""
    with tempfile.TemporaryDirectory() as place, State(Path(place) / "state") as state, Postgres(state) as server:
        asked = settings.load(state.path, announced=False, postgres_url=server.url)
        with Stores.of(schema.prepare(asked, state)) as stores:
            with platform_session(stores, "the benchmark's tenants") as session:
                made = [accounts.create_tenant(session, f"bench-{n}", f"Bench {n}") for n in range(tenants)]
            yield Ground(server.url, stores, made)


def rows(family: Family, at: datetime, devices: Array, labels: int, tenants: Sequence[TenantId]) -> Block:
    """Make a row for each device and label, within the minute that begins at ``at``, with values in every column."""
    random = np.random.default_rng(int(at.timestamp()) + int(devices[0]))
    owners = np.repeat(devices, labels)
    begins = (at - EPOCH) // MICROSECOND
    times = begins + np.repeat(random.integers(0, 60_000_000, len(devices)), labels)
    ids = binary.ids(b"".join(device_id(int(number)).bytes for number in devices))
    mine = binary.ids(b"".join(tenants[int(number) % len(tenants)].bytes for number in devices))
    words = binary.texts([f"ether{n}".encode() for n in range(labels)])
    return Block(
        times,
        np.repeat(mine, labels),
        np.repeat(ids, labels),
        tuple(np.tile(words, len(devices)) for _ in family.labels),
        binary.cleaned(family, list(_values(family, owners, times, random))),
    )


def device_id(number: int) -> UUID:
    """Tell the id of a device; ids lie as if they were random, as real ones do."""
    return UUID(int=(number * 0x9E3779B97F4A7C15F39CC0605CEDC835 + 1) % 2**128)


def copy(connection: Connection, family: Family, block: Block) -> None:
    """Store rows with their marks, as ingest does."""
    with connection.transaction():
        with connection.cursor() as cursor, cursor.copy(staging.straight(family)) as into:
            into.write(binary.encode(family, block))
        connection.execute(dirty.MARK, dirty.marks({family.name: block.times}))


def prepare(connection: Connection, first: datetime, days: int) -> None:
    """Make the partitions of some days."""
    partitions.ensure(connection, [(first + timedelta(days=n)).date() for n in range(days)])


def backend_cpu(pid: int) -> float:
    """Tell the CPU seconds of a server process so far."""
    told = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(told[11]) + int(told[12])) / 100


def _values(family: Family, owners: Array, times: Array, random: np.random.Generator) -> Iterator[Array]:
    """Make numbers as devices tell them: counts that grow, loads and sizes of a few digits, states that stay."""
    for place, column in enumerate(family.columns):
        if column.storage is Storage.SMALLINT:
            yield np.ones(len(owners))
        elif column.storage is Storage.BIGINT:
            yield (times // 1_000_000) * (place + 1) + owners
        else:
            yield np.round(random.random(len(owners)) * 100, 2)
