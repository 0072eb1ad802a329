"""The ground of the dashboard's measurements: a fleet, a month of what it measured, and the web as it is run."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from bench.crew import child
from bench.store.ground import copy, device_id, prepare, rows
from bench.web.ground import Bed, bed
from cluster.servers.state import State
from db import accounts, links, rollups
from db.access import APP, INGEST, PLATFORM
from db.dirty import Window
from db.operations import Author
from db.platform import platform_session
from fleet.identity import Role
from routeros import collectors

PORTS = 2
ROLES = (APP, PLATFORM, INGEST)
STRETCHES = ((timedelta(hours=2), timedelta(minutes=1)), (timedelta(days=7), timedelta(minutes=5)))
"""How far back rows lie how closely: what charts read raw, and as five minutes. Before that there is one an hour."""

HOUR = timedelta(hours=1)

SHARE = 1_000
"""Devices whose rows are stored in one go."""

PATIENCE = 60.0
SLUG = "bench-0"
NOBODY = "http://127.0.0.1:1"
"""Where no OpenBao answers: nothing is sealed here."""

_TOLD = """
    UPDATE device_state SET state = 'up', since = now() - interval '3 days', heard_at = now(), version = '7.19.4',
        model = (ARRAY['RB4011iGS+', 'hAP ax²', 'CCR2004', 'RB5009'])[1 + ascii(device_id::text) % 4]
"""


@dataclass(frozen=True, slots=True)
class Size:
    """How many devices there are, how many of them measured something, and for how many days."""

    devices: int = 10_000
    measured: int = 2_000
    days: int = 30


@dataclass(frozen=True, slots=True)
class Stage:
    """A web server with its stores; ``link`` makes a way in for a person of its tenant."""

    bed: Bed
    url: str

    def link(self) -> str:
        """Make the address by which somebody new signs in."""
        now, email = datetime.now(UTC), f"{secrets.token_hex(4)}@bench.example"
        tenant = self.bed.stores.tenants[0]
        with platform_session(self.bed.stores.stores, "somebody looks at the benchmark's dashboard") as session:
            accounts.grant(session, tenant, accounts.create_user(session, email), Role.OPERATOR)
            token = links.make(session, Author("bench", now), email, now + timedelta(hours=1), SLUG)
        return f"{self.url}/login#{token}"

    def hear(self) -> None:
        """Have every device heard of now."""
        with self.bed.stores.admin() as admin:
            admin.execute(_TOLD)


@contextmanager
def stage(size: Size, say: Callable[[str], None]) -> Iterator[Stage]:
    """Fill the stores and serve the web until left."""
    with (
        bed(1, size.devices) as place,
        tempfile.TemporaryDirectory() as folder,
        State(Path(folder) / "state") as state,
    ):
        _fill(place, size, say)
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        own = place.environment | {
            "FLOTILLA_STATE": str(state.path),
            "FLOTILLA_SESSION_KEY": secrets.token_hex(32),
            "FLOTILLA_OPENBAO_URL": NOBODY,
            "FLOTILLA_POSTGRES_ROLES": json.dumps({role: place.stores.stores.url(role) for role in ROLES}),
        }
        with child("bench.ui.stored", str(state.path), environment=own) as writer, _served(port, own):
            writer.hear()
            made = Stage(place, f"http://127.0.0.1:{port}")
            _await(made.url)
            made.hear()
            yield made


@contextmanager
def _served(port: int, own: Mapping[str, str]) -> Iterator[None]:
    """Run the web as the product runs it, until left."""
    command, variables = [sys.executable, "-m", "cluster.web", str(port)], {**os.environ, **own}
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, env=variables) as process:
        try:
            yield
        finally:
            process.terminate()


def _fill(place: Bed, size: Size, say: Callable[[str], None]) -> None:
    """Store a row of each measured device and port for each time, and roll them up."""
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    families = {name: collectors.families()[name] for name in ("resource", "interfaces")}
    fleet = np.arange(size.measured)
    times = list(_times(now, size.days))
    with place.stores.writer() as connection:
        prepare(connection, now - timedelta(days=size.days + 1), size.days + 3)
        for at in times:
            for some in np.array_split(fleet, max(1, len(fleet) // SHARE)):
                copy(connection, families["resource"], rows(families["resource"], at, some, 1, place.stores.tenants))
                ports = rows(families["interfaces"], at, some, PORTS, place.stores.tenants)
                copy(connection, families["interfaces"], ports)
    say(f"{len(times)} rows of each of {size.measured} devices and its {PORTS} ports are stored")
    rollups.run(place.stores.stores, families, Window(now), rollups.after(timedelta(hours=1)))
    with place.stores.admin() as admin:
        admin.execute("VACUUM ANALYZE")
    say("all is rolled up")


def _times(now: datetime, days: int) -> Iterator[datetime]:
    """Yield when something was measured: every hour, and as closely as STRETCHES say towards the end."""
    at, end = now - timedelta(days=days), now
    while at < end:
        yield at
        at += next((step for reach, step in STRETCHES if end - at <= reach), HOUR)


def _await(url: str) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with suppress(OSError), urllib.request.urlopen(f"{url}/api/health", timeout=5) as answer:  # noqa: S310
            json.load(answer)
            return
        time.sleep(0.1)
    raise SystemExit(f"No web answers at {url}.")


def device(number: int) -> str:
    """Tell the id of a device, as addresses have it."""
    return str(device_id(number))
