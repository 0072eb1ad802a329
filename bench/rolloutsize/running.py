"""Rollouts that run: planned for some devices, started, gone through by the job in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
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
from fleet.rollouts import Limits, RolloutState, Step, Terms, Verdict
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

BRIEF: Final = replace(LIMITS, canary_soak=timedelta(minutes=1), soak=timedelta(minutes=1))
"""The same, with little time to stay well."""


@dataclass(frozen=True, slots=True)
class Wish:
    """To which version devices are brought, and how."""

    target: str
    strategy: str
    limits: Limits


@dataclass(frozen=True, slots=True)
class Run:
    """What became of a rollout: how long it took by the fleet's clock, beside what was foretold.

    ``steps`` tells the same of each step in seconds.
    """

    state: RolloutState
    why: str | None
    stages: dict[str, int]
    reasons: dict[str, int]
    forecast: timedelta
    took: timedelta
    job_cpu_seconds: float
    wall_seconds: float
    steps: dict[str, tuple[float, float]]

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
            "step_seconds_foretold_and_taken": self.steps,
        }


def plan(of: Ground, chosen: Collection[DeviceId], wish: Wish) -> Row:
    """Plan and start a rollout over some devices, with what it is expected to take."""
    now, there, target = of.now(), of.entries(), wish.target
    candidates = [_candidate(of, one, there[one]) for one in sorted(chosen)]
    fleet = Fleet([one for one in candidates if version(one.version) < version(target)], {})
    terms = Terms(target, wish.strategy, now + timedelta(days=30), limits=wish.limits)
    author = Author("bench", now)
    with tenant_session(of.stores, of.principal) as session:
        made = make(fleet, terms, STRATEGIES[wish.strategy], lambda _: (target,), now)
        told = replace(made, forecast=of_plan(made, rolloutpaces.read(session, now), now))
        row = rollouts.one(session, rollouts.create(session, author, of.principal.tenant_id, target, told))
        rollouts.start(session, author, row)
        return row


def run(of: Ground, row: Row, meanwhile: Callable[[], None] = lambda: None) -> Run:
    """Let the job go through it until it is over or pauses; ``meanwhile`` is done while it goes on.

    One that paused is aborted afterwards, so that others may have its devices.
    """
    begun, foretold = time.monotonic(), _pace(of)
    with _job(of, row.id) as spent:
        meanwhile()
        found = _waited(of, row, OVER)
        ended, cpu, wall = found.ended_at or of.now(), spent(), time.monotonic() - begun
        if found.state is RolloutState.PAUSED:
            _abort(of, row.id)
            _waited(of, row, ENDED)
    assert found.started_at is not None
    assert row.forecast is not None
    assert row.forecast.takes is not None
    stages = {stage.value: count for stage, count in found.stages.items()}
    taken = _pace(of, found.started_at)
    steps = {name: (seconds, taken.get(name, 0.0)) for name, seconds in foretold.items()}
    took = ended - found.started_at
    return Run(found.state, found.why, stages, _noted(of, row), row.forecast.takes, took, cpu, wall, steps)


def _waited(of: Ground, row: Row, states: Collection[RolloutState]) -> Row:
    begun = time.monotonic()
    while (found := read(of, row.id)).state not in states:
        if time.monotonic() - begun > PATIENCE:
            raise SystemExit(f"bench: the rollout does not end: {dict(found.stages)}")
        time.sleep(LOOK)
    return found


def _pace(of: Ground, since: datetime | None = None) -> dict[str, float]:
    """Tell what steps take in the mean, as a plan reads it, and how long one waits for its owner."""
    now = of.now()
    with tenant_session(of.stores, of.principal) as session:
        pace = rolloutpaces.read(session, now, since=since)
    steps = {step.value: pace.takes("", step) - pace.gap for step in (Step.STAGE, Step.INSTALL, Step.BOOT)}
    return {name: round(span.total_seconds(), 1) for name, span in {**steps, "gap": pace.gap}.items()}


def _abort(of: Ground, rollout_id: UUID) -> None:
    with tenant_session(of.stores, of.principal) as session:
        rollouts.abort(session, Author("bench", of.now()), rollouts.one(session, rollout_id))


def read(of: Ground, rollout_id: UUID) -> Row:
    """Read how a rollout stands."""
    with tenant_session(of.stores, of.principal) as session:
        return rollouts.one(session, rollout_id)


def _noted(of: Ground, row: Row) -> dict[str, int]:
    """Remember what devices run by now; tells why some did not come through or cannot be told, most often first."""
    with tenant_session(of.stores, of.principal) as session:
        found = rollouts.standings(session, row.id)
    of.runs.update({one.member.device_id: one.member.hops[-1] for one in found if one.unit.hop})
    bad = [one.unit for one in found if one.unit.stage in BAD or one.unit.verdict is Verdict.INCONCLUSIVE]
    why = Counter(one.reason or "" for one in bad)
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
