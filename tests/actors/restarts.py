"""A simulated router in a rollout, all its packages brought, on a clock that leaps; its journal is in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid4

from actors import restarting, upgrading
from actors.rolloutrecord import Record
from actors.upgrading import Work
from db.rolloutjournal import Note, Taken, Written
from fleet.errands import Errand
from fleet.firmware import MAIN, File, architecture
from fleet.identity import DeviceId
from fleet.rollouts import Limits, Member, Result, Stage, Step, Terms, Told, Unit
from fleet.rollouts.candidate import Return
from fleet.versions import Version, version
from routeros.firmware.parcel import Parcel
from routeros.simulator.device import firmware
from routeros.simulator.device.model import Firmware
from routeros.simulator.faults import Fault, Kind
from routeros.simulator.parts import mishaps
from routeros.simulator.parts.files import Files
from routeros.simulator.simulation import Options, Simulation, serve
from tests.actors.errands.visits import simulated, visit
from tests.fixtures.patient import LoopClock, PatientLoop
from tests.fixtures.simulator import Served

TARGET = "7.25beta5"
LIMITS = Limits()
"""As they are without a word: fifteen minutes for a restart, five to settle."""


@dataclass
class Ledger:
    """A journal in memory. ``shut`` holds what has no return, ``gone`` says that another one has the device."""

    notes: list[Note] = field(default_factory=list)
    shut: bool = False
    gone: bool = False
    hooks: dict[Stage, Callable[[], None]] = field(default_factory=dict)

    def take(self, rollout_id: UUID, device_id: DeviceId, errand_id: UUID, epoch: int) -> Taken | None:
        raise NotImplementedError

    def write(self, taken: Taken, seq: int, note: Note) -> Written:
        if self.gone or seq != len(self.notes):
            return Written.GONE
        if note.gate and self.shut:
            return Written.HELD
        self.notes.append(note)
        self.hooks.pop(note.unit.stage, lambda: None)()
        return Written.DONE

    def lines(self, taken: Taken) -> list[tuple[Step, Stage, datetime, Mapping[str, object]]]:
        return [(note.step, note.unit.stage, note.at, note.detail) for note in self.notes]

    @property
    def stages(self) -> list[Stage]:
        return [note.unit.stage for note in self.notes if note.step is not Step.STAGE]


@dataclass
class Store:
    """Packages of the simulator's making, as a mirror would keep them."""

    folder: Path
    lacks: frozenset[str] = frozenset()

    def of(self, target: Version, built_for: str, packages: Any) -> tuple[list[Parcel], frozenset[str]]:
        made = []
        for name in sorted({*packages, MAIN} - self.lacks):
            npk = firmware.package(name, target, built_for)
            data = firmware.npk(name, target, built_for)
            kept = self.folder / npk.file
            kept.write_bytes(data)
            made.append(Parcel(File(target, npk.file, name, architecture(built_for), len(data), ""), kept))
        return made, frozenset({*packages, MAIN} - self.lacks)


