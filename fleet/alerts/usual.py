"""What is usual of a device at an hour of the week, and how far a value is from it. Pure."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Final, TypeAlias

from fleet.alerts.rule import Condition, Measure, Operator
from fleet.identity import DeviceId

WEEKS: Final = 4
"""How many weeks are looked back at."""

LEAST: Final = 2
"""So many of them must tell of an hour of the week."""

FLOOR: Final = 0.05
"""A spread is this share of what is usual at the least: what never moved is not unusual by a hair."""

MOST: Final = 500_000
"""Instances of which it is remembered what is usual, over all columns and both hours."""

HOUR: Final = timedelta(hours=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

Column: TypeAlias = tuple[str, str]
"""A family and a field of it."""


@dataclass(frozen=True, slots=True)
class Usual:
    """The middle of what is usual, and how far to either side is usual, too."""

    middle: float
    spread: float


def of(means: Sequence[float], swings: Sequence[float]) -> Usual | None:
    """Tell what is usual by the means of one hour in several weeks; None where too few weeks tell.

    ``swings`` are half of what lay between the least and the most of each hour: single values spread wider than
    means.
    """
    if len(means) < LEAST:
        return None
    middle = median(means)
    apart = median(abs(one - middle) for one in means)
    return Usual(middle, max(apart, median(swings), FLOOR * abs(middle)))


def distance(condition: Condition, value: float, usual: Usual | None) -> float | None:
    """Tell how far a value is from what is usual, to the side that the condition names; None where nothing is known.

    In spreads it is negative on the other side; as a factor it is below one there.
    """
    if usual is None:
        return None
    below = condition.operator is Operator.BELOW
    if condition.measure is Measure.SPREADS:
        if usual.spread <= 0:
            return None
        return (usual.middle - value if below else value - usual.middle) / usual.spread
    if usual.middle <= 0 or value < 0:
        return None
    if below:
        return usual.middle / value if value else float(MOST)
    return value / usual.middle


def hour(at: datetime) -> int:
    """Number the hour in which an instant lies."""
    return (at - _EPOCH) // HOUR


def begin(number: int) -> datetime:
    """Tell when an hour of a number begins."""
    return _EPOCH + number * HOUR


@dataclass(slots=True)
class _Page:
    """What is usual of one column in one hour: the place of each instance, and two numbers there."""

    places: dict[tuple[DeviceId, str], int] = field(default_factory=dict)
    numbers: array[float] = field(default_factory=lambda: array("f"))


@dataclass(slots=True)
class Usuals:
    """What is usual in this hour and the next; it forgets what is over, and takes no more than MOST instances."""

    _pages: dict[tuple[int, Column], _Page] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many instances are remembered."""
        return sum(len(page.places) for page in self._pages.values())

    def put(self, number: int, column: Column, found: Iterable[tuple[DeviceId, str, Usual]]) -> None:
        """Take in what is usual of instances of a column in an hour."""
        page, room = self._pages.setdefault((number, column), _Page()), MOST - self.count
        for device_id, key, usual in found:
            place = page.places.get((device_id, key))
            if place is not None:
                page.numbers[place], page.numbers[place + 1] = usual.middle, usual.spread
            elif room > 0:
                room -= 1
                page.places[device_id, key] = len(page.numbers)
                page.numbers.extend((usual.middle, usual.spread))

    def look(self, at: datetime, column: Column, device_id: DeviceId, key: str) -> Usual | None:
        """Tell what is usual of an instance at an instant; None where that is not known."""
        page = self._pages.get((hour(at), column))
        place = None if page is None else page.places.get((device_id, key))
        return None if page is None or place is None else Usual(page.numbers[place], page.numbers[place + 1])

    def forget(self, before: int) -> None:
        """Forget the hours before one of a number."""
        for place in [place for place in self._pages if place[0] < before]:
            del self._pages[place]
