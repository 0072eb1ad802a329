"""A campaign: one change that is pushed to many devices in waves, with the rule that stops it."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid5

from fleet.errors import BadInput
from fleet.identity import DeviceId
from fleet.rollouts.ground import Ground

WAVES: Final = ("1", "5%", "25%", "rest")
"""One canary, then a twentieth of all devices, a quarter, and the rest."""

MOST_WAVES: Final = 20
MOST_DEVICES: Final = 10_000

_SIZE: Final = re.compile(r"([1-9][0-9]{0,4})(%?)\Z")


class CampaignState(StrEnum):
    """Where a campaign stands.

    ``paused``: by a person, or as who began it may not push any more. ``stopped``: by its rule, or an error.
    """

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    DONE = "done"
    ABORTED = "aborted"


LIVE: Final = frozenset({CampaignState.RUNNING, CampaignState.PAUSED, CampaignState.STOPPED})
"""The states from which it may go on."""


class MemberState(StrEnum):
    """Where a device of a campaign stands.

    ``unchanged``: it is as wished already. ``refused``: nothing could be planned for it, or it needs an override.
    ``missed``: it was not up when its turn came, and was not reached.
    """

    WAITING = "waiting"
    ASKED = "asked"
    DONE = "done"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    MISSED = "missed"
    FAILED = "failed"
    UNCONFIRMED = "unconfirmed"
    LOST = "lost"
    CANCELLED = "cancelled"


OPEN: Final = frozenset({MemberState.WAITING, MemberState.ASKED})
ALARMING: Final = frozenset({MemberState.UNCONFIRMED, MemberState.LOST})
"""Nobody knows what such a device holds: one is enough to stop."""

BAD: Final = ALARMING | {MemberState.FAILED}
TRIED: Final = BAD | {MemberState.DONE}
"""What says something of the change: it was pushed there, well or not."""

AGAIN: Final = BAD | {MemberState.REFUSED, MemberState.MISSED, MemberState.CANCELLED}
"""What is tried again where a person asks for that."""


class CampaignSource(StrEnum):
    """What a campaign pushes."""

    COMMANDS = "commands"
    SECTION = "section"
    TEMPLATE = "template"
    DRIFT = "drift"


@dataclass(frozen=True, slots=True)
class Rules:
    """How a campaign goes on, and when it stops.

    ``soak`` lies between the end of a wave and the next. It stops once ``least`` devices have failed that are
    ``share`` of those that were tried, or more. ``per_site`` devices of one site are under way at once, and
    ``at_once`` of all; those of no site count as one.
    """

    soak: timedelta = timedelta(minutes=5)
    share: float = 0.02
    least: int = 2
    per_site: int = 5
    at_once: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A device of a campaign. ``place`` orders them, ``parent`` is the device through which it is reached.

    ``silent``: it was changed well, and does not answer any more. ``forgiven``: a person has seen that it failed, and
    let the campaign go on.
    """

    device_id: DeviceId
    wave: int
    place: int
    state: MemberState = MemberState.WAITING
    site: UUID | None = None
    parent: DeviceId | None = None
    ended_at: datetime | None = None
    silent: bool = False
    forgiven: bool = False

    @property
    def bad(self) -> bool:
        """Whether it speaks against the change."""
        return self.state in BAD or (self.silent and self.state is MemberState.DONE)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A device that is chosen for a campaign. ``up``: it answers now."""

    device_id: DeviceId
    name: str
    site: UUID | None
    up: bool


def ancestors(device_id: DeviceId, parents: Mapping[DeviceId, DeviceId]) -> set[DeviceId]:
    """Tell through which devices one is reached; in a circle itself is among them."""
    found: set[DeviceId] = set()
    while (parent := parents.get(device_id)) is not None and parent not in found:
        found.add(parent)
        device_id = parent
    return found


def order(
    chosen: Sequence[Candidate], parents: Mapping[DeviceId, DeviceId], canaries: Sequence[DeviceId] = ()
) -> list[Candidate]:
    """Put devices in their order: canaries first, then what answers, children before parents, sites in turn."""
    first = {device_id: place for place, device_id in enumerate(canaries)}
    behind = Ground.of(
        {one.device_id: {parents[one.device_id]} if one.device_id in parents else () for one in chosen}
    ).heights()
    turns: Counter[UUID | None] = Counter()
    ranked = []
    for one in sorted(chosen, key=lambda one: (behind[one.device_id], not one.up, one.name)):
        turns[one.site] += 1
        canary = first.get(one.device_id, len(first))
        ranked.append(((canary, not one.up, behind[one.device_id], turns[one.site], one.name), one))
    return [one for _, one in sorted(ranked, key=lambda pair: pair[0])]


def sizes(waves: Sequence[str], total: int, canaries: int = 0) -> list[int]:
    """Tell how many devices each wave has: a number, a share of all, or the rest, which is always the last.

    Canaries that were named are the first wave. Raises BadInput for what is no size.
    """
    found: list[int] = [canaries] if canaries else []
    left = total - canaries
    for text in waves[1:] if canaries else waves:
        wanted = min(_size(text, total), left)
        if wanted:
            found.append(wanted)
        left -= wanted
    if len(waves) > MOST_WAVES:
        raise BadInput(f"These are {len(waves)} waves.", f"Name at most {MOST_WAVES}.")
    return [*found, left] if left else found


def _size(text: str, total: int) -> int:
    if text == "rest":
        return total
    read = _SIZE.match(text)
    if read is None or (read[2] and int(read[1]) > 100):
        raise BadInput(f"{text!r} is no size of a wave.", "Write a number, a share such as 5%, or rest.")
    return max(1, math.ceil(total * int(read[1]) / 100)) if read[2] else int(read[1])


def cut(count: Sequence[int]) -> list[int]:
    """Tell of each device in its order which wave it is in."""
    return [wave for wave, size in enumerate(count) for _ in range(size)]


def wave_id(campaign_id: UUID, wave: int) -> UUID:
    """Name a wave, so that its pushes can be told from others."""
    return uuid5(campaign_id, str(wave))
