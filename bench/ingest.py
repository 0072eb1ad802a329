"""CPU of this process for storing polls: our ingest (binary COPY) against ``executemany`` of the same rows."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg

from bench import rounds
from cluster import schema
from cluster.servers.postgres import Postgres
from cluster.servers.state import State
from db import accounts, inventory
from db.engine import Stores
from db.ingest import Ingest
from db.platform import platform_session
from fleet import settings
from fleet.device import Device, Endpoint, TlsMode
from fleet.events import DeviceMetricsEvent, FamilyRows, Received
from fleet.families import Cycle, Family
from fleet.identity import DeviceId
from routeros import collectors

INTERFACES = 6
BATCH = 500
START = datetime.now(UTC) - timedelta(hours=1)


@dataclass(slots=True)
class Load:
    """Polls of a fleet, each of six interfaces, later at every round so that no row is there already."""

    devices: list[Device]
    polls: int
    family: Family = field(default_factory=lambda: collectors.families()["interfaces"])
    second: int = 0

    def events(self) -> list[Received]:
        """Make the next polls of every device."""
        return [self._event(number, device) for number, device in self._due()]

    def rows(self) -> list[tuple[object, ...]]:
        """Make the same as flat rows, for later seconds."""
        values = tuple(range(len(self.family.columns)))
        return [
            (
                START + timedelta(seconds=second),
                device.tenant_id,
                device.id,
                f"ether{n}",
                *_fitting(self.family, values),
            )
            for second, device in self._due()
            for n in range(INTERFACES)
        ]

    def _due(self) -> Iterator[tuple[int, Device]]:
        for _ in range(self.polls):
            self.second += 1
            for device in self.devices:
                yield self.second, device

    def _event(self, second: int, device: Device) -> Received:
        values = _fitting(self.family, tuple(range(len(self.family.columns))))
        rows = FamilyRows(
            self.family.name,
            tuple(c.name for c in self.family.columns),
            tuple((f"ether{n}",) for n in range(INTERFACES)),
            (values,) * INTERFACES,
        )
        at = START + timedelta(seconds=second)
        event = DeviceMetricsEvent(
            tenant_id=device.tenant_id, device_id=device.id, at=at, cycle=Cycle.FAST, families=(rows,)
        )
        return Received("BENCH", second * 1_000_000 + device.endpoint.port, "device.metrics", event)


def _fitting(family: Family, values: tuple[int, ...]) -> tuple[int, ...]:
    """Keep states within their words."""
    return tuple(0 if column.storage == "smallint" else v for column, v in zip(family.columns, values, strict=True))


def measure(quick: bool) -> dict[str, Any]:
    """Store the same number of rows both ways, in turn; return the ratio with its spread."""
    with _store() as stores:
        load = Load(_devices(stores), polls=10 if quick else 40)
        ingest = Ingest(stores.url("flotilla_ingest"), collectors.families(), "bench", {"BENCH": START})
        loop = asyncio.new_event_loop()
        spent = rounds.interleaved(
            {
                "ours": lambda: partial(_ours, loop, ingest, load.events()),
                "executemany": lambda: partial(_executemany, stores.url("flotilla_ingest"), load.family, load.rows()),
            },
            3 if quick else 7,
        )
        loop.run_until_complete(ingest.close())
        loop.close()
    values = load.polls * len(load.devices) * INTERFACES * len(load.family.columns)
    return {
        "cpu_ratio_executemany_vs_ours": rounds.ratio(spent["executemany"], spent["ours"]),
        "us_a_value": {name: rounds.spread([1e6 * s / values for s in each]) for name, each in spent.items()},
    }


def _ours(loop: asyncio.AbstractEventLoop, ingest: Ingest, events: list[Received]) -> None:
    for begin in range(0, len(events), BATCH):
        loop.run_until_complete(ingest.write(events[begin : begin + BATCH]))


def _executemany(url: str, family: Family, rows: list[tuple[object, ...]]) -> None:
    columns = ["time", "tenant_id", "device_id", *family.labels, *(c.name for c in family.columns)]
    marks = ", ".join(["%s"] * len(columns))
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {family.table} ({', '.join(columns)}) VALUES ({marks})", rows)  # noqa: S608


@contextmanager
def _store() -> Iterator[Stores]:
    with tempfile.TemporaryDirectory() as place, State(Path(place) / "state") as state, Postgres(state) as server:
        asked = settings.load(state.path, announced=False, postgres_url=server.url)
        with Stores.of(schema.prepare(asked, state)) as stores:
            yield stores


def _devices(stores: Stores) -> list[Device]:
    with platform_session(stores, "the benchmark's devices") as session:
        tenant_id = accounts.create_tenant(session, "bench", "Bench")
        made = [
            Device(
                id=DeviceId(uuid4()),
                tenant_id=tenant_id,
                name=f"device-{number}",
                endpoint=Endpoint("192.0.2.1", 1024 + number, TlsMode.PLAIN),
                username="bench",
                secret="vault:v1:bench",  # noqa: S106
            )
            for number in range(50)
        ]
        inventory.put(session, *made, at=START)
    return made
