"""What the rollouts stand on: real servers, a poller's process, simulated routers under a clock that runs fast."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import psycopg

from bench.crew import Worker, child
from bench.fleet.bed import Bed, bed, safe
from bench.fleet.seeds import Seeds, device_id
from bench.fleet.simulated import Entry, Simulator, simulator
from cluster.servers import limits
from db import accounts, firmware, sshaccess
from db.engine import Stores
from db.firmware import Found
from db.operations import Author
from db.platform import platform_session
from db.sshaccess import SshAccess
from db.tenancy import tenant_session
from fleet.identity import DeviceId, Principal, Role, TenantId
from fleet.settings import Settings
from fleet.versions import version
from routeros.depot import releases
from routeros.depot.mirror import Mirror
from routeros.simulator.device.downloads import Downloads
from routeros.simulator.device.firmware import Channels

PERSONAS: Final = ("hap_ax2", "hap_ax3")
"""Routers that give no leases: on a clock that runs fast, more come and go within a restart than may be missing."""

ARCHITECTURE: Final = "arm64"
PACKAGES: Final = ("routeros", "wireless", "wifi-qcom", "container", "zerotier", "rose-storage", "user-manager")
WHY: Final = "a benchmark of rollouts"
MEMBERS: Final = ("writer", "poller")
KEPT: Final = """INSERT INTO config_state (device_id, tenant_id, whole_at, failures)
    SELECT id, tenant_id, %s, 0 FROM devices"""
"""A rollout leaves a device out of whose configuration nobody has a backup."""

PATIENCE: Final = 600.0
LOOK: Final = 0.5


@dataclass(slots=True)
class Shelf:
    """The simulator's packages as a source, without a server."""

    downloads: Downloads = field(default_factory=lambda: Downloads(Channels()))

    def size(self, path: str) -> int | None:
        found = self.downloads.content(path)
        return None if found is None else len(found)

    def pieces(self, path: str, within: timedelta | None = None) -> Iterator[bytes] | None:
        found = self.downloads.content(path)
        return None if found is None else iter((found,))

    def __enter__(self) -> Shelf:
        return self

    def __exit__(self, *_: object) -> None:
        pass


@dataclass(frozen=True, slots=True)
class Ground:
    """A fleet that is polled, and who may roll out over it.

    ``interval`` is the poll's in seconds on the wall, ``runs`` what devices run that were upgraded.
    """

    bed: Bed
    simulator: Simulator
    stores: Stores
    principal: Principal
    poller: Worker
    interval: float
    runs: dict[DeviceId, str] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        return self.bed.settings

    def now(self) -> datetime:
        """Tell the fleet's time."""
        return self.settings.clock().now()

    def report(self) -> dict[str, Any]:
        """Ask the poller."""
        return self.poller.ask()

    def entries(self) -> dict[DeviceId, Entry]:
        """Tell the simulated routers by the ids of their devices."""
        return {device_id(entry): entry for entry in self.simulator.entries}


@contextmanager
def ground(devices: int, factor: float, interval: float) -> Iterator[Ground]:
    """Start all of it until left, every device polled once."""
    limits.open_files()
    origin = datetime.now(UTC)
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="size-")))
        fast = ("--clock-origin", origin.isoformat(), "--clock-factor", str(factor))
        served = stack.enter_context(simulator(devices, place, "--personas", ",".join(PERSONAS), *fast))
        vault = stack.enter_context(safe(place / "safe"))
        clock = {"clock_origin": origin, "clock_factor": factor}
        made = stack.enter_context(bed(place / "bed", vault, log_level="warning", **clock))
        # The poll's interval is on the wall, whatever the clock does.
        Seeds(served.entries, timedelta(seconds=interval * factor)).sow(made.settings)
        stores = stack.enter_context(Stores.of(made.settings))
        principal = _allowed(stores, made.settings, served.entries)
        writer, poller = (stack.enter_context(child("bench.fleet.member", one, made.path)) for one in MEMBERS)
        writer.hear()
        poller.hear()
        found = Ground(made, served, stores, principal, poller, interval)
        _polled(found, devices)
        yield found


def shelve(of: Ground, targets: Collection[str]) -> None:
    """Bring the packages of some versions into the mirror, and into the catalogue."""
    mirror, shelf = Mirror.of(of.settings), Shelf()
    for target in targets:
        files = releases.files(shelf, version(target), [(name, ARCHITECTURE) for name in PACKAGES])
        for file in files:
            mirror.take(shelf, file)
        with platform_session(of.stores, WHY) as session:
            firmware.store(session, Found(version(target), "", tuple(files)), of.now())


def _allowed(stores: Stores, asked: Settings, entries: Sequence[Entry]) -> Principal:
    """Allow SSH for every device, as a person of the tenant, and have a backup of each."""
    with platform_session(stores, WHY) as session:
        (tenant_id,) = (TenantId(row.id) for row in accounts.tenants(session))
    principal, now = Principal.person(tenant_id, "bench", Role.TENANT_ADMIN), asked.clock().now()
    with tenant_session(stores, principal) as session:
        for entry in entries:
            allowed = SshAccess(int(entry["ssh_port"]), False, None, None, "bench", now)
            sshaccess.allow(session, Author("bench", now), tenant_id, device_id(entry), allowed)
    with psycopg.connect(asked.postgres_url) as admin:
        admin.execute(KEPT, (now,))
    return principal


def _polled(of: Ground, devices: int) -> None:
    end = time.monotonic() + PATIENCE
    while int(of.report().get("polls_ok") or 0) < devices:
        if time.monotonic() > end:
            raise SystemExit("bench: the poller does not poll all devices")
        time.sleep(LOOK)