@dataclass
class Bench:
    """A router in a rollout, all its packages brought."""

    served: Served
    runner: asyncio.Runner
    router: Any
    clock: LoopClock
    folder: Path
    ledger: Ledger = field(default_factory=Ledger)
    lacks: frozenset[str] = frozenset()
    unit: Unit = field(init=False)
    member: Member = field(init=False)

    def fault(self, kind: str) -> None:
        """Set a fault of the router."""
        mishaps.strike(self.router, Fault(Kind(kind)))

    def work(self, step: Step, may: Callable[[], bool] = lambda: True) -> Work:
        """Put the device into its owner's hands for a step, as its journal says where it stands."""
        device, now = simulated(self.served), self.clock.now()
        if self.ledger.notes:
            self.unit = self.ledger.notes[-1].unit
        self.unit = replace(self.unit, step=step)
        before = next((note.before for note in reversed(self.ledger.notes) if note.before), None)
        terms = Terms(TARGET, "everything", now + timedelta(days=1), limits=LIMITS)
        entries = len(self.ledger.notes)
        taken = Taken(
            uuid4(),
            device.tenant_id,
            uuid4(),
            1,
            entries,
            terms,
            self.member,
            self.unit,
            before,
        )
        errand = Errand(tenant_id=device.tenant_id, device_id=device.id, kind="x", by="ada", at=now, expires_at=now)
        record = Record(self.ledger, taken, step, self.clock)
        return Work(visit(device, errand, self.clock, may), record, cast(Any, Store(self.folder, self.lacks)))

    def stage(self, target: str = TARGET) -> Told:
        """Begin anew, with no package there, and bring what is needed for a version."""
        files = self.router.part(Files)
        for name in [name for name in files.names() if name.endswith(".npk")]:
            files.remove(name)
        self.ledger.notes.clear()
        self.unit = replace(self.unit, stage=Stage.PENDING, hops=(target,))
        return self.runner.run(self._ended(Step.STAGE, upgrading.stage))

    def install(self, **more: Any) -> Told:
        return self.runner.run(self._ended(Step.INSTALL, restarting.install, **more))

    def boot(self) -> Told:
        return self.runner.run(self._ended(Step.BOOT, restarting.boot))

    async def _ended(self, step: Step, deed: Any, **more: Any) -> Told:
        work = self.work(step, **more)
        told = await deed(work)
        await work.record.end(told)
        return told  # type: ignore[no-any-return]

    def restarts(self) -> int:
        return len(self.router.model.restarts)

    def runs(self) -> str:
        return str(self.router.model.version)


@contextmanager
def opened(folder: Path, persona: str = "hap_ax2", runs: str | None = None) -> Iterator[Bench]:
    """Serve a router with the packages of the target in its root, on a clock that leaps."""
    with asyncio.Runner(loop_factory=PatientLoop) as runner:
        loop, kept = runner.get_loop(), AsyncExitStack()
        clock = LoopClock(loop)
        options = Options(1, personas=(persona,), clock=clock)
        simulation, router = runner.run(_entered(kept, options, runs))
        served = Served(simulation, simulation.inventory(), loop)
        try:
            yield _laid(Bench(served, runner, router, clock, folder))
        finally:
            runner.run(kept.aclose())


async def _entered(kept: AsyncExitStack, options: Options, runs: str | None) -> tuple[Simulation, Any]:
    simulation = await kept.enter_async_context(serve(options))
    if runs is not None:
        known = simulation.models[0]
        simulation.models[0] = known.restarted(options.clock.now().timestamp(), Firmware(version(runs)))
    return simulation, simulation.router(0)


def _laid(made: Bench) -> Bench:
    """Bring the packages, and write what its journal says so far."""
    router, clock = made.router, made.clock
    built_for = router.model.persona.board.architecture
    for name in ("routeros", *router.model.firmware.extras):
        npk = firmware.package(name, version(TARGET), built_for)
        router.part(Files).write(npk.file, firmware.npk(name, version(TARGET), built_for))
    device = simulated(made.served)
    member = Member(
        device_id=device.id,
        name=device.name,
        site=None,
        serial=router.model.serial,
        architecture=built_for,
        kind="k",
        version=str(router.model.version),
        hops=(TARGET,),
        back=Return.DOWNGRADE,
    )
    unit = Unit(device.id, 0, 0, "k", None, (TARGET,), stage=Stage.STAGED, since=clock.now())
    names = [name for name in router.part(Files).names() if name.endswith(".npk")]
    brought = replace(unit, stage=Stage.STAGING)
    made.ledger.notes.append(Note(clock.now(), Step.STAGE, brought, None, {"files": names}))
    made.ledger.notes.append(Note(clock.now(), Step.STAGE, unit, Result.DONE))
    made.unit, made.member = unit, member
    return made
