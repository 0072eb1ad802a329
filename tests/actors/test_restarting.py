"""Restarts of a rollout on simulated routers: told once, waited for, judged truly, gone on with by who comes next."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid4

import pytest

from actors import restarting
from actors.rolloutrecord import Record
from actors.upgrading import Work, clean
from db.rolloutjournal import Note, Taken, Written
from fleet.clock import SystemClock
from fleet.errands import Errand
from fleet.firmware import MAIN, File, architecture
from fleet.identity import DeviceId
from fleet.rollouts import Limits, Member, Result, Stage, Step, Terms, Told, Unit, Verdict
from fleet.rollouts.candidate import Return
from fleet.versions import Version, version
from routeros.errors import GONE, ProtocolError
from routeros.firmware.parcel import Parcel
from routeros.push.line import Line, NotOurs
from routeros.simulator.device import firmware
from routeros.simulator.faults import Fault, Kind
from routeros.simulator.parts.boot import Boot
from routeros.simulator.parts.files import Files
from routeros.words import Row
from tests.actors.errands.visits import simulated, visit
from tests.fixtures.simulator import Factory, Served

TARGET = "7.25beta5"
FACTOR = 20.0
"""How many times as fast the clock runs; the slack of a start is half a second then."""

LIMITS = Limits(reboot=timedelta(seconds=110), settle=timedelta(seconds=90))


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

    def of(self, target: Version, built_for: str, packages: Any) -> tuple[list[Parcel], frozenset[str]]:
        made = []
        for name in sorted({*packages, MAIN}):
            npk = firmware.package(name, target, built_for)
            data = firmware.npk(name, target, built_for)
            kept = self.folder / npk.file
            kept.write_bytes(data)
            made.append(Parcel(File(target, npk.file, name, architecture(built_for), len(data), ""), kept))
        return made, frozenset({*packages, MAIN})


@dataclass
class Bench:
    """A router in a rollout, all its packages brought."""

    served: Served
    clock: SystemClock
    folder: Path
    ledger: Ledger
    unit: Unit
    member: Member

    @property
    def router(self) -> Any:
        return self.served.router(0)

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
        return Work(visit(device, errand, self.clock, may), record, cast(Any, Store(self.folder)))

    def install(self, **more: Any) -> Told:
        return asyncio.run(self._ended(Step.INSTALL, restarting.install, **more))

    def boot(self) -> Told:
        return asyncio.run(self._ended(Step.BOOT, restarting.boot))

    async def _ended(self, step: Step, deed: Any, **more: Any) -> Told:
        work = self.work(step, **more)
        told = await deed(work)
        await work.record.end(told)
        return told  # type: ignore[no-any-return]

    def restarts(self) -> int:
        return len(self.router.model.restarts)

    def runs(self) -> str:
        return str(self.router.model.version)


@pytest.fixture
def bench(simulator: Factory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A hAP ax2 with the packages of the target in its root, on a clock that runs fast."""
    monkeypatch.setattr(restarting, "EVERY", timedelta(seconds=4))
    clock = SystemClock(datetime.now(UTC), FACTOR)
    served = simulator(1, clock=clock, personas=("hap_ax2",))
    router = served.router(0)
    built_for = router.model.persona.board.architecture
    for name in ("routeros", *router.model.firmware.extras):
        npk = firmware.package(name, version(TARGET), built_for)
        router.part(Files).write(npk.file, firmware.npk(name, version(TARGET), built_for))
    device = simulated(served)
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
    ledger = Ledger([Note(clock.now(), Step.STAGE, brought, None, {"files": names})])
    ledger.notes.append(Note(clock.now(), Step.STAGE, unit, Result.DONE))
    return Bench(served, clock, tmp_path, ledger, unit, member)


def test_it_is_restarted_once_and_found_as_it_was(bench: Bench) -> None:
    told = bench.install()
    assert told == Told(Result.DONE, verdict=Verdict.PASS, boot=True), told.reason
    assert (bench.runs(), bench.restarts()) == (TARGET, 1)
    assert bench.ledger.stages == [Stage.INSTALLING, Stage.REBOOTING, Stage.VERIFYING, Stage.ROUTERBOOT]
    assert bench.boot() == Told(Result.DONE, verdict=Verdict.PASS)
    assert bench.router.part(Boot).firmware == TARGET
    assert bench.ledger.stages[4:] == [Stage.ROUTERBOOT, Stage.REBOOTING, Stage.VERIFYING, Stage.DONE]


