"""Which rows answer a question about a range: raw ones or roll-ups, in which steps, piece by piece. Pure.

The finest resolution that is cheap to read is taken, else the coarsest that fits the step. What a roll-up cannot give
(the part of a bucket at either end, and what is not rolled up yet) comes from finer rows where those are kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from db.ranges import LONGEST, MOST, Range
from fleet.errors import BadInput
from fleet.resolutions import Resolution

CHEAP = 10_000
"""Rows of one label that are read for the sake of fineness; a day of one device that is polled every ten seconds."""

DEAR = 2_000_000
"""Rows that are read where only single values do: for a percentile."""

POLL = timedelta(seconds=10)
"""How close raw rows are thought to lie when their number is guessed."""

SINGLE = timedelta(minutes=1)
"""The same, where many are allowed: how often devices are polled unless they say so."""

FINEST = timedelta(seconds=1)
"""The shortest step that may be asked for."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What a resolution holds: rows from ``since`` on, and all of them up to ``until``."""

    since: datetime
    until: datetime


Held = Mapping[Resolution, Kept]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: a range in steps of ``step``, or in at most ``points`` of them (1: the range as a whole).

    ``devices`` is how many are read, ``singly`` says that sums and extremes do not do. ``most`` bounds the steps;
    None is for who reads them piece by piece.
    """

    range: Range
    points: int = 300
    step: timedelta | None = None
    devices: int = 1
    singly: bool = False
    most: int | None = MOST


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the range and the rows that it is read from."""

    resolution: Resolution
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Plan:
    """The pieces in the order of time, the steps from ``origin`` on, and the coarsest resolution that is read."""

    resolution: Resolution
    pieces: tuple[Piece, ...]
    origin: datetime
    step: timedelta

    @property
    def start(self) -> datetime:
        """Where what is read begins: before the range where only a coarser bucket is kept."""
        return self.pieces[0].start

    @property
    def end(self) -> datetime:
        """Where it ends."""
        return self.pieces[-1].end

    @property
    def single(self) -> bool:
        """Tell whether one step holds everything."""
        return self.origin + self.step >= self.end


def everything(now: datetime, start: datetime) -> Held:
    """Say that all is held from ``start`` on, rolled up as far as it can be."""
    return {resolution: Kept(start, resolution.settled(now)) for resolution in Resolution}


def raw_only(wish: Wish) -> bool:
    """Tell whether the steps are too short for any roll-up. Raises BadInput as ``choose`` does."""
    return _step(wish) < min(resolution.span for resolution in Resolution if resolution.span)


def choose(wish: Wish, held: Held) -> Plan:
    """Decide what is read. Raises BadInput for a step that is too fine, or finer than what is kept of that time."""
    wanted = _step(wish)
    reaching = _reaching(wish.range, held)
    fitting = [resolution for resolution in reaching if _fits(wish, wanted, resolution)]
    if not fitting and wish.step is not None:
        raise BadInput(
            f"Of that time no steps of {words(wanted)} are kept.", f"Ask for steps of {reaching[0]} or a multiple."
        )
    chosen = _affordable(wish, fitting) if fitting else reaching[0]
    pieces = tuple(_pieces(chosen, wish.range.start, wish.range.end, held))
    return _stepped(wish, wanted, chosen, pieces)


def alike(wish: Wish, earlier: Range, held: Held) -> tuple[Plan, Plan]:
    """Decide what is read for a range and for an earlier one of its length, both in the same steps."""
    before = replace(wish, range=earlier)
    plans = choose(wish, held), choose(before, held)
    if wish.points == 1 and wish.step is None:
        return plans
    step = max(FINEST, *(plan.step for plan in plans))
    coarse = max((plan.resolution for plan in plans), key=lambda resolution: resolution.span)
    step = _multiple(step, coarse)
    return choose(replace(wish, step=step), held), choose(replace(before, step=step), held)


def words(span: timedelta) -> str:
    """Write a span as it is asked for: 90s, 5m, 2h."""
    seconds = span.total_seconds()
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= length and seconds % length == 0:
            return f"{seconds / length:g}{unit}"
    return f"{seconds:g}s"


