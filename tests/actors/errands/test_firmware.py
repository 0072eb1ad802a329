"""A device's part in a rollout: upgraded once, whoever takes it over, and with a true reason where it is not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import psycopg
import pytest

from actors import restarting
from actors.errand import Visit
from actors.errands import firmware as errand
from db import errands, firmware, inventory, rollouts, rolloutwork, sshaccess
from db.firmware import Found
from db.operations import Author
from db.platform import platform_session
from db.rollouts import Row, Standing
from db.sshaccess import SshAccess
from db.tenancy import tenant_session
from fleet.egress import SIMULATED
from fleet.errands import Ending, ErrandState
from fleet.events import FirmwareProgressEvent
from fleet.firmware import architecture
from fleet.rollouts import Limits, Result, RolloutState, Stage, Step, Terms, Verdict
from fleet.rollouts.candidate import Candidate
from fleet.rollouts.planning import Fleet, make
from fleet.strategies import everything
from fleet.versions import version
from routeros.depot import releases
from routeros.depot.mirror import Mirror
from routeros.simulator.parts.boot import Boot
from routeros.simulator.parts.files import Files
from routeros.simulator.router import Router
from tests.actors.errands.visits import FACTOR, Swift, swift
from tests.fixtures.configs import Safe, Scene
from tests.fixtures.database import Database, Tenant
from tests.fixtures.depot import Shelf
from tests.fixtures.simulator import Factory

TARGET = "7.25beta5"
LIMITS = Limits(reboot=timedelta(minutes=30), settle=timedelta(minutes=20), soak=timedelta(0))
"""By the clock of the tests a minute and more: a slow machine is no device that is lost."""

TWICE = 2 * FACTOR
DUTIES = {Step.STAGE: errand.staging, Step.INSTALL: errand.installing, Step.BOOT: errand.booting}
DUTIES |= {Step.CLEAN: errand.cleaning}


async def doing(step: Step, visit: Visit) -> Ending:
    return await DUTIES[step].run(visit)


def done(step: Step, visit: Visit) -> Ending:
    return asyncio.run(doing(step, visit))


@dataclass
class Yard:
    """Simulated routers in a rollout that was started; ``step`` does what the job asked of one."""

    scene: Scene
    mirror: Mirror
    row: Row
    claim: rolloutwork.Claim

    @property
    def stores(self) -> Any:
        return self.scene.database.stores

    def turn(self) -> None:
        with platform_session(self.stores, "test") as session:
            assert rolloutwork.turn(session, self.claim, self.scene.clock.now()) is not None

    def at(self, place: int = 0) -> Standing:
        with tenant_session(self.stores, self.scene.tenant.principal) as session:
            return rollouts.standing(session, self.row.id, self.scene.tenant.devices[place].id)

    def visit(self, step: Step, place: int = 0, epoch: int = 3, may: Callable[[], bool] = lambda: True) -> Visit:
        device = self.scene.tenant.devices[place]
        with tenant_session(self.stores, self.scene.tenant.principal) as session:
            asked = errands.of_device(session, device.id, rolloutwork.KINDS[step], 1)[0]
        base = self.scene.visit(place, {})
        means = replace(base.means, mirror=self.mirror)
        return Visit(replace(asked, attempt=1), device, epoch, means, may)

    def step(self, step: Step, place: int = 0, **more: Any) -> Ending:
        self.turn()
        return done(step, self.visit(step, place, **more))

    def restarts(self, place: int = 0) -> int:
        return len(self.scene.served.router(place).model.restarts)

    def runs(self, place: int = 0) -> str:
        return str(self.scene.served.router(place).model.version)


def packages(routers: Sequence[Router]) -> set[tuple[str, str]]:
    """Tell which packages routers of these kinds may need, each with its architecture."""
    return {
        (name, architecture(router.model.persona.board.architecture))
        for router in routers
        for name in ("routeros", "wireless", *router.model.firmware.extras)
    }


@dataclass(frozen=True)
class Course:
    """Which routers go over which versions, on a clock so many times as fast; ``legacy`` is SSH of RouterOS 6."""

    persona: str = "hap_ax2"
    hops: tuple[str, ...] = (TARGET,)
    factor: float = TWICE
    legacy: bool = False


@contextmanager
def going(
    database: Database, tenant: Tenant, simulator: Factory, root: Path, course: Course = Course()
) -> Iterator[Yard]:
    """Start a rollout over simulated routers of some kinds; behind the first is the third, which takes no part."""
    clock = swift(course.factor)
    served = simulator(3, clock=clock, personas=(course.persona,))
    scene = Scene.of(database, tenant, served, Safe(), cast(Any, clock))
    routers = [served.router(place) for place in range(3)]
    mirror, shelf = Mirror(root, 10**9), Shelf()
    for hop in course.hops:
        files = releases.files(shelf, version(hop), sorted(packages(routers)))
        for file in files:
            mirror.take(shelf, file)
        with platform_session(database.stores, "test") as session:
            firmware.store(session, Found(version(hop), "", tuple(files)), clock.now())
    first, _, last = scene.tenant.devices
    with platform_session(database.stores, "test") as session:
        inventory.allow(session, tenant.id, [str(SIMULATED)])
    candidates = [
        Candidate(
            id=one.id,
            name=one.name,
            site=None,
            model="x",
            architecture=router.model.persona.board.architecture,
            version=str(router.model.version),
            serial=router.model.serial if router.model.persona.board.model else "",
            backup_at=clock.now(),
            parents=frozenset({first.id} if one is last else ()),
        )
        for one, router in zip(scene.tenant.devices, routers, strict=True)
    ]

    def over(one: Candidate) -> tuple[str, ...]:
        return () if one.id == last.id else course.hops

    terms = Terms(course.hops[-1], "everything", clock.now() + timedelta(days=2), limits=LIMITS)
    links = {one.id: one.parents for one in candidates}
    plan = make(Fleet(candidates, links), terms, everything.strategy, over, clock.now())
    author = Author("ada", clock.now())
    with tenant_session(database.stores, scene.tenant.principal) as session:
        for one in scene.tenant.devices:
            allowed = SshAccess(served.simulation.ssh_port, course.legacy, None, None, "ada", clock.now())
            sshaccess.allow(session, author, scene.tenant.id, one.id, allowed)
        row = rollouts.one(session, rollouts.create(session, author, scene.tenant.id, "spring", plan))
        rollouts.start(session, author, row)
    with platform_session(database.stores, "test") as session:
        claim = rolloutwork.claim(session, row.id, clock.now())
    assert claim is not None
    yield Yard(scene, mirror, row, claim)


@pytest.fixture
def yard(
    database: Database,
    two_tenants: tuple[Tenant, Tenant],
    simulator: Factory,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Yard]:
    # The clock runs fast, so it is looked more often than in earnest.
    monkeypatch.setattr(restarting, "EVERY", timedelta(seconds=4))
    with going(database, two_tenants[0], simulator, tmp_path) as made:
        yield made


def test_a_device_is_upgraded_with_its_boot_firmware_and_restarted_once_for_each(yard: Yard) -> None:
    before = yard.runs()
    assert yard.step(Step.STAGE) == Ending.done()
    assert (yard.at().unit.stage, yard.runs(), yard.restarts()) == (Stage.STAGED, before, 0)
    assert yard.step(Step.INSTALL) == Ending.done()
    found = yard.at()
    assert (yard.runs(), yard.restarts(), found.unit.stage) == (TARGET, 1, Stage.ROUTERBOOT)
    assert yard.step(Step.BOOT) == Ending.done()
    assert (yard.at().unit.stage, yard.scene.served.router(0).part(Boot).firmware) == (Stage.DONE, TARGET)
    with tenant_session(yard.stores, yard.scene.tenant.principal) as session:
        lines = rollouts.lines(session, yard.row.id, found.unit.device_id)
    files = [str(name) for name in lines[0].detail["files"]]  # type: ignore[attr-defined]
    assert [name.startswith("routeros-") for name in files] == [False] * (len(files) - 1) + [True]
    stages = [line.stage for line in lines if line.result is None]
    assert stages == [
        *(Stage.STAGING, Stage.INSTALLING, Stage.REBOOTING, Stage.VERIFYING),
        *(Stage.ROUTERBOOT, Stage.REBOOTING, Stage.VERIFYING),
    ]
    assert [line.result for line in lines if line.result] == [Result.DONE] * 3
    gates = next(line.detail["gates"] for line in lines if line.result and "gates" in line.detail)
    assert {"version", "packages", "uptime", "interfaces", "children"} <= set(gates)
    assert set(gates.values()) == {"pass"}
    told = [one for one in yard.scene.bus.events if isinstance(one, FirmwareProgressEvent)]
    assert [one.state for one in told] == [line.stage for line in lines]
    assert (told[-1].device_id, told[-1].before, told[-1].target) == (found.unit.device_id, before, TARGET)


def test_who_takes_it_over_at_any_moment_restarts_it_no_second_time(yard: Yard) -> None:
    yard.step(Step.STAGE)
    yard.turn()
    visit = yard.visit(Step.INSTALL)

    async def broken() -> None:
        """The owner is lost as soon as the device was told to restart."""
        task = asyncio.create_task(doing(Step.INSTALL, visit))
        while yard.at().unit.stage is not Stage.REBOOTING:
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.3)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(broken())
    heir = yard.visit(Step.INSTALL, epoch=4)
    assert done(Step.INSTALL, heir) == Ending.done()
    assert (yard.runs(), yard.restarts()) == (TARGET, 1)
    assert done(Step.INSTALL, replace(visit, epoch=3)) == Ending.done()
    assert yard.restarts() == 1


def test_a_parent_is_well_only_with_what_is_behind_it_and_else_the_rollout_pauses(yard: Yard) -> None:
    yard.step(Step.STAGE)
    yard.turn()
    visit = yard.visit(Step.INSTALL)

    async def cut() -> Ending:
        """What is behind it goes away with it, and does not come back."""
        task = asyncio.create_task(doing(Step.INSTALL, visit))
        while yard.at().unit.stage is not Stage.REBOOTING:
            await asyncio.sleep(0.02)
        yard.scene.served.fault(2, "down")
        while yard.at().unit.stage is not Stage.VERIFYING and not task.done():
            await asyncio.sleep(0.02)
        cast(Swift, yard.scene.clock).ahead += LIMITS.settle
        return await task

    assert asyncio.run(cut()).state is ErrandState.FAILED
    found, last = yard.at().unit, yard.scene.tenant.devices[2]
    assert (found.stage, found.verdict, yard.runs()) == (Stage.FAILED, Verdict.FAIL, TARGET)
    assert f"not in reach any more: {last.name}." in str(found.reason)
    yard.turn()
    with tenant_session(yard.stores, yard.scene.tenant.principal) as session:
        assert rollouts.one(session, yard.row.id).state is RolloutState.PAUSED


def test_one_whose_owner_was_lost_before_it_heard_is_told_again(yard: Yard) -> None:
    yard.step(Step.STAGE)
    yard.turn()
    told = done(Step.INSTALL, yard.visit(Step.INSTALL, may=lambda: False))
    assert told.state is ErrandState.TAKEN, "nothing else begins on it meanwhile"
    assert (yard.at().unit.stage, yard.restarts()) == (Stage.REBOOTING, 0)
    assert done(Step.INSTALL, yard.visit(Step.INSTALL, epoch=4)) == Ending.done()
    assert (yard.runs(), yard.restarts()) == (TARGET, 1)


@pytest.mark.parametrize(
    ("fault", "stage", "why"),
    [
        ("old-version", Stage.FAILED, "could not be verified"),
        ("disk-full", Stage.FAILED, "not enough space"),
    ],
)
def test_what_goes_wrong_in_the_restart_has_a_true_reason(yard: Yard, fault: str, stage: Stage, why: str) -> None:
    yard.step(Step.STAGE)
    before = yard.runs()
    yard.scene.served.fault(0, fault)
    assert yard.step(Step.INSTALL).state is ErrandState.FAILED
    found = yard.at().unit
    assert found.stage is stage
    assert why in str(found.reason)
    assert yard.runs() == before


def test_one_that_stays_down_is_lost_when_its_time_is_over(yard: Yard) -> None:
    yard.step(Step.STAGE)
    yard.scene.served.fault(0, "stays-down")
    yard.turn()
    visit = yard.visit(Step.INSTALL)

    async def waited() -> Ending:
        """All the time that a restart may take goes by, once the device was told."""
        task = asyncio.create_task(doing(Step.INSTALL, visit))
        while yard.at().unit.stage is not Stage.REBOOTING and not task.done():
            await asyncio.sleep(0.02)
        cast(Swift, yard.scene.clock).ahead += LIMITS.reboot
        return await task

    assert asyncio.run(waited()).state is ErrandState.FAILED
    found = yard.at().unit
    assert found.stage is Stage.LOST
    assert "not seen to be back" in str(found.reason)


@pytest.mark.parametrize(
    ("fault", "stage", "why"),
    [("down", Stage.WAITING, ""), ("disk-full", Stage.SKIPPED, "are free"), ("wrong-password", Stage.SKIPPED, "")],
)
def test_what_goes_wrong_before_it_leaves_the_device_as_it_was(
    yard: Yard, fault: str, stage: Stage, why: str
) -> None:
    yard.scene.served.fault(0, fault)
    yard.step(Step.STAGE)
    found = yard.at().unit
    assert found.stage is stage
    assert why in str(found.reason)
    assert yard.restarts() == 0


def test_a_clock_in_1970_is_no_hindrance(yard: Yard) -> None:
    yard.scene.served.fault(0, "clock-1970")
    yard.step(Step.STAGE)
    assert yard.step(Step.INSTALL) == Ending.done()
    assert (yard.runs(), yard.restarts()) == (TARGET, 1)


def test_a_foreign_package_keeps_it_from_beginning(yard: Yard) -> None:
    yard.scene.served.router(0).part(Files).write("zerotier-7.24.4-arm64.npk", b"strange")
    yard.step(Step.STAGE)
    found = yard.at().unit
    assert (found.stage, "zerotier-7.24.4" in str(found.reason)) == (Stage.SKIPPED, True)


def test_without_a_package_in_the_mirror_it_is_left_as_it_was(yard: Yard) -> None:
    for file in yard.mirror.root.rglob("*.npk"):
        file.unlink()
    yard.step(Step.STAGE)
    found = yard.at().unit
    assert (found.stage, "are not there for" in str(found.reason)) == (Stage.SKIPPED, True)


def test_an_abort_takes_the_packages_away_again(yard: Yard) -> None:
    yard.step(Step.STAGE)
    with tenant_session(yard.stores, yard.scene.tenant.principal) as session:
        rollouts.abort(session, Author("ada", yard.scene.clock.now()), rollouts.one(session, yard.row.id))
    assert yard.step(Step.CLEAN) == Ending.done()
    assert not [name for name in yard.scene.served.router(0).part(Files).names() if name.endswith(".npk")]
    assert yard.at().unit.stage is Stage.SKIPPED


def test_nothing_begins_while_it_is_paused(yard: Yard) -> None:
    yard.step(Step.STAGE)
    yard.turn()
    with tenant_session(yard.stores, yard.scene.tenant.principal) as session:
        rollouts.pause(session, Author("ada", yard.scene.clock.now()), rollouts.one(session, yard.row.id))
    done(Step.INSTALL, yard.visit(Step.INSTALL))
    assert (yard.at().unit.stage, yard.restarts()) == (Stage.STAGING, 0)


def test_who_may_not_act_brings_nothing(yard: Yard) -> None:
    assert yard.step(Step.STAGE, may=lambda: False).state is ErrandState.WAITING
    assert not [name for name in yard.scene.served.router(0).part(Files).names() if name.endswith(".npk")]


def test_the_store_knows_what_it_was_before(yard: Yard) -> None:
    yard.step(Step.STAGE)
    yard.step(Step.INSTALL)
    with psycopg.connect(yard.scene.database.admin_url) as connection:
        (before,) = connection.execute("SELECT before FROM rollout_devices WHERE place = 0").fetchall()[0]
    assert "ether1" in before["running"]
