"""A rollout over sixty simulated routers, planned and started in the store of a run."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from db import accounts, inventory, rollouts, sshaccess
from db.engine import Stores
from db.operations import Author
from db.platform import platform_session
from db.rolloutplans import STRATEGIES
from db.rollouts import Line, Row, Standing
from db.sshaccess import SshAccess
from db.tenancy import tenant_session
from fleet.device import Device, Endpoint, TlsMode
from fleet.egress import SIMULATED
from fleet.identity import DeviceId, Principal, Role, TenantId
from fleet.rollouts import Limits, Terms
from fleet.rollouts.candidate import Candidate
from fleet.rollouts.planning import Fleet, make
from fleet.versions import hops, version
from routeros.simulator.inventory import Entry
from routeros.simulator.router import Router
from routeros.simulator.simulation import Simulation
from tests.chaosroll import past
from tests.chaosroll.fleet import TARGET, Mishap, parent
from tests.fixtures.configs import Safe
from tests.fixtures.database import device

LASTS: Final = timedelta(hours=20)
LIMITS: Final = Limits(
    leaves=20,
    parents=2,
    uploads=20,
    most=50,
    settle=timedelta(minutes=3),
    canary_soak=timedelta(minutes=5),
    soak=timedelta(minutes=2),
)
OTHERWISE: Final[Mapping[str, Any]] = {
    "another-device": {"serial": "ANOTHER"},
    "another-architecture": {"architecture": "mipsbe"},
}
"""What was planned of a device that is another one by now."""

WHO: Final = "person@example.net"


@dataclass(frozen=True, slots=True)
class Planned:
    """A rollout that runs, and whose routers are which devices."""

    stores: Stores
    tenant_id: TenantId
    rollout_id: UUID
    devices: tuple[Device, ...]

    @property
    def person(self) -> Principal:
        return Principal.person(self.tenant_id, WHO, Role.TENANT_ADMIN)

    def place(self, device_id: DeviceId) -> int:
        """Tell which router a device is."""
        return [one.id for one in self.devices].index(device_id)

    def row(self) -> Row:
        """Read where it stands."""
        with tenant_session(self.stores, self.person) as session:
            return rollouts.one(session, self.rollout_id)

    def standings(self) -> Mapping[int, Standing]:
        """Read where its devices stand, by the places of their routers."""
        with tenant_session(self.stores, self.person) as session:
            found = rollouts.standings(session, self.rollout_id)
        return {self.place(one.member.device_id): one for one in found}

    def lines(self) -> Mapping[int, list[Line]]:
        """Read the journals."""
        with tenant_session(self.stores, self.person) as session:
            return {place: rollouts.lines(session, self.rollout_id, one.id) for place, one in enumerate(self.devices)}

    def resume(self, at: datetime) -> None:
        """Let a person see what failed, and go on."""
        with tenant_session(self.stores, self.person) as session:
            rollouts.resume(session, Author(WHO, at), rollouts.one(session, self.rollout_id))

    def abort(self, at: datetime) -> None:
        """Let a person abort it."""
        with tenant_session(self.stores, self.person) as session:
            rollouts.abort(session, Author(WHO, at), rollouts.one(session, self.rollout_id))


def started(
    stores: Stores, simulation: Simulation, mishaps: Mapping[int, Mishap], strategy: str, now: datetime
) -> Planned:
    """Make a tenant whose devices are the routers, and start a rollout over all of them."""
    author, routers = Author(WHO, now), _routers(simulation)
    with platform_session(stores, "a rollout that is interrupted") as session:
        tenant_id = accounts.create_tenant(session, f"roll-{secrets.token_hex(4)}", "Roll")
        devices = tuple(_device(tenant_id, entry, entry.index) for entry in simulation.inventory())
        inventory.add(session, *devices, at=now)
        past.remember(session, [(one, router.model) for one, router in zip(devices, routers, strict=True)], now)
    candidates = [
        _candidate(one, router, _parents(place, devices), now)
        for place, (one, router) in enumerate(zip(devices, routers, strict=True))
    ]
    for place, mishap in mishaps.items():
        candidates[place] = replace(candidates[place], **OTHERWISE.get(mishap.name, {}))
    terms = Terms(TARGET, strategy, now + LASTS, limits=LIMITS)
    plan = make(Fleet(candidates, {}), terms, STRATEGIES[strategy], _way, now)
    who = Principal.person(tenant_id, WHO, Role.TENANT_ADMIN)
    with tenant_session(stores, who) as session:
        for one, router in zip(devices, routers, strict=True):
            old = router.model.version.major < 7
            wanted = SshAccess(simulation.ssh_port, old, None, None, WHO, now)
            sshaccess.allow(session, author, tenant_id, one.id, wanted)
        row = rollouts.one(session, rollouts.create(session, author, tenant_id, "spring", plan))
        rollouts.start(session, author, row)
    return Planned(stores, tenant_id, row.id, devices)


def _routers(simulation: Simulation) -> list[Router]:
    found = [simulation.router(place) for place in range(len(simulation.models))]
    return [router for router in found if router is not None]


def _device(tenant_id: TenantId, entry: Entry, place: int) -> Device:
    (secret,) = Safe().seal(tenant_id, [entry.password.encode()])
    endpoint = Endpoint(entry.address, entry.api_port, TlsMode.PLAIN)
    made = replace(device(tenant_id, place), endpoint=endpoint, username=entry.username)
    return replace(made, secret=secret, networks=(str(SIMULATED),))


def _parents(place: int, devices: tuple[Device, ...]) -> frozenset[DeviceId]:
    above = parent(place)
    return frozenset() if above is None else frozenset({devices[above].id})


def _candidate(one: Device, router: Router, above: frozenset[DeviceId], now: datetime) -> Candidate:
    board = router.model.persona.board
    return Candidate(
        id=one.id,
        name=one.name,
        site=f"site-{one.id.int % 2}",
        model=board.model or board.name,
        architecture=board.architecture,
        version=str(router.model.version),
        serial=router.model.serial if board.model else "",
        packages=frozenset({"routeros", *router.model.firmware.extras}),
        backup_at=now,
        parents=above,
    )


def _way(one: Candidate) -> tuple[str, ...]:
    return tuple(map(str, hops(version(one.version), version(TARGET))))
