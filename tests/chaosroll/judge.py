"""What a run came to: who was restarted twice, who before its children, who has no end, and whose end is not true."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from db.rollouts import Standing
from fleet.rollouts import RolloutState, Stage
from fleet.rollouts.deciding import ABORTED, UNBOOTED
from fleet.rollouts.states import ENDED
from fleet.rollouts.unit import CLEANED, LEFT
from routeros.simulator.parts.boot import Boot
from routeros.simulator.parts.files import Files
from routeros.simulator.router import Router
from tests.chaosroll.fleet import MISHAPS, TARGET, WELL, below
from tests.chaosroll.world import World

LOOPS = MISHAPS["reboot-loop"]


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


def judged(world: World, state: RolloutState) -> Verdict:
    """Judge a run by what the routers saw and are, and by what is written of them."""
    standings = world.planned.standings()
    lost = world.lost + Counter({"jobs": world.jobs - 1})
    found = Verdict(state, Counter(one.unit.stage.value for one in standings.values()), lost=lost)
    found.known = sorted((name, count) for name, count in world.seen.items() if name)
    found.entries, found.struck = world.seen[""], [str(one) for one in world.struck]
    found.seconds = world.loop.time()
    found.double_reboots = list(_doubled(world))
    found.parent_before_child = list(_early(world))
    if state not in ENDED:
        found.unresolved.append(f"the rollout is {state}")
    for place, one in standings.items():
        if not one.unit.stage.over:
            found.unresolved.append(f"{place} is {one.unit.stage} ({one.unit.step})")
        elif why := _untrue(world, place, one):
            said = f"{one.unit.stage}: {one.unit.reason}"
            found.untrue_reasons.append(f"{place} {world.wish.mishaps.get(place, WELL).name}: {why}; {said}")
    return found


def _doubled(world: World) -> Iterator[str]:
    """Tell who was restarted twice for one stage; one that restarts by itself does not count."""
    counts = Counter((one.place, one.runs, one.flashed) for one in world.restarts)
    for (place, runs, flashed), count in counts.items():
        if count > 1 and world.wish.mishaps.get(place) is not LOOPS:
            yield f"{place} was restarted {count} times with {runs} {flashed}"


def _early(world: World) -> Iterator[str]:
    """Tell which router was restarted before one that is reached over it, or while that was under way."""
    first = {one.place: one.at for one in reversed(world.restarts)}
    last = {one.place: one.at for one in world.restarts if world.wish.mishaps.get(one.place) is not LOOPS}
    standings = world.planned.standings()
    for place, at in first.items():
        for child in below(place):
            ended = standings[child].unit.ended_at
            if child in last and last[child] > at:
                yield f"{place} was restarted before {child}, which is behind it"
            elif ended is None or ended > at:
                yield f"{place} was restarted while {child} behind it was not at its end"


def _untrue(world: World, place: int, one: Standing) -> str:
    """Tell what is not true of how a device ended; empty where all is."""
    router, mishap = world.simulation.router(place), world.wish.mishaps.get(place, WELL)
    assert router is not None
    stage, reason = one.unit.stage, one.unit.reason or ""
    if why := _unlike(router, one, any(restart.place == place for restart in world.restarts)):
        return why
    if world.wish.abort and _cut_short(stage, reason):
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


def _unlike(router: Router, one: Standing, restarted: bool) -> str:
    """Tell in what a router is not what is written of it."""
    runs, stage = str(router.model.version), one.unit.stage
    if stage is Stage.DONE and runs != TARGET:
        return f"it runs {runs}"
    boot = router.part(Boot).firmware
    if stage is Stage.DONE and router.model.persona.board.model and boot != TARGET and one.unit.reason != UNBOOTED:
        return f"its boot firmware is {boot}"
    if stage is Stage.SKIPPED and (runs != one.member.version or restarted):
        return f"it runs {runs}, was restarted: {restarted}"
    left = [name for name in router.part(Files).names() if name.endswith(".npk") and not name.startswith("zerotier")]
    if stage in (Stage.SKIPPED, Stage.DONE) and left and one.unit.reason != LEFT:
        return f"packages lie on it: {', '.join(left)}"
    return ""
