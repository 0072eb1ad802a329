"""A world in which a rollout goes on: devices of a topology, owners that do as they like, and a watchful referee."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

from fleet.device import State
from fleet.identity import DeviceId
from fleet.rollouts import (
    Ask,
    Limits,
    Plan,
    Result,
    Rollout,
    RolloutState,
    Stage,
    Step,
    Terms,
    Told,
    Unit,
    Verdict,
    advance,
    unit,
)
from fleet.rollouts.candidate import Candidate
from fleet.rollouts.planning import Fleet, make
from fleet.rollouts.states import ENDED
from fleet.strategies import canary
from fleet.strategy import Strategy

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
TICK = timedelta(seconds=30)
BACKUP = NOON - timedelta(hours=1)


def device(number: int) -> DeviceId:
    return DeviceId(UUID(int=number + 1))


def candidate(number: int, *, over: Sequence[int] = (), **more: object) -> Candidate:
    facts: dict[str, object] = {
        "name": f"r{number:03}",
        "site": f"s{number % 3}",
        "model": "hAP",
        "architecture": "arm64",
        "version": "7.16",
        "serial": f"SN{number}",
        "state": State.UP,
        "backup_at": BACKUP,
        "parents": frozenset(device(one) for one in over),
        **more,
    }
    return Candidate(id=device(number), **facts)  # type: ignore[arg-type]


def terms(**more: object) -> Terms:
    facts: dict[str, object] = {"target": "7.24.4", "strategy": "canary", "expires_at": NOON + timedelta(hours=12)}
    return Terms(**{**facts, **more})  # type: ignore[arg-type]


def way(_: Candidate) -> tuple[str, ...]:
    return ("7.24.4",)


def planned(
    *candidates: Candidate,
    strategy: Strategy = canary.strategy,
    of: Terms | None = None,
    pairs: tuple[frozenset[DeviceId], ...] = (),
    over: Callable[[Candidate], Sequence[str]] = way,
) -> Plan:
    links = {one.id: one.parents for one in candidates}
    return make(Fleet(candidates, links, pairs), of or terms(), strategy, over, NOON)


def units(plan: Plan) -> list[Unit]:
    """The devices of a plan as they are when it is started."""
    return [one.unit() for one in plan.members]


Fate = Callable[[Unit, Step], Told]


def well(_: Unit, __: Step) -> Told:
    return Told(Result.DONE, verdict=Verdict.PASS)


@dataclass
class World:
    """A rollout under way. ``fate`` says how a step of a device ends, ``dice`` what happens when."""

    plan: Plan
    fate: Fate = well
    dice: Random = field(default_factory=lambda: Random(0))
    now: datetime = NOON
    state: RolloutState = RolloutState.RUNNING
    why: str | None = None
    forgiven: datetime | None = None
    restarts: Counter[tuple[DeviceId, int, int, Step]] = field(default_factory=Counter)
    order: list[DeviceId] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.units = {one.device_id: one for one in units(self.plan)}
        self.ground = self.plan.ground

    @property
    def rollout(self) -> Rollout:
        return Rollout(self.state, self.plan.terms, self.ground, self.plan.proving, self.forgiven)

    def decide(self) -> None:
        """Ask what comes next and do it; asked again at once, nothing more is to be done."""
        for _ in range(2):
            found = advance(self.rollout, list(self.units.values()), self.now)
            for act in found.acts:
                now = self.units[act.device_id]
                if isinstance(act, Ask):
                    assert now.step is None, "two steps are asked at once"
                    self.units[act.device_id] = unit.ask(now, act.step)
                else:
                    self.units[act.device_id] = unit.close(now, act.stage, act.reason, self.now)
            if found.state is not None:
                self.state, self.why = found.state, found.why
            self.referee()
        assert not advance(self.rollout, list(self.units.values()), self.now).acts

    def work(self, chance: float = 1.0) -> None:
        """Let owners go on with what they were asked, each as the dice fall."""
        for one in list(self.units.values()):
            if one.step is not None and self.dice.random() < chance:
                self.units[one.device_id] = self._worked(one, one.step)
                self.referee()

    def _worked(self, one: Unit, step: Step) -> Unit:
        following = {
            Stage.INSTALLING: Stage.REBOOTING,
            Stage.ROUTERBOOT: Stage.REBOOTING,
            Stage.REBOOTING: Stage.VERIFYING,
        }
        begins = unit.BEGINS.get(step)
        if one.stage in (Stage.PENDING, Stage.WAITING, Stage.STAGED) and begins and one.stage is not begins:
            told = self.fate(one, step)
            if told.result in (Result.AWAY, Result.REFUSED):
                return unit.end(one, step, told, self.now)
            return unit.begin(one, step, self.now)
        if one.stage in following:
            if one.stage is not Stage.REBOOTING:
                self.restarts[one.device_id, one.hop, one.attempt, step] += 1
                self.order.append(one.device_id)
            return unit.enter(one, following[one.stage], self.now)
        return unit.end(one, step, self.fate(one, step), self.now)

    def referee(self) -> None:
        """Look whether any rule is broken at this moment."""
        disturbed = [one for one in self.units.values() if one.begun]
        ids = {one.device_id for one in disturbed}
        limits = self.plan.terms.limits
        for parent in (True, False):
            sites = Counter(one.site for one in disturbed if one.parent is parent)
            assert max(sites.values(), default=0) <= (limits.parents if parent else limits.leaves)
        for pair in self.ground.apart:
            assert len(pair & ids) < 2, "a redundant pair is disturbed together"
        # A child that a person lets begin anew while its parent is under way waits for it.
        behind = [one for one in self.units.values() if not one.stage.over and (one.attempt == 1 or one.step)]
        open_ones = {one.device_id for one in behind}
        assert not ids & self.ground.upstream(open_ones), "a parent goes before its children"
        assert all(count == 1 for count in self.restarts.values()), "a device was restarted twice for a stage"

    def run(self, chance: float = 1.0, most: int = 5000) -> World:
        """Go on until the rollout pauses or has ended."""
        for _ in range(most):
            self.decide()
            if self.state in ENDED or self.state is RolloutState.PAUSED:
                return self
            self.work(chance)
            self.now += TICK
        raise AssertionError(f"it does not end: {Counter(one.stage for one in self.units.values())}")

    def resume(self) -> World:
        self.state, self.forgiven = RolloutState.RUNNING, self.now
        return self

    def stages(self) -> Counter[Stage]:
        return Counter(one.stage for one in self.units.values())

    def change(self, number: int, **facts: object) -> None:
        one = self.units[device(number)]
        self.units[one.device_id] = replace(one, **facts)  # type: ignore[arg-type]


QUICK = Limits(canary_soak=timedelta(minutes=2), soak=timedelta(minutes=1))
