"""Tenants with sixty simulated routers each, over which rollouts are planned and started in a running Flotilla."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import psycopg
from sqlalchemy import func, select

from db import firmware, inventory, rollouts, sshaccess
from db.firmware import Found
from db.operations import Author
from db.platform import platform_session
from db.rolloutplans import STRATEGIES
from db.rollouttables import rollout_journal
from db.sshaccess import SshAccess
from db.tenancy import tenant_session
from fleet.device import Device
from fleet.identity import Principal, Role, TenantId
from fleet.rollouts import Terms
from fleet.rollouts.candidate import Candidate
from fleet.rollouts.planning import Fleet, make
from fleet.versions import hops, version
from routeros.depot import releases
from routeros.depot.mirror import Mirror
from routeros.simulator.device.downloads import Downloads
from routeros.simulator.device.firmware import Channels
from routeros.simulator.device.model import PERSONAS
from routeros.simulator.parts.boot import Restart
from tests.chaos import sources
from tests.chaos.arena import Arena, until
from tests.chaosroll.fleet import NEEDED, SIZE, Mishap, parent
from tests.chaosroll.ground import LASTS, LIMITS, WHO, Planned
from tests.chaosroll.judge import Case, Seen
from tests.fixtures.depot import Shelf

WHY: Final = "rollouts that are interrupted"
KEPT: Final = """INSERT INTO config_state (device_id, tenant_id, whole_at, failures)
    SELECT id, tenant_id, %s, 0 FROM devices
    ON CONFLICT (device_id) DO UPDATE SET whole_at = excluded.whole_at"""
"""A rollout leaves a device out of whose configuration nobody has a backup."""

FAULTS: Final[Mapping[str, str]] = {
    "old-version": "old-version",
    "stays-down": "stays-down",
    "disk-full": "disk-full",
    "clock-1970": "clock-1970",
    "absent": "down",
}
"""What befalls routers, each with the fault of the simulator that it is."""

ANSWERS: Final = timedelta(seconds=30)
PATIENT: Final = replace(LIMITS, settle=timedelta(minutes=10), reboot=timedelta(minutes=20))
"""The clock runs fast here, and what watches the routers does not."""


@dataclass
class Party:
    """A tenant, its routers by their places in it, and the rollout over them that was started last."""

    arena: Arena
    tenant_id: TenantId
    entries: Sequence[Mapping[str, Any]]
    devices: tuple[Device, ...]
    mishaps: dict[int, Mishap] = field(default_factory=dict)
    target: str = ""
    planned: Planned | None = None
    _before: dict[int, int] = field(default_factory=dict)

    @property
    def principal(self) -> Principal:
        return Principal.person(self.tenant_id, WHO, Role.TENANT_ADMIN)

    @property
    def rollout(self) -> Planned:
        """The rollout that was started last."""
        assert self.planned is not None
        return self.planned

    def now(self) -> datetime:
        return self.arena.assembly.settings.clock().now()

    def allow(self) -> None:
        """Let packages be brought by SSH."""
        now, port = self.now(), self.arena.demo.simulation.ssh_port
        with tenant_session(self.arena.stores, self.principal) as session:
            for one in self.devices:
                given = SshAccess(port, False, None, None, WHO, now)
                sshaccess.allow(session, Author(WHO, now), self.tenant_id, one.id, given)

    def start(self, target: str, strategy: str, mishaps: Mapping[int, Mishap]) -> UUID:
        """Let something befall routers, then plan and start a rollout over all of them."""
        self.target, self.mishaps = target, dict(mishaps)
        for place, mishap in mishaps.items():
            self._tell(place, "fault", FAULTS[mishap.name])
        looks = [self._look(place) for place in range(SIZE)]
        self._before = {place: len(one["restarts"]) for place, one in enumerate(looks)}
        candidates = [self._candidate(place, str(one["runs"])) for place, one in enumerate(looks)]
        now = self.now()
        terms = Terms(target, strategy, now + LASTS, limits=PATIENT)
        plan = make(Fleet(candidates, {}), terms, STRATEGIES[strategy], lambda one: _way(one, target), now)
        author = Author(WHO, now)
        with tenant_session(self.arena.stores, self.principal) as session:
            row = rollouts.one(session, rollouts.create(session, author, self.tenant_id, target, plan))
            rollouts.start(session, author, row)
        self.planned = Planned(self.arena.stores, self.tenant_id, row.id, self.devices)
        return row.id

    def lift(self, *names: str) -> None:
        """Take away what befell routers."""
        for place, mishap in self.mishaps.items():
            if mishap.name in names:
                self._tell(place, "lift", FAULTS[mishap.name])

    def case(self) -> Case:
        """Lay out what is written and what the routers say of it."""
        seen = {place: self._seen(place) for place in range(SIZE)}
        return Case(self.target, self.mishaps, self.rollout.standings(), seen)

    def _seen(self, place: int) -> Seen:
        told = self._look(place)
        board = bool(PERSONAS[str(self.entries[place]["persona"])].board.model)
        since = told["restarts"][self._before[place] :]
        restarts = [Restart(datetime.fromtimestamp(at, UTC), runs, flashed) for at, runs, flashed in since]
        return Seen(told["runs"], told["boot"], board, told["files"], restarts)

    def _look(self, place: int) -> dict[str, Any]:
        return self._asked({"command": "restarts", "device": self.entries[place]["index"]})

    def _tell(self, place: int, command: str, kind: str) -> None:
        self._asked({"command": command, "device": self.entries[place]["index"], "kind": kind})

    def _asked(self, question: dict[str, Any]) -> dict[str, Any]:
        answer = until(lambda: self.arena.demo.simulation.ask(question, ANSWERS), "the simulator answers")
        assert "error" not in answer, answer
        return answer

    def _candidate(self, place: int, runs: str) -> Candidate:
        entry, one, above = self.entries[place], self.devices[place], parent(place)
        board = PERSONAS[str(entry["persona"])].board
        return Candidate(
            id=one.id,
            name=one.name,
            site=f"site-{place % 2}",
            model=str(entry["model"]),
            architecture=board.architecture,
            version=runs,
            serial=str(entry["serial"]) if board.model else "",
            backup_at=self.now(),
            parents=frozenset() if above is None else frozenset({self.devices[above].id}),
        )


def _way(one: Candidate, target: str) -> tuple[str, ...]:
    return tuple(map(str, hops(version(one.version), version(target))))


def parties(arena: Arena) -> list[Party]:
    """Find the tenants with enough routers, allow SSH to them, and have a backup of each."""
    ids = sources.fleet(arena.stores)
    known = {one.id: one for one in inventory.polled(arena.stores)}
    found = []
    for number, tenant in enumerate(arena.demo.tenants):
        mine = [entry for entry in arena.demo.simulation.inventory() if entry["tenant"] == number][:SIZE]
        assert len(mine) == SIZE, f"{len(mine)} routers are too few"
        devices = tuple(known[ids[str(entry["address"])]] for entry in mine)
        found.append(Party(arena, tenant.id, mine, devices))
    for one in found:
        one.allow()
    with psycopg.connect(arena.assembly.settings.postgres_url) as admin:
        admin.execute(KEPT, (arena.assembly.settings.clock().now(),))
    return found


def shelve(arena: Arena, target: str) -> None:
    """Bring a version into the mirror and the catalogue."""
    channels = Channels()
    channels.point("stable", target)
    mirror, vendor = Mirror.of(arena.assembly.settings), Shelf(Downloads(channels))
    files = releases.files(vendor, version(target), NEEDED)
    for file in files:
        mirror.take(vendor, file)
    with platform_session(arena.stores, WHY) as session:
        firmware.store(session, Found(version(target), "", tuple(files)), arena.assembly.settings.clock().now())


def entries(arena: Arena, chosen: Collection[UUID]) -> dict[tuple[UUID, str], int]:
    """Count the journals' entries by rollout and edge."""
    told = (rollout_journal.c.rollout_id, rollout_journal.c.step, rollout_journal.c.stage, rollout_journal.c.result)
    asked = select(*told, func.count()).where(rollout_journal.c.rollout_id.in_(chosen)).group_by(*told)
    with platform_session(arena.stores, WHY) as session:
        rows = session.execute(asked).all()
    found: dict[tuple[UUID, str], int] = {}
    for rollout_id, step, stage, result, count in rows:
        found[rollout_id, f"{step}:{stage}" + (f":{result}" if result else "")] = count
    return found
