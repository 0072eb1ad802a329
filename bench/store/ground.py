"""The ground of the store's measurements: a server, tenants with devices, and rows as they come by time."""

from __future__ import annotations

import re
import secrets
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
from sqlalchemy import make_url

from cluster import schema
from cluster.servers.postgres import Postgres
from cluster.servers.state import State
from db import accounts, binary, dirty, partitions, staging
from db.binary import Array, Block
from db.engine import Stores
from db.platform import platform_session
from fleet import settings
from fleet.families import Family, Kind
from fleet.identity import Principal, Role, TenantId
from fleet.resolutions import Resolution
from fleet.retention import Mode

START = datetime(2026, 1, 5, tzinfo=UTC)
QUIET = re.compile("errors|drops")
"""What an interface hardly ever counts."""
MICROSECOND = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_UNSCHEDULED = "SELECT alter_job(job_id, scheduled => false) FROM timescaledb_information.jobs"
"""The benchmark's days are long past: its policies would be at work while it stores them."""

_SETTLED = """
    SELECT format('%%I.%%I', chunk_schema, chunk_name) FROM timescaledb_information.chunks
    WHERE hypertable_schema = 'public' AND range_end <= %s - interval '1 day' AND NOT is_compressed
"""

Connection = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Ground:
    """A migrated server with tenants; devices are numbered, and belong to the tenants in turn."""

    admin_url: str
    stores: Stores
    tenants: Sequence[TenantId]
    mode: Mode

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
def ground(tenants: int, server: str = "") -> Iterator[Ground]:
    """Start a server, or make a database on one that is there, and remove it afterwards."""
    with (
        tempfile.TemporaryDirectory() as place,
        State(Path(place) / "state") as state,
        _database(state, server) as url,
    ):
        asked = settings.load(state.path, announced=False, postgres_url=url)
        with Stores.of(schema.prepare(asked, state)) as stores:
            with platform_session(stores, "the benchmark's tenants") as session:
                made = [accounts.create_tenant(session, f"bench-{n}", f"Bench {n}") for n in range(tenants)]
                mode = partitions.mode(session)
            found = Ground(url, stores, made, mode)
            if mode is Mode.TIMESCALE:
                with found.admin() as admin:
                    admin.execute(_UNSCHEDULED)
            yield found


def settle(ground: Ground, now: datetime) -> None:
    """Put into the columnstore what its policy would have put there by ``now``; natively there is nothing to do."""
    if ground.mode is Mode.TIMESCALE:
        with ground.admin() as admin:
            for (chunk,) in admin.execute(_SETTLED, (now,)).fetchall():
                admin.execute(f"CALL convert_to_columnstore('{chunk}')".encode())


def size(ground: Ground, family: Family, at: datetime) -> int:
    """Tell the bytes of the partition of raw rows that holds an instant, index and all."""
    with platform_session(ground.stores, "the benchmark measures a partition") as session:
        return sum(
            one.size
            for one in partitions.listed(session)
            if (one.family, one.resolution) == (family.name, Resolution.RAW) and one.start <= at < one.end
        )


@contextmanager
def _database(state: State, server: str) -> Iterator[str]:
    """Tell the administrator's URL of a database that is there for the benchmark alone."""
    if not server:
        with Postgres(state) as embedded:
            yield embedded.url
        return
    name = f"bench_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield make_url(server).set(database=name).render_as_string(hide_password=False)
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def rows(family: Family, at: datetime, devices: Array, labels: int, tenants: Sequence[TenantId]) -> Block:
    """Make a row for each device and label, within the minute that begins at ``at``, with values in every column."""
    random = np.random.default_rng(int(at.timestamp()) + int(devices[0]))
    plugged = np.arange(labels) <= max(0, labels - 2)
    pace = np.repeat(1000 * (1 + devices % 50), labels) * np.tile(plugged, len(devices))
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
        binary.cleaned(family, list(_values(family, pace, times, random))),
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


def _values(family: Family, pace: Array, times: Array, random: np.random.Generator) -> Iterator[Array]:
    """Make numbers as devices tell them: traffic that comes and goes, loads of a few digits, states that stay.

    Every device has a pace of its own, and one port of several with nothing in it.
    """
    for place, field in enumerate(family.fields):
        if field.kind is Kind.COUNTER:
            slope = pace * (place + 1) * (not QUIET.search(field.name))
            grown = np.rint(slope * 60 * (0.5 + random.random(len(pace))))
            yield np.rint(slope * (times / 1e6 + 30 * random.random(len(pace))))
            yield grown
            yield grown / 60
        elif field.kind is Kind.STATE:
            yield np.ones(len(pace))
        else:
            yield np.round(random.random(len(pace)) * 100, 2)
