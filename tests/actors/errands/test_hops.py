"""A router on version 6 is brought to the newest 7, version by version, over SFTP and the API as in earnest."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from actors import restarting
from db import rollouts
from db.rollouts import Line
from db.tenancy import tenant_session
from fleet.errands import ErrandState
from fleet.rollouts import Result, Stage, Step, Verdict
from fleet.versions import hops, version
from routeros.simulator.parts.boot import Boot
from routeros.simulator.parts.files import Files
from tests.actors.errands.test_firmware import Course, Yard, done, going
from tests.fixtures.database import Database, Tenant
from tests.fixtures.simulator import Factory

RUNS, TARGET = "6.42.12", "7.24.4"
WAY = tuple(map(str, hops(version(RUNS), version(TARGET))))
COURSE = Course("rb951", WAY, factor=20.0, legacy=True)
MOST = 20
"""Steps that a device may take; it takes seven."""


def follow(yard: Yard) -> list[tuple[Step, str]]:
    """Do what the job asks of the first device until it is over; tells each step with what it runs after it."""
    told: list[tuple[Step, str]] = []
    for _ in range(MOST):
        yard.turn()
        now = yard.at().unit
        if now.stage.over or now.step is None:
            return told
        ending = done(now.step, yard.visit(now.step))
        assert ending.state is ErrandState.DONE, yard.at().unit.reason
        told.append((now.step, yard.runs()))
    raise AssertionError("it does not come to an end")


def lines(yard: Yard) -> list[Line]:
    with tenant_session(yard.stores, yard.scene.tenant.principal) as session:
        return rollouts.lines(session, yard.row.id, yard.scene.tenant.devices[0].id)


def test_from_six_to_the_newest_seven_hop_by_hop(
    database: Database,
    two_tenants: tuple[Tenant, Tenant],
    simulator: Factory,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(restarting, "EVERY", timedelta(seconds=10))
    with going(database, two_tenants[0], simulator, tmp_path, COURSE) as yard:
        assert (yard.runs(), WAY) == (RUNS, ("6.49.22", "7.12.1", TARGET))
        steps = follow(yard)
        installed = [one for hop, before in zip(WAY, (RUNS, *WAY), strict=False) for one in _hop(before, hop)]
        assert steps == [*installed, (Step.BOOT, TARGET)]
        found, router, journal = yard.at(), yard.scene.served.router(0), lines(yard)
    assert (found.unit.stage, found.unit.hop, found.unit.verdict) == (Stage.DONE, 3, Verdict.PASS)
    assert router.model.firmware.extras == {"wireless"}, "the driver that went apart came along"
    assert router.part(Boot).firmware == TARGET
    assert not [name for name in router.part(Files).names() if name.endswith(".npk")]
    begun = [line.stage for line in journal if line.result is None]
    hop = [Stage.STAGING, Stage.INSTALLING, Stage.REBOOTING, Stage.VERIFYING]
    assert begun == [*hop * 3, Stage.ROUTERBOOT, Stage.REBOOTING, Stage.VERIFYING]
    assert [line.result for line in journal if line.result] == [Result.DONE] * 7
    brought = [line.detail["files"] for line in journal if line.stage is Stage.STAGING and "files" in line.detail]
    assert brought == [
        ["routeros-mipsbe-6.49.22.npk"],
        ["routeros-7.12.1-mipsbe.npk"],
        ["wireless-7.24.4-mipsbe.npk", "routeros-7.24.4-mipsbe.npk"],
    ]
    judged = [dict(line.detail["gates"]) for line in journal if "gates" in line.detail]  # type: ignore[call-overload]
    assert [set(gates.values()) for gates in judged] == [{"pass"}] * 4


def _hop(before: str, after: str) -> list[tuple[Step, str]]:
    return [(Step.STAGE, before), (Step.INSTALL, after)]