def _step(wish: Wish) -> timedelta:
    """Tell the step that was asked for, before it is fitted to buckets."""
    if wish.step is None:
        return wish.range.length if wish.points == 1 else wish.range.step(wish.points)
    if not FINEST <= wish.step <= LONGEST:
        fault = "fine" if wish.step < FINEST else "long"
        raise BadInput(f"A step of {words(wish.step)} is too {fault}.", f"Ask for steps of 1s to {LONGEST.days}d.")
    if wish.most is not None and -(-wish.range.length // wish.step) > wish.most:
        least = words(timedelta(seconds=-(-wish.range.length // timedelta(seconds=wish.most))))
        raise BadInput(
            f"The range has more than {wish.most} steps of {words(wish.step)}.",
            f"Ask for steps of {least} or longer, or for a shorter range.",
        )
    return wish.step


def _reaching(spanned: Range, held: Held) -> list[Resolution]:
    """Tell the resolutions that hold the range from its beginning, or from as early on as any does; finest first."""
    first = max(spanned.start, min(kept.since for kept in held.values()))
    return [resolution for resolution in Resolution if resolution in held and held[resolution].since <= first]


def _affordable(wish: Wish, fitting: Sequence[Resolution]) -> Resolution:
    """Take the finest that costs little; else the coarsest, or the finest roll-up where single values are wanted."""
    if wish.singly:
        return next((r for r in fitting if _rows(wish, r, SINGLE) <= DEAR), fitting[-1])
    return next((r for r in fitting if _rows(wish, r, POLL) <= CHEAP), fitting[-1])


def _rows(wish: Wish, resolution: Resolution, poll: timedelta) -> float:
    return wish.devices * (wish.range.length / (resolution.span or poll))


def _fits(wish: Wish, wanted: timedelta, resolution: Resolution) -> bool:
    """Tell whether steps can be put together from buckets; a step that was named is kept to the second."""
    span = resolution.span
    return not span or (span <= wanted and (wish.step is None or not wanted % span))


def _pieces(resolution: Resolution, start: datetime, end: datetime, held: Held) -> list[Piece]:
    """Cover a range: whole buckets in the middle, finer rows at the ends where they are held."""
    if resolution is Resolution.RAW:
        return [Piece(resolution, start, end)]
    finer = _finer(resolution)
    begin, until = resolution.bucket(start), min(resolution.bucket(end), held[resolution].until)
    if begin < start and held[finer].since <= start:
        begin += resolution.span
    if until < end and held[finer].since > until:
        until = _ceiling(resolution, end)
    if until <= begin:
        return _pieces(finer, start, end, held)
    head = _pieces(finer, start, begin, held) if start < begin else []
    tail = _pieces(finer, until, end, held) if until < end else []
    return [*head, Piece(resolution, begin, until), *tail]


def _finer(resolution: Resolution) -> Resolution:
    return max((other for other in Resolution if other.span < resolution.span), key=lambda other: other.span)


def _stepped(wish: Wish, wanted: timedelta, chosen: Resolution, pieces: tuple[Piece, ...]) -> Plan:
    """Lay the steps out: on the buckets' grid, each of whole buckets, and no more of them than asked for."""
    start, end = pieces[0].start, pieces[-1].end
    read = max((piece.resolution for piece in pieces), key=lambda resolution: resolution.span)
    if wish.points == 1 and wish.step is None:
        return Plan(read, pieces, start, end - start)
    if not chosen.span:
        return Plan(read, pieces, start, wanted)
    origin, step = chosen.bucket(start), _multiple(wanted, chosen)
    while wish.step is None and -(-(end - origin) // step) > wish.points:
        step += chosen.span
    return Plan(read, pieces, origin, step)


def _multiple(step: timedelta, resolution: Resolution) -> timedelta:
    """Round a step up to whole buckets."""
    span = resolution.span
    return -(-step // span) * span if span else step


def _ceiling(resolution: Resolution, at: datetime) -> datetime:
    floor = resolution.bucket(at)
    return floor if floor == at else floor + resolution.span
