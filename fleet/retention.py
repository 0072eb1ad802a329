"""How long rows are kept, by resolution, and when the disk will be full."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise

from fleet.errors import BadInput
from fleet.resolutions import Resolution
from fleet.settings import Settings

DAY = timedelta(days=1)
SHORTEST = DAY
"""Nothing is kept for less: partitions are days."""

FORECAST = timedelta(days=3650)
"""How far a forecast looks; what fits until then fits."""


class Mode(StrEnum):
    """How the metric tables are stored: by PostgreSQL's own partitions, or as TimescaleDB's hypertables."""

    NATIVE = "native"
    TIMESCALE = "timescaledb"


DEFAULTS: Mapping[Mode, Mapping[Resolution, timedelta]] = {
    Mode.NATIVE: {
        Resolution.RAW: 7 * DAY,
        Resolution.FIVE_MINUTES: 30 * DAY,
        Resolution.HOUR: 365 * DAY,
    },
    Mode.TIMESCALE: {
        Resolution.RAW: 30 * DAY,
        Resolution.FIVE_MINUTES: 180 * DAY,
        Resolution.HOUR: 1095 * DAY,
    },
}


class Source(StrEnum):
    """Who says how long rows are kept: the mode, the settings, or somebody by ``flotilla store retention``."""

    DEFAULT = "default"
    SETTING = "setting"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Rule:
    """How long the rows of a resolution are kept, and who says so."""

    resolution: Resolution
    keep: timedelta
    source: Source

    def floor(self, now: datetime) -> datetime:
        """Tell before which instant rows may go: midnight in UTC, or of the hours the first of a month."""
        day = (now - self.keep).astimezone(UTC).date()
        first = day.replace(day=1) if self.resolution is Resolution.HOUR else day
        return datetime.combine(first, time(), UTC)


Rules = Mapping[Resolution, Rule]


@dataclass(frozen=True, slots=True)
class Growth:
    """How much of the disk something takes, how much more every day, and for how many days it goes on growing."""

    size: int
    daily: float
    days: float


def rules(mode: Mode, asked: Settings, told: Mapping[Resolution, timedelta]) -> Rules:
    """Put together what is in force: what was ``told`` by command goes before the settings, these before the mode's.

    Raises BadInput where the finer would be kept longer than what is made of it.
    """
    found = {resolution: _rule(resolution, mode, asked, told) for resolution in Resolution}
    _check(found)
    return found


def days_until_full(growths: Iterable[Growth], room: int) -> float | None:
    """Tell in how many days ``room`` bytes more are taken; None where that is not to be foreseen.

    Each thing grows by the same bytes every day until it is as old as it is kept.
    """
    left, begin = float(room), 0.0
    pending = sorted((growth for growth in growths if growth.daily > 0), key=lambda growth: growth.days)
    if left <= 0:
        return 0.0
    for place, growth in enumerate(pending):
        daily = sum(other.daily for other in pending[place:])
        end = min(growth.days, FORECAST / DAY)
        if daily * (end - begin) >= left:
            return begin + left / daily
        left -= daily * max(0.0, end - begin)
        begin = max(begin, end)
    return None


def _rule(resolution: Resolution, mode: Mode, asked: Settings, told: Mapping[Resolution, timedelta]) -> Rule:
    if resolution in told:
        return Rule(resolution, told[resolution], Source.COMMAND)
    keep: timedelta | None = getattr(asked, f"keep_{resolution}")
    if keep is not None:
        return Rule(resolution, keep, Source.SETTING)
    return Rule(resolution, DEFAULTS[mode][resolution], Source.DEFAULT)


def _check(found: Rules) -> None:
    for rule in found.values():
        if rule.keep < SHORTEST:
            raise BadInput(
                f"Rows of {rule.resolution} would be kept for {_days(rule)}.", "Keep them for 1d or longer."
            )
    order = [found[resolution] for resolution in Resolution]
    for finer, coarser in pairwise(order):
        if finer.keep > coarser.keep:
            raise BadInput(
                f"Rows of {finer.resolution} would be kept for {_days(finer)}, longer than the {_days(coarser)} of "
                f"{coarser.resolution}, which is made of them.",
                f"Keep {coarser.resolution} at least as long as {finer.resolution}.",
            )


def _days(rule: Rule) -> str:
    return f"{rule.keep / DAY:g}d"
