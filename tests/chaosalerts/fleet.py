"""A fleet of three levels, and what befalls it: cuts, flapping, planned work, load, and polls that fail once.

All follows from a seed. What befalls devices is laid under different gateways, or hours apart, so that it is known
which alerts must come of it (``Mishap.fires``).
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from fleet.identity import DeviceId
from fleet.spans import Span, within

BEGIN: Final = datetime(2026, 1, 5, tzinfo=UTC)
DOWN, BUSY = "device down", "CPU busy"
EARLY: Final = timedelta(minutes=6)
"""How long before its begin work is planned to begin: longer than any step in which time passes here."""

LAG: Final = timedelta(minutes=30)
"""How long after its end something may still be heard of a mishap: the longest back-off, and a damped end."""


class Kind(StrEnum):
    """What may befall a device."""

    CUT = "cut"
    FLAP = "flap"
    WORK = "work"
    OVERRUN = "overrun"
    BUSY = "busy"
    BLIP = "blip"


@dataclass(frozen=True, slots=True)
class Mishap:
    """What befalls one device: when it (and all behind it) is not reached, or busy, and what was planned."""

    kind: Kind
    place: int
    away: tuple[Span, ...] = ()
    busy: tuple[Span, ...] = ()
    planned: tuple[Span, ...] = ()

    @property
    def fires(self) -> str | None:
        """Tell which rule fires for this device, once, whoever is polled first."""
        match self.kind:
            case Kind.CUT | Kind.OVERRUN | Kind.FLAP:
                return DOWN
            case Kind.BUSY:
                return BUSY
        return None


@dataclass(frozen=True, slots=True)
class Wish:
    """How large a history is: devices, hours, how often each is polled, and how long it is calm between mishaps."""

    devices: int
    span: timedelta
    interval: timedelta = timedelta(minutes=1)
    seed: int = 1
    order: int = 1
    """What the order of the polls is drawn from; all else is from ``seed``."""
    rest: timedelta = timedelta(minutes=70)
    """Within an hour something that begins again would be counted as flapping."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """Devices by their places: gateways first, then what is behind them, then what is behind that."""

    wish: Wish
    ids: Sequence[DeviceId]
    mishaps: Sequence[Mishap] = field(default_factory=tuple)

    @property
    def gateways(self) -> int:
        return max(3, self.wish.devices // 50)

    def parent(self, place: int) -> int | None:
        """Tell over which place one is reached; of each gateway a third of what is near is far, through another."""
        gates = self.gateways
        middle = gates * (4 if self.wish.devices >= 100 else 2)
        if place < gates:
            return None
        return place % gates if place < gates + middle else gates + place % middle

    def above(self, place: int) -> Iterator[int]:
        """Yield a place and all over which it is reached."""
        here: int | None = place
        while here is not None:
            yield here
            here = self.parent(here)

    @property
    def parents(self) -> dict[DeviceId, frozenset[DeviceId]]:
        found = {place: self.parent(place) for place in range(len(self.ids))}
        return {self.ids[one]: frozenset({self.ids[up]}) for one, up in found.items() if up is not None}

    @property
    def windows(self) -> dict[DeviceId, tuple[Span, ...]]:
        """Tell the times of maintenance of devices."""
        found: dict[DeviceId, tuple[Span, ...]] = {}
        for mishap in self.mishaps:
            if mishap.planned:
                mine = self.ids[mishap.place]
                found[mine] = tuple(sorted((*found.get(mine, ()), *mishap.planned)))
        return found

    def near(self, now: datetime) -> dict[DeviceId, tuple[Span, ...]]:
        """Tell the times of maintenance of about ``now``, as the store tells them."""
        hour = timedelta(hours=1)
        cut = {one: tuple(within(spans, now - hour, now + hour)) for one, spans in self.windows.items()}
        return {one: spans for one, spans in cut.items() if spans}


def fleet(wish: Wish, ids: Sequence[DeviceId] = ()) -> Fleet:
    """Make a fleet with all that befalls it."""
    named = ids or [DeviceId(UUID(int=1000 + n)) for n in range(wish.devices)]
    bare = Fleet(wish, named)
    luck = random.Random(f"mishaps {wish.seed}")
    return Fleet(wish, named, tuple(_befallen(bare, luck)))


def _befallen(bare: Fleet, luck: random.Random) -> Iterator[Mishap]:
    """Let mishaps follow one another under each gateway, the kinds in turn so that none is missed."""
    wish, kinds = bare.wish, luck.sample(list(Kind), len(Kind))
    for gate in range(bare.gateways):
        below = [one for one in range(wish.devices) if gate in bare.above(one)]
        now, turn = BEGIN + wish.interval * (5 + luck.random() * 10), gate * 2
        while True:
            kind = kinds[turn % len(kinds)]
            place = _struck(bare, kind, gate, below, luck)
            made = _mishap(kind, place, now, wish.interval, luck)
            last = max(end for _, end in (*made.away, *made.busy, *made.planned))
            now, turn = last + wish.rest + wish.interval * (4 + luck.random() * 4), turn + 1
            if now >= BEGIN + wish.span:
                break
            yield made


def _struck(bare: Fleet, kind: Kind, gate: int, below: Sequence[int], luck: random.Random) -> int:
    """Choose a device: cuts and work strike where something is behind, the rest anywhere."""
    inner = {up for one in below for up in bare.above(one) if up != one}
    return luck.choice(below if kind in (Kind.BUSY, Kind.BLIP, Kind.FLAP) else sorted(inner))


def _mishap(kind: Kind, place: int, at: datetime, every: timedelta, luck: random.Random) -> Mishap:
    """Say what happens from an instant on; spans are drawn in polls."""
    long = every * (4 + luck.random() * 20)
    match kind:
        case Kind.CUT:
            return Mishap(kind, place, away=((at, at + long),))
        case Kind.FLAP:
            period, away = every * 6, every * 3
            times = [at + period * turn for turn in range(6 + luck.randrange(6))]
            return Mishap(kind, place, away=tuple((one, one + away) for one in times))
        case Kind.WORK:
            calm = every * 3 + timedelta(minutes=16)
            return Mishap(kind, place, away=((at, at + long),), planned=((at - EARLY, at + long + calm),))
        case Kind.OVERRUN:
            return Mishap(kind, place, away=((at, at + long + LAG),), planned=((at - EARLY, at + long),))
        case Kind.BUSY:
            return Mishap(kind, place, busy=((at, at + long + timedelta(minutes=15)),))
    return Mishap(kind, place, away=((at, at + every * 0.8),))
