"""What a device measures: pure functions of a key and the time, for one instant or an array of them.

Times are seconds since 1970. Every function takes an array of times of one dimension, T long, and answers an
array whose last axis is T. A counter is the closed integral of a rate with a daily rhythm and noise, so that it
never falls and that the past needs no walking through.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from routeros.simulator.device.noise import Floats, Keys, key, keys, spread, uniform, wander

DAY = 86_400.0
WEEK = 7 * DAY
SINCE = 1_700_000_000.0
"""Counters count from here, which keeps their integrals below 2**53 and so exact."""

_SCALES = np.array([15.0, 240.0, 2400.0, 21_600.0])[:, None, None]
_WEIGHTS = _SCALES * np.array([0.3, 0.15, 0.1, 0.08])[:, None, None]
"""Noise of a rate, relative to it, by the seconds for which a level holds.

Together below 1, by so much that the rate stays positive while the rhythm carries the noise down with it.
"""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The shape of the days at one site: around 1, never 0, highest at ``peak`` seconds after midnight UTC."""

    peak: float
    daily: float = 0.7
    second: float = 0.2
    weekly: float = 0.1

    def level(self, at: Floats) -> Floats:
        """Tell how busy the site is; 1 is the mean."""
        day, week = 2 * np.pi * (at - self.peak) / DAY, 2 * np.pi * (at - self._midweek) / WEEK
        level: Floats = 1 + self.daily * np.cos(day) + self.second * np.cos(2 * day) + self.weekly * np.cos(week)
        return level

    def integral(self, at: Floats) -> Floats:
        """Tell the seconds since SINCE, each weighed by its level (up to a constant)."""
        day, week = 2 * np.pi * (at - self.peak) / DAY, 2 * np.pi * (at - self._midweek) / WEEK
        daily = DAY / (2 * np.pi) * (self.daily * np.sin(day) + self.second / 2 * np.sin(2 * day))
        total: Floats = (at - SINCE) + daily + WEEK / (2 * np.pi) * self.weekly * np.sin(week)
        return total

    @property
    def _midweek(self) -> float:
        # 1970 began on a Thursday: the week's peak is Wednesday, its trough the night to Sunday.
        return self.peak - DAY


class Counters:
    """A set of counters that grow by ``rates`` on average; noise differs from one to the next."""

    def __init__(self, source: Keys, rates: Floats, rhythm: Rhythm) -> None:
        octaves = np.arange(1, 1 + len(_SCALES), dtype=np.uint64)
        self._source = octaves[:, None, None] + source[:, None]
        self._rates, self._rhythm = rates[:, None], rhythm

    def at(self, times: Floats) -> Floats:
        """Tell the counts since SINCE, one row for each counter."""
        walks = wander(self._source, times / _SCALES)
        noise = (walks * _WEIGHTS).sum(axis=0)
        counts: Floats = self._rates * (self._rhythm.integral(times) + self._rhythm.level(times) * noise)
        return counts


class Returning:
    """Things that each happen once in every window of time, at a place in it that the key decides."""

    def __init__(self, source: Keys, windows: Floats) -> None:
        self._source, self._windows = source[:, None], windows[:, None]

    def last(self, times: Floats) -> Floats:
        """Tell when each happened last, at or before each time; one row for each thing."""
        index = np.floor(times / self._windows)
        here = self._moment(index)
        moment: Floats = np.where(here <= times, here, self._moment(index - 1))
        return moment

    def next(self, time: float) -> Floats:
        """Tell when each happens next, after one time."""
        index = np.floor(np.array([time]) / self._windows)
        here = self._moment(index)
        moment: Floats = np.where(here > time, here, self._moment(index + 1))[:, 0]
        return moment

    def count(self, times: Floats) -> Floats:
        """Tell how often each happened, up to a constant."""
        index = np.floor(times / self._windows)
        total: Floats = index + (self._moment(index) <= times)
        return total

    def _moment(self, index: Floats) -> Floats:
        return np.floor((index + uniform(self._source, index)) * self._windows)


class Incidents:
    """Stretches of trouble, at most one a day: ``chance`` of it on a day, from 15 minutes to two hours long."""

    def __init__(self, root: int, chance: float) -> None:
        self._source, self._chance = keys(root, 3)[:, None], chance

    def level(self, times: Floats) -> Floats:
        """Tell how much of it there is, from 0 to 1, rising and falling within two minutes."""
        day = np.floor(times / DAY)
        here, when, length = uniform(self._source, day)
        into = times - (day + 0.9 * when) * DAY
        ramp: Floats = np.clip(np.minimum(into, 900 + 6300 * length - into) / 120, 0, 1) * (here < self._chance)
        return ramp


class Gauges:
    """Levels that follow the site's rhythm by ``swings`` and wander by ``wobbles`` around ``bases``."""

    def __init__(self, root: int, bases: Floats, swings: Floats, wobbles: Floats) -> None:
        self._source = keys(root, 2 * len(bases)).reshape(2, len(bases), 1)
        self._bases, self._swings, self._wobbles = bases[:, None], swings[:, None], wobbles[:, None]

    def at(self, times: Floats, level: Floats) -> Floats:
        """Tell each level at each time, where the rhythm's ``level`` is known; one row for each gauge."""
        fast, slow = wander(self._source, times / _DRIFTS)
        value: Floats = self._bases + self._swings * (level - 1) + self._wobbles * (1.2 * fast + 0.8 * slow)
        return value


_DRIFTS = np.array([17.0, 610.0])[:, None, None]


class Stations:
    """The clients of one radio: slots that are taken for some hours at a time, more of them at busy hours."""

    def __init__(self, root: int, slots: int, rhythm: Rhythm, demand: float) -> None:
        self.root, self.slots = root, slots
        self._rhythm, self._demand = rhythm, demand
        self._visits = keys(key(root, "visits"), 3 * slots).reshape(3, slots, 1)
        self._noise = keys(key(root, "noise"), 5 * slots).reshape(5, slots, 1)
        self._middle = spread(key(root, "signal"), slots, -82.0, -46.0)[:, None]
        self._windows = spread(key(root, "windows"), slots, 2 * 3600.0, 9 * 3600.0)[:, None]

    def since(self, times: Floats) -> Floats:
        """Tell since when each slot is taken, NaN where it is free; one row for each slot."""
        index = np.floor(times / self._windows)
        taken, early, length = uniform(self._visits, index)
        start = (index + 0.4 * early) * self._windows
        end = start + (0.2 + 0.4 * length) * self._windows
        busy = self._demand * self._rhythm.level((index + 0.5) * self._windows) > taken
        joined: Floats = np.where(busy & (start <= times) & (times < end), np.floor(start), np.nan)
        return joined

    def air(self, times: Floats) -> tuple[Floats, Floats]:
        """Tell each slot's signal in whole dBm, and three more things in the air between -0.5 and 0.5."""
        near, far, *others = wander(self._noise, times / _AIRS)
        return np.round(self._middle + 5 * near + 8 * far), np.stack(others)


_AIRS = np.array([23.0, 900.0, 31.0, 31.0, 31.0])[:, None, None]
