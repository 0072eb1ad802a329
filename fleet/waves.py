"""The course of a campaign, a pure function: which devices have their turn now, whether it stops, whether it is over.

It looks at nothing but where the devices stand, so the order in which that came about does not matter, and whoever
goes on with it decides as the one before would have.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fleet.campaigns import ALARMING, OPEN, TRIED, Member, MemberState, Rules, ancestors
from fleet.identity import DeviceId


@dataclass(frozen=True, slots=True)
class Decision:
    """What is next: devices that begin, or why all stops, or that it is over.

    ``wave`` is the one whose turn it is, and ``soaks_until`` the end of the rest before it, where that lasts.
    """

    begin: tuple[DeviceId, ...] = ()
    stop: str | None = None
    over: bool = False
    wave: int | None = None
    soaks_until: datetime | None = None


def advance(rules: Rules, members: Sequence[Member], now: datetime) -> Decision:
    """Tell what is next of a campaign that runs."""
    left = [one for one in members if one.state in OPEN]
    wave = min((one.wave for one in left), default=None)
    if (why := stopping(rules, members)) is not None:
        return Decision(stop=why, wave=wave)
    if wave is None:
        return Decision(over=True)
    ended = [one.ended_at for one in members if one.wave < wave and one.state in TRIED and one.ended_at]
    if ended and now < (until := max(ended) + rules.soak):
        return Decision(wave=wave, soaks_until=until)
    return Decision(_begin(rules, members, wave), wave=wave)


def stopping(rules: Rules, members: Sequence[Member]) -> str | None:
    """Tell why a campaign must stop; None where nothing speaks against it."""
    bad = [one for one in members if one.bad and not one.forgiven]
    if not bad:
        return None
    alarming = sum(one.state in ALARMING for one in bad)
    if alarming:
        return f"Nobody knows what {alarming} of its devices hold now: look at them."
    if any(one.wave == 0 for one in bad):
        return "A device of the first wave failed."
    if not _proven(members):
        return "The first device that was tried failed."
    tried = sum(one.state in TRIED for one in members)
    if len(bad) >= rules.least and len(bad) >= rules.share * tried:
        return f"{len(bad)} of the {tried} devices that were tried failed."
    return None


def _proven(members: Sequence[Member]) -> bool:
    """Tell whether the change went well anywhere; before, no more are under way than the first wave has."""
    return any(one.state is MemberState.DONE and not one.silent for one in members)


def _begin(rules: Rules, members: Sequence[Member], wave: int) -> tuple[DeviceId, ...]:
    """Choose who has his turn, as far as there is room."""
    parents = {one.device_id: one.parent for one in members if one.parent is not None}
    above = {one.device_id: ancestors(one.device_id, parents) - {one.device_id} for one in members}
    waiting = sorted(
        (one for one in members if one.wave == wave and one.state is MemberState.WAITING), key=lambda one: one.place
    )
    under_way = [one for one in members if one.state is MemberState.ASKED]
    room = rules.at_once
    if not _proven(members):
        room = min(room, max(1, sum(one.wave == 0 for one in members)))
    floor = _Floor(rules, above, set().union(*above.values()), under_way)
    # A parent waits for those behind it that have their turn in this wave.
    held = set().union(*(above[one.device_id] for one in waiting))
    chosen: list[Member] = []
    for one in waiting:
        if len(under_way) + len(chosen) >= room:
            break
        if one.device_id not in held and floor.takes(one, chosen):
            chosen.append(one)
    if not chosen and not under_way and waiting:
        # Where parents go round in a circle, somebody has to begin.
        chosen = waiting[:1]
    return tuple(one.device_id for one in chosen)


@dataclass(frozen=True, slots=True)
class _Floor:
    """What is under way: ``above`` names the devices through which each is reached, ``parents`` all such devices."""

    rules: Rules
    above: dict[DeviceId, set[DeviceId]]
    parents: set[DeviceId]
    under_way: Sequence[Member]

    def takes(self, one: Member, chosen: Sequence[Member]) -> bool:
        """Tell whether a device may begin beside those: no relative, one parent of a site, room at the site."""
        beside = [*self.under_way, *chosen]
        busy: Counter[UUID | None] = Counter(other.site for other in beside)
        if busy[one.site] >= self.rules.per_site:
            return False
        if any(self._related(one.device_id, other.device_id) for other in beside):
            return False
        parent = one.device_id in self.parents
        return not (parent and any(o.device_id in self.parents and o.site == one.site for o in beside))

    def _related(self, one: DeviceId, other: DeviceId) -> bool:
        return other in self.above[one] or one in self.above[other]
