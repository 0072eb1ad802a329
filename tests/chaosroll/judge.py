"""What a run came to: who was restarted twice, who before its children, who has no end, and whose end is not true."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from db.rollouts import Standing
from fleet.rollouts import RolloutState, Stage
from fleet.rollouts.deciding import ABORTED, UNBOOTED
from fleet.rollouts.states import ENDED
from fleet.rollouts.unit import CLEANED, LEFT
from routeros.simulator.parts.boot import Restart
from tests.chaosroll.fleet import MISHAPS, WELL, Mishap, below

LOOPS = MISHAPS["reboot-loop"]


@dataclass(frozen=True, slots=True)
class Seen:
    """What a router says of itself at the end: what it runs, its boot firmware, its package files and its restarts.

    ``board``: it has boot firmware at all.
    """

    runs: str
    boot: str
    board: bool
    files: Sequence[str]
    restarts: Sequence[Restart]


@dataclass(frozen=True, slots=True)
class Case:
    """A rollout that is to be judged: to which version, what befell whom, what is written and seen of each router.

    ``aborted``: a person may have cut it short.
    """

    target: str
    mishaps: Mapping[int, Mishap]
    standings: Mapping[int, Standing]
    routers: Mapping[int, Seen]
    aborted: bool = False


@dataclass
class Verdict:
    """How a run ended, and what was wrong, each in a line."""

    state: RolloutState
    ends: Counter[str]
    double_reboots: list[str] = field(default_factory=list)
    parent_before_child: list[str] = field(default_factory=list)
    unresolved: list[str] = field(default_factory=list)
    untrue_reasons: list[str] = field(default_factory=list)
    known: list[tuple[str, int]] = field(default_factory=list)
    entries: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    struck: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def wrong(self) -> list[str]:
        return [*self.double_reboots, *self.parent_before_child, *self.unresolved, *self.untrue_reasons]


def judged(case: Case, state: RolloutState) -> Verdict:
    """Judge a run by what the routers saw and are, and by what is written of them."""
    found = Verdict(state, Counter(one.unit.stage.value for one in case.standings.values()))
    found.double_reboots = list(_doubled(case))
    found.parent_before_child = list(_early(case))
    if state not in ENDED:
        found.unresolved.append(f"the rollout is {state}")
    for place, one in case.standings.items():
        if not one.unit.stage.over:
            found.unresolved.append(f"{place} is {one.unit.stage} ({one.unit.step})")
        elif why := _untrue(case, place, one):
            said = f"{one.unit.stage}: {one.unit.reason}"
            found.untrue_reasons.append(f"{place} {case.mishaps.get(place, WELL).name}: {why}; {said}")
    return found


def _doubled(case: Case) -> Iterator[str]:
    """Tell who was restarted twice for one stage; one that restarts by itself does not count."""
    for place, router in case.routers.items():
        counts = Counter((one.runs, one.flashed) for one in router.restarts)
        for (runs, flashed), count in counts.items():
            if count > 1 and case.mishaps.get(place) is not LOOPS:
                yield f"{place} was restarted {count} times with {runs} {flashed}"


def _early(case: Case) -> Iterator[str]:
    """Tell which router was restarted before one that is reached over it, or while that was under way."""
    times = {place: [one.at for one in router.restarts] for place, router in case.routers.items() if router.restarts}
    last = {place: max(those) for place, those in times.items() if case.mishaps.get(place) is not LOOPS}
    for place, at in ((place, min(those)) for place, those in times.items()):
        for child in below(place):
            ended = case.standings[child].unit.ended_at
            if child in last and last[child] > at:
                yield f"{place} was restarted before {child}, which is behind it"
            elif ended is None or ended > at:
                yield f"{place} was restarted while {child} behind it was not at its end"


def _untrue(case: Case, place: int, one: Standing) -> str:
    """Tell what is not true of how a device ended; empty where all is."""
    mishap = case.mishaps.get(place, WELL)
    stage, reason = one.unit.stage, one.unit.reason or ""
    if why := _unlike(case.routers[place], one, case.target):
        return why
    if case.aborted and _cut_short(stage, reason):
        return ""
    if mishap.passes and stage is Stage.DONE:
        return ""
    if stage is not mishap.end or mishap.says not in reason:
        return f"{mishap.end} was to come, with {mishap.says!r}"
    return ""


def _cut_short(stage: Stage, reason: str) -> bool:
    """Tell whether a person's abort is how it ended."""
    if stage is Stage.FAILED:
        return reason in (CLEANED, LEFT) or "a version on its way" in reason
    return (stage is Stage.SKIPPED and reason in (ABORTED, CLEANED, LEFT)) or reason == UNBOOTED


def _unlike(router: Seen, one: Standing, target: str) -> str:
    """Tell in what a router is not what is written of it."""
    stage = one.unit.stage
    if stage is Stage.DONE and router.runs != target:
        return f"it runs {router.runs}"
    if stage is Stage.DONE and router.board and router.boot != target and one.unit.reason != UNBOOTED:
        return f"its boot firmware is {router.boot}"
    if stage is Stage.SKIPPED and (router.runs != one.member.version or router.restarts):
        return f"it runs {router.runs}, was restarted: {bool(router.restarts)}"
    left = [name for name in router.files if not name.startswith("zerotier")]
    if stage in (Stage.SKIPPED, Stage.DONE) and left and one.unit.reason != LEFT:
        return f"packages lie on it: {', '.join(left)}"
    return ""