async def lost(bench: Bench, work: Work, after: Stage) -> None:
    """Let the owner be lost a moment after a stage was written."""
    task = asyncio.ensure_future(restarting.install(work))
    while after not in bench.ledger.stages:
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.2)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("after", [Stage.INSTALLING, Stage.REBOOTING, Stage.VERIFYING])
def test_who_takes_it_over_at_any_moment_restarts_it_no_second_time(bench: Bench, after: Stage) -> None:
    asyncio.run(lost(bench, bench.work(Step.INSTALL), after))
    assert bench.install().result is Result.DONE
    assert (bench.runs(), bench.restarts()) == (TARGET, 1)


def test_one_that_never_heard_is_told_again(bench: Bench) -> None:
    with pytest.raises(NotOurs):
        bench.install(may=lambda: False)
    assert (bench.ledger.stages[-1], bench.restarts()) == (Stage.REBOOTING, 0)
    assert bench.install().result is Result.DONE
    assert bench.restarts() == 1


@pytest.mark.parametrize(
    ("fault", "result", "why"),
    [
        ("old-version", Result.FAILED, "could not be verified"),
        ("wrong-password", Result.AWAY, "invalid user name or password"),
        ("clock-1970", Result.DONE, ""),
    ],
)
def test_what_goes_wrong_has_a_true_reason(bench: Bench, fault: str, result: Result, why: str) -> None:
    bench.served.fault(0, fault)
    told = bench.install()
    assert told.result is result, told.reason
    assert why in str(told.reason)


def test_one_that_restarts_again_and_again_has_failed(bench: Bench) -> None:
    loop = Fault(Kind.REBOOT_LOOP, {"seconds": 12.0})
    bench.ledger.hooks[Stage.REBOOTING] = lambda: bench.router.faults.update({Kind.REBOOT_LOOP: loop})
    told = bench.install()
    assert (told.result, told.verdict) == (Result.FAILED, Verdict.FAIL), told.reason
    assert "restarted again by itself" in str(told.reason)


def test_one_whose_answer_was_nonsense_has_heard_all_the_same(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = Line.do

    async def garbled(line: Line, command: str, attributes: Mapping[str, str] | None = None) -> list[Row]:
        with suppress(*GONE):
            return await usual(line, command, attributes)
        raise ProtocolError("The connection ended within a word.")

    monkeypatch.setattr(Line, "do", garbled)
    told = bench.install()
    assert (told.result, bench.restarts(), bench.runs()) == (Result.DONE, 1, TARGET), told.reason


def test_one_that_stays_down_is_lost(bench: Bench) -> None:
    bench.served.fault(0, "stays-down")
    told = bench.install()
    assert told.result is Result.LOST
    assert "not seen to be back within" in str(told.reason)


def test_nothing_begins_while_the_gate_is_shut(bench: Bench) -> None:
    bench.ledger.shut = True
    assert bench.install().result is Result.AWAY
    assert (bench.restarts(), bench.ledger.stages) == (0, [Stage.STAGING])


def test_packages_that_are_gone_are_brought_anew(bench: Bench) -> None:
    files = bench.router.part(Files)
    for name in [name for name in files.names() if name.endswith(".npk")]:
        files.remove(name)
    assert bench.install().result is Result.AWAY
    assert bench.restarts() == 0


def test_another_device_at_its_place_is_left_alone(bench: Bench) -> None:
    bench.member = replace(bench.member, serial="ANOTHER")
    told = bench.install()
    assert (told.result, bench.restarts()) == (Result.REFUSED, 0)
    assert not [name for name in bench.router.part(Files).names() if name.endswith(".npk")]


def test_packages_are_taken_away_again(bench: Bench) -> None:
    assert asyncio.run(clean(bench.work(Step.CLEAN))).result is Result.DONE
    assert not [name for name in bench.router.part(Files).names() if name.endswith(".npk")]
