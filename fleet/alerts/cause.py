"""Whether an alert may stand for itself: not in maintenance, and not where a parent explains it. Pure.

The order in which devices are polled makes no difference: a device that fails first waits until its parent was asked
after that, and one whose parent has come back until it was asked itself after that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from fleet.device import STALE_AFTER, State
from fleet.identity import DeviceId

GRACE: Final = timedelta(seconds=30)
"""How much longer than STALE_AFTER of its intervals a parent is waited for."""


class Gate(StrEnum):
    """What becomes of an alert whose condition has held."""

    OPEN = "open"
    WAIT = "wait"
    SUPPRESSED = "suppressed"
    MAINTENANCE = "maintenance"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A gate, and the device that explains the alert where it is suppressed, or may where it waits."""

    gate: Gate
    cause: DeviceId | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """What is known of a device: its state, when it last answered, since when it does, whether the last poll failed.

    ``rested`` is when its last time of maintenance ended, and ``working`` says that it is in one. ``stored`` is of
    when the store knew this, for as long as nothing was heard since: it may be ahead of what is judged.
    """

    state: State | None = None
    answered: datetime | None = None
    back: datetime | None = None
    failing: bool = False
    interval: timedelta = timedelta(seconds=60)
    working: bool = False
    rested: datetime | None = None
    stored: datetime | None = None

    @property
    def gone(self) -> bool:
        """Tell whether it explains that nothing behind it is reached."""
        return self.working or self.state in (State.DOWN, State.MAINTENANCE)


@dataclass(frozen=True, slots=True)
class Claim:
    """An alert that wants to stand: of which device, since when, by evidence of which instant, looked at now.

    ``reachable`` says that it is about the device being there, which parents can explain. ``listened`` is since when
    parents would have been heard: what they said before, somebody else knew.
    """

    device_id: DeviceId
    since: datetime
    seen: datetime
    now: datetime
    reachable: bool
    listened: datetime | None = None


def judge(
    claim: Claim, healths: Mapping[DeviceId, Health], parents: Mapping[DeviceId, frozenset[DeviceId]]
) -> Verdict:
    """Tell what becomes of an alert."""
    own = healths.get(claim.device_id, Health())
    if own.working:
        return Verdict(Gate.MAINTENANCE)
    if own.rested is not None and claim.seen < own.rested and claim.now - own.rested < _patience(own):
        return Verdict(Gate.WAIT)
    above = parents.get(claim.device_id, frozenset()) - {claim.device_id} if claim.reachable else ()
    found = [_parent(claim, healths.get(one, Health())) for one in sorted(above)]
    if not found or Gate.OPEN in found:
        return Verdict(Gate.OPEN)
    if Gate.WAIT in found:
        return Verdict(Gate.WAIT, next((one for one in sorted(above) if _doubtful(claim, healths.get(one))), None))
    highest = root(min(above), healths, parents)
    if highest == claim.device_id:
        return Verdict(Gate.OPEN)
    return Verdict(Gate.SUPPRESSED, highest)


def root(
    device_id: DeviceId, healths: Mapping[DeviceId, Health], parents: Mapping[DeviceId, frozenset[DeviceId]]
) -> DeviceId:
    """Climb from a device that is gone to the first one that no parent explains.

    Of a ring, in which each explains the next, one device stands for all.
    """
    passed: list[DeviceId] = []
    while device_id not in passed:
        passed.append(device_id)
        above = parents.get(device_id, frozenset()) - {device_id}
        if not above or not all(healths.get(one, Health()).gone for one in above):
            return device_id
        device_id = min(above)
    return min(passed[passed.index(device_id) :])


def _parent(claim: Claim, parent: Health) -> Gate:
    """Tell what one parent means for a claim: SUPPRESSED where it explains it, WAIT where that is not known yet."""
    if parent.stored is not None and parent.stored > claim.now and not parent.working:
        # The store knows what will have become of it; what it was just now is still to be heard.
        return Gate.WAIT
    if parent.gone:
        return Gate.SUPPRESSED
    if parent.answered is None and not parent.failing:
        return Gate.OPEN
    if parent.back is not None and claim.seen <= parent.back:
        # What was seen before the parent came back says nothing of now; a device is asked again within its back-off.
        return Gate.WAIT
    answered = parent.answered or claim.since
    if answered > claim.since and not parent.failing:
        return Gate.OPEN
    waited = claim.now - max(claim.since, answered, claim.listened or claim.since)
    return Gate.WAIT if waited < _patience(parent) else Gate.OPEN


def _doubtful(claim: Claim, parent: Health | None) -> bool:
    """Tell whether a parent fails, or was away when the claim was seen: only what is seen later proves anything."""
    return parent is not None and (parent.failing or (parent.back is not None and claim.seen <= parent.back))


def _patience(health: Health) -> timedelta:
    return STALE_AFTER * health.interval + GRACE
