"""Judge what is read by a rule: a fold over readings, so neither batches nor what comes twice make a difference.

A reading that is not newer than the last one changes nothing. A look (``Look``) brings no reading: it lets time pass.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, TypeAlias

from fleet.alerts.rule import Rule, Test
from fleet.device import State

WINDOW: Final = timedelta(hours=1)
FLAPS: Final = 3
DAMPED: Final = timedelta(minutes=10)
"""What has begun FLAPS times within WINDOW flaps: it is over only once it was calm for DAMPED.

A state is over only then from its first time on: whether a device that is back stays, nobody knows before.
"""

MOST_TURNS: Final = 100
MOST_REMEMBERED: Final = 256


class Phase(StrEnum):
    """Where the judgement of one instance stands."""

    CLEAR = "clear"
    PENDING = "pending"
    FIRING = "firing"


class Turn(StrEnum):
    """What becomes of an alert."""

    PENDING = "pending"
    DROPPED = "dropped"
    FIRED = "fired"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read at an instant: a value, the device's state, or None for what is not there (any more)."""

    at: datetime
    value: float | State | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """Nothing new until this instant."""

    at: datetime


Told: TypeAlias = Reading | Look


@dataclass(frozen=True, slots=True)
class Track:
    """All that is remembered of one instance under one rule.

    ``since`` is when the condition began to be met, ``calm`` since when an alert that stands is not met any more,
    ``again`` when it came back from that, ``turns`` when it began within the last hour, ``earlier`` what a rate is
    measured from.
    """

    phase: Phase = Phase.CLEAR
    seen: datetime | None = None
    since: datetime | None = None
    calm: datetime | None = None
    again: datetime | None = None
    value: float | None = None
    version: int = 0
    turns: tuple[datetime, ...] = ()
    earlier: tuple[tuple[datetime, float], ...] = ()

    @property
    def flapping(self) -> bool:
        """Tell whether it comes and goes."""
        return len(self.turns) >= FLAPS


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of an alert: what it became, when, and since when its condition had been met."""

    turn: Turn
    at: datetime
    since: datetime
    value: float | None = None
    turns: int = 0


NEW: Final = Track()


def evaluate(
    rule: Rule, track: Track, told: Iterable[Told], steady: timedelta = DAMPED
) -> tuple[Track, list[Transition]]:
    """Judge what is told, in its order; returns what is to be remembered, and what changed.

    ``steady`` is how long what flaps, or a state, must be calm until it is over, if the rule does not say longer.
    """
    found: list[Transition] = []
    for one in told:
        track = _looked(rule, track, one.at, found) if isinstance(one, Look) else _read(rule, track, one, found)
        if track.calm is not None and one.at - track.calm >= _keep(rule, track, steady):
            track = _over(track, one.at, found)
    return track, found


def due(rule: Rule, track: Track) -> datetime | None:
    """Tell when time alone changes an instance, if nothing is told until then; None for never.

    When a device is missed depends on how often it is polled, too: that is not said here.
    """
    if track.phase is Phase.FIRING:
        return None if track.calm is None else track.calm + _keep(rule, track, DAMPED)
    lasting = rule.condition.test is Test.STATE and track.phase is Phase.PENDING and track.version == rule.version
    return track.since + rule.hold if lasting and track.since is not None else None


def _looked(rule: Rule, track: Track, at: datetime, found: list[Transition]) -> Track:
    """Let time pass: what is known to last goes on, and what is not heard of begins to be absent."""
    if track.seen is None or at <= track.seen:
        return track
    if track.phase is Phase.FIRING:
        return track
    if rule.condition.test is Test.ABSENT and at - track.seen >= rule.hold:
        return _fire(replace(track, since=track.seen, version=rule.version), at, found)
    lasting = rule.condition.test is Test.STATE and track.phase is Phase.PENDING and track.version == rule.version
    return _held(rule, track, at, found) if lasting else track


def _read(rule: Rule, track: Track, reading: Reading, found: list[Transition]) -> Track:
    if track.seen is not None and reading.at <= track.seen:
        return track
    track = replace(track, seen=reading.at)
    if rule.condition.test is Test.ABSENT:
        return track if track.phase is not Phase.FIRING else _over(track, reading.at, found)
    track, value, known = _measured(rule, track, reading)
    if not known:
        return track
    track = replace(track, value=value)
    if track.phase is Phase.FIRING:
        return _standing(rule, track, reading.at)
    if not _met(rule, reading, value):
        return _dropped(rule, track, reading.at, found)
    return _begun(rule, track, reading.at, found)


def _measured(rule: Rule, track: Track, reading: Reading) -> tuple[Track, float | None, bool]:
    """Tell the value to compare; of a rate it is known only once the readings reach far enough back."""
    raw = reading.value
    if isinstance(raw, State):
        return track, float(raw in rule.condition.states), True
    value = None if raw is None or not math.isfinite(raw) else float(raw)
    if rule.condition.test is Test.CHANGES:
        return _changes(rule, track, reading.at, value)
    if rule.condition.test is not Test.RATE or value is None:
        return replace(track, earlier=()) if track.earlier else track, value, True
    at, over = reading.at, timedelta(seconds=rule.condition.over_seconds)
    far = [pair for pair in track.earlier if at - pair[0] >= over]
    near = [pair for pair in track.earlier if at - pair[0] < over]
    kept = (*far[-1:], *near)[-MOST_REMEMBERED:]
    track = replace(track, earlier=(*kept, (at, value)))
    if not far:
        return track, None, False
    then, before = far[-1]
    return track, (value - before) / (at - then).total_seconds(), True


def _changes(rule: Rule, track: Track, at: datetime, value: float | None) -> tuple[Track, float | None, bool]:
    """Count how often a value became another one within the span; one that is not told changes nothing.

    What is remembered is when it became what; what it was at first did not become so within the span.
    """
    if value is None:
        return track, None, True
    over = timedelta(seconds=rule.condition.over_seconds)
    earlier = track.earlier or ((at - over, value),)
    if earlier[-1][1] != value:
        earlier = (*earlier, (at, value))
    kept = (*(pair for pair in earlier[:-1] if at - pair[0] < over), earlier[-1])[-MOST_REMEMBERED:]
    return replace(track, earlier=kept), float(sum(at - pair[0] < over for pair in kept)), True


def _met(rule: Rule, reading: Reading, value: float | None) -> bool:
    if isinstance(reading.value, State):
        return bool(value)
    return value is not None and rule.condition.breached(value)


def _begun(rule: Rule, track: Track, at: datetime, found: list[Transition]) -> Track:
    """Begin, or go on with, what is met; another version of the rule begins anew."""
    if track.phase is Phase.PENDING and track.version == rule.version:
        return _held(rule, track, at, found)
    if track.phase is Phase.PENDING:
        track = _dropped(rule, track, at, found)
    track = replace(track, phase=Phase.PENDING, since=at, version=rule.version)
    found.append(Transition(Turn.PENDING, at, at, track.value))
    return _held(rule, track, at, found)


def _held(rule: Rule, track: Track, at: datetime, found: list[Transition]) -> Track:
    if track.since is None or at - track.since < rule.hold:
        return track
    return _fire(track, at, found)


def _fire(track: Track, at: datetime, found: list[Transition]) -> Track:
    track = replace(track, phase=Phase.FIRING, calm=None, turns=_lately(track, at))
    found.append(Transition(Turn.FIRED, at, track.since or at, track.value, len(track.turns)))
    return track


def _standing(rule: Rule, track: Track, at: datetime) -> Track:
    """Go on with an alert that stands: it lasts, becomes calm, or comes back from calm."""
    track = replace(track, version=rule.version)
    if not lasts(rule, track.value):
        return track if track.calm is not None else replace(track, calm=at)
    return track if track.calm is None else replace(track, calm=None, again=at, turns=_lately(track, at))


def lasts(rule: Rule, value: float | None) -> bool:
    """Tell whether a value lets an alert that stands go on."""
    if rule.condition.test is Test.STATE:
        return bool(value)
    return value is not None and rule.condition.lasts(value)


def _over(track: Track, at: datetime, found: list[Transition]) -> Track:
    found.append(Transition(Turn.RESOLVED, at, track.since or at, track.value, len(track.turns)))
    return replace(track, phase=Phase.CLEAR, since=None, calm=None, again=None)


def _dropped(rule: Rule, track: Track, at: datetime, found: list[Transition]) -> Track:
    if track.phase is Phase.PENDING:
        found.append(Transition(Turn.DROPPED, at, track.since or at, track.value))
    return replace(track, phase=Phase.CLEAR, since=None, version=rule.version)


def _lately(track: Track, at: datetime) -> tuple[datetime, ...]:
    return (*(turn for turn in track.turns if at - turn < WINDOW), at)[-MOST_TURNS:]


def _keep(rule: Rule, track: Track, steady: timedelta) -> timedelta:
    """Tell how long it must be calm; what flaps, or is away, longer than the rule says."""
    damped = track.flapping or rule.condition.test is Test.STATE
    return max(rule.keep, steady) if damped else rule.keep
