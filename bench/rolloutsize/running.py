"""Rollouts that run: planned for some devices, started, gone through by the job in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from bench.fleet import kernel
from bench.rolloutsize.ground import ARCHITECTURE, LOOK, Ground
from db import rolloutpaces, rollouts
from db.operations import Author
from db.rolloutplans import STRATEGIES
from db.rollouts import Row
from db.tenancy import tenant_session
from fleet import settings
from fleet.identity import DeviceId
from fleet.rollouts import Limits, RolloutState, Terms
from fleet.rollouts.candidate import Candidate
from fleet.rollouts.forecast import of_plan
from fleet.rollouts.planning import Fleet, make
from fleet.rollouts.states import BAD, ENDED
from fleet.versions import version

MOST_REASONS: Final = 5
PATIENCE: Final = 3 * 3600.0
OVER: Final = frozenset({*ENDED, RolloutState.PAUSED})
LIMITS: Final = Limits(leaves=10, uploads=10, most=60)
"""What an owner goes on with at a time is more than that, so nothing waits for a hand."""


@dataclass(frozen=True, slots=True)
class Run:
    """What became of a rollout: how long it took by the fleet's clock, beside what was foretold."""

    state: RolloutState
    why: str | None
    stages: dict[str, int]
    reasons: dict[str, int]
    forecast: timedelta
    took: timedelta
    job_cpu_seconds: float
    wall_seconds: float

    def document(self) -> dict[str, Any]:
        """Lay it out; ``ratio`` is what it took to what was foretold."""
        return {
            "state": self.state.value,
            "why": self.why,
            "stages": self.stages,
            "reasons": self.reasons,
            "forecast_seconds": round(self.forecast.total_seconds()),
            "took_seconds": round(self.took.total_seconds()),
            "ratio": round(self.took / self.forecast, 3),
            "wall_seconds": round(self.wall_seconds, 1),
            "job_cpu_seconds": round(self.job_cpu_seconds, 1),
            "job_cores": round(self.job_cpu_seconds / self.wall_seconds, 4),
        }


def plan(of: Ground, chosen: Collection[DeviceId], target: str, strategy: str) -> Row:
    """Plan and start a rollout over some devices, with what it is expected to take."""
    now, there = of.now(), of.entries()
    candidates = [_candidate(of, one, there[one]) for one in sorted(chosen)]
    fleet = Fleet([one for one in candidates if version(one.version) < version(target)], {})
    terms = Terms(target, strategy, now + timedelta(days=30), limits=LIMITS)
    author = Author("bench", now)
    with tenant_session(of.stores, of.principal) as session:
        made = make(fleet, terms, STRATEGIES[strategy], lambda _: (target,), now)
        told = replace(made, forecast=of_plan(made, rolloutpaces.read(session, now), now))
        row = rollouts.one(session, rollouts.create(session, author, of.principal.tenant_id, target, told))
        rollouts.start(session, author, row)
        return row


def run(of: Ground, row: Row, meanwhile: Callable[[], None] = lambda: None) -> Run:
    """Let the job go through it until it is over or pauses; ``meanwhile`` is done while it goes on."""
    begun = time.monotonic()
    with _job(of, row.id) as spent:
        meanwhile()
        while (found := read(of, row.id)).state not in OVER:
            if time.monotonic() - begun > PATIENCE:
                raise SystemExit(f"bench: the rollout does not end: {dict(found.stages)}")
            time.sleep(LOOK)
        cpu = spent()
    ended, began = found.ended_at or of.now(), found.started_at
    assert began is not None
    assert row.forecast is not None
    assert row.forecast.takes is not None
    stages = {stage.value: count for stage, count in found.stages.items()}
    reasons = _noted(of, row)
    wall = time.monotonic() - begun
    return Run(found.state, found.why, stages, reasons, row.forecast.takes, ended - began, cpu, wall)


def abort(of: Ground, rollout_id: UUID) -> None:
    """Have a rollout end that is paused."""
    with tenant_session(of.stores, of.principal) as session:
        rollouts.abort(session, Author("bench", of.now()), rollouts.one(session, rollout_id))


def read(of: Ground, rollout_id: UUID) -> Row:
    """Read how a rollout stands."""
    with tenant_session(of.stores, of.principal) as session:
        return rollouts.one(session, rollout_id)


def _noted(of: Ground, row: Row) -> dict[str, int]:
    """Remember what devices run by now; tells why some did not come through, most often first."""
    with tenant_session(of.stores, of.principal) as session:
        found = rollouts.standings(session, row.id)
    of.runs.update({one.member.device_id: one.member.hops[-1] for one in found if one.unit.hop})
    why = Counter(one.unit.reason or "" for one in found if one.unit.stage in BAD)
    return dict(why.most_common(MOST_REASONS))


@contextmanager
def _job(of: Ground, rollout_id: UUID) -> Iterator[Callable[[], float]]:
    """Run the job until left; yields what tells the CPU seconds that it has taken."""
    command = [sys.executable, "-m", "jobs.rollout", str(rollout_id)]
    environment = settings.environment(of.bed.state.path)
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            yield lambda: kernel.cpu(process.pid)
        finally:
            process.terminate()


def _candidate(of: Ground, one: DeviceId, entry: Any) -> Candidate:
    return Candidate(
        id=one,
        name=str(entry["identity"]),
        site=str(entry["site"]),
        model=str(entry["persona"]),
        architecture=ARCHITECTURE,
        version=of.runs.get(one, str(entry["version"])),
        serial=str(entry["serial"]),
        backup_at=of.now(),
        parents=frozenset(),
    )
