"""How far a rollout is, wave by wave, and until when a wave has to stay well. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from fleet.rollouts.ground import Ground
from fleet.rollouts.pausing import Watch
from fleet.rollouts.plan import Member
from fleet.rollouts.states import BAD, Stage, Verdict
from fleet.rollouts.turn import soaked, wave
from fleet.rollouts.unit import Unit


@dataclass(frozen=True, slots=True)
class Wave:
    """A wave: how many devices it has, how many of them are over, and how.

    ``well_until`` is when those that came through will have been well for as long as asked; None before any has.
    ``canary``: some of them have to prove their kind.
    """

    number: int
    size: int
    over: int
    bad: int
    unclear: int
    skipped: int
    canary: bool
    well_until: datetime | None


@dataclass(frozen=True, slots=True)
class Course:
    """The waves of a rollout, and which of them may begin."""

    waves: tuple[Wave, ...]
    current: int


def course(members: Iterable[Member], units: Sequence[Unit], watch: Watch, now: datetime) -> Course:
    """Tell how far a rollout is."""
    ground = Ground.of({member.device_id: member.above for member in members}, ())
    parts: dict[int, list[Unit]] = {}
    for unit in units:
        parts.setdefault(unit.wave, []).append(unit)
    waves = tuple(_wave(number, parts[number], watch) for number in sorted(parts))
    return Course(waves, wave(units, ground, watch, now))


def _wave(number: int, units: Sequence[Unit], watch: Watch) -> Wave:
    return Wave(
        number=number,
        size=len(units),
        over=sum(unit.stage.over for unit in units),
        bad=sum(unit.stage in BAD for unit in units),
        unclear=sum(unit.verdict is Verdict.INCONCLUSIVE for unit in units),
        skipped=sum(unit.stage is Stage.SKIPPED for unit in units),
        canary=any(unit.canary for unit in units),
        well_until=soaked(units, watch),
    )
