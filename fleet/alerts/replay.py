"""What a rule would have raised in the past: the judgement of the present, told what was stored. Pure.

Nothing is judged in another way than ``judging.evaluate`` does. Of long series only what may make a difference is
told: where a value begins an alert, and from there on until that is over.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from fleet.alerts.judging import NEW, Look, Phase, Reading, Told, Track, Turn, due, evaluate
from fleet.alerts.rule import MEASURED, Rule
from fleet.spans import Span


@dataclass(frozen=True, slots=True)
class Firing:
    """A time in which an alert would have stood; ``until`` is None where it would stand at the end.

    ``calm`` is since when it was well before that was over.
    """

    at: datetime
    until: datetime | None
    value: float | None
    calm: datetime | None = field(default=None, compare=False)


class Series(Protocol):
    """The readings of one instance in the order of time. Places are counted from 0; the length says: none."""

    def __len__(self) -> int: ...

    def reading(self, place: int) -> Reading:
        """Tell the reading at a place."""
        ...

    def begins(self, place: int) -> int:
        """Tell the next place, from this one on, whose reading may begin an alert."""
        ...

    def ends(self, place: int) -> int:
        """Tell the next place, from this one on, whose reading may end one."""
        ...

    def base(self, place: int) -> int:
        """Tell the place from which on it must be told for the reading at a place to be judged."""
        ...


@dataclass(slots=True)
class Replay:
    """One instance of a rule, told its past."""

    rule: Rule
    track: Track = NEW
    firings: list[Firing] = field(default_factory=list)

    def tell(self, reading: Reading) -> None:
        """Let time pass up to a reading, and judge it."""
        self.lapse(reading.at)
        self.judge(reading)

    def lapse(self, until: datetime) -> None:
        """Let time pass: what changes by that changes at its instant."""
        at = due(self.rule, self.track)
        if at is not None and at < until:
            self.judge(Look(at))

    def follow(self, series: Series) -> None:
        """Judge a series from each reading that may begin an alert until that is over."""
        place = 0
        while (begin := series.begins(place)) < len(series):
            first = max(place, series.base(begin))
            if first > place and self.track.earlier:
                self.track = replace(self.track, earlier=())
            place = self._walk(series, first, begin)

    def _walk(self, series: Series, place: int, begin: int) -> int:
        """Tell readings until the one at ``begin`` has no consequence any more; returns the place behind."""
        single = self.rule.condition.test not in MEASURED
        while place < len(series):
            self.tell(series.reading(place))
            place += 1
            if self.track.phase is Phase.CLEAR and place > begin:
                return place
            if single and self.track.phase is Phase.FIRING and self.track.calm is None:
                place = series.ends(place)
        return place

    def judge(self, told: Told) -> None:
        """Judge one thing, and note what follows."""
        calm = self.track.calm
        self.track, found = evaluate(self.rule, self.track, (told,))
        for one in found:
            if one.turn is Turn.FIRED:
                self.firings.append(Firing(one.at, None, one.value))
            elif one.turn is Turn.RESOLVED and self.firings:
                self.firings[-1] = replace(self.firings[-1], until=one.at, calm=calm or one.at)


def told(rule: Rule, readings: Iterable[Reading], end: datetime) -> list[Firing]:
    """Tell what readings would have raised up to an instant."""
    replay = Replay(rule)
    for reading in readings:
        replay.tell(reading)
    replay.lapse(end)
    return replay.firings


def followed(rule: Rule, series: Series, end: datetime) -> list[Firing]:
    """Tell what a series would have raised up to an instant."""
    replay = Replay(rule)
    replay.follow(series)
    replay.lapse(end)
    return replay.firings


def missed(rule: Rule, silence: Sequence[tuple[datetime, datetime, datetime | None]]) -> list[Firing]:
    """Tell what silences would have raised: of each the last word, when it is missed, and the next word."""
    replay = Replay(rule)
    for last, at, back in silence:
        for one in (Reading(last), Look(at)):
            replay.judge(one)
        if back is not None:
            replay.tell(Reading(back))
    return replay.firings


def outside(firings: Iterable[Firing], planned: Sequence[Span]) -> list[Firing]:
    """Leave out what begins in a time of maintenance, but for what lasts longer: that is raised at its end."""
    kept: list[Firing] = []
    for firing in firings:
        at = next((end for start, end in planned if start <= firing.at < end), firing.at)
        if firing.until is None or (firing.calm or firing.until) > at:
            kept.append(replace(firing, at=at))
    return kept
