"""Increase and rate of counters: a reset gives nothing, never a spike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from fleet.families import Family, Kind, Sample, Value

MAX_COUNT = 2**63 - 1

Counts = tuple[Value, ...]
"""What the counters of one instance stood at, in the order of the family; None for one that makes no sense."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a device's counters stood at: when (seconds of any steady clock), at what uptime, by labels."""

    at: float
    uptime_seconds: float
    counts: Mapping[tuple[str, ...], Counts]


class Layout:
    """Lays samples of a family out as rows. It stands in the way of every poll, and is made once for each family."""

    def __init__(self, family: Family) -> None:
        self.columns = tuple(column.name for column in family.columns)
        self._fields = tuple((field.name, field.kind is Kind.COUNTER) for field in family.fields)
        self._counters = tuple(name for name, counts in self._fields if counts)
        self._none: Counts = (None,) * len(self._counters)

    def reading(self, samples: Sequence[Sample], at: float, uptime_seconds: float) -> Reading:
        """Keep of ``samples`` what the next poll needs to tell increases."""
        return Reading(at, uptime_seconds, {sample.labels: self._counts(sample) for sample in samples})

    def rows(self, samples: Sequence[Sample], now: Reading, before: Reading | None) -> tuple[tuple[Value, ...], ...]:
        """Lay samples out in the order of the family's columns, with increase and rate beside each counter.

        They are None at the first poll, after a reboot (the uptime did not grow by the time that passed), after a
        reset (the count fell) and for an instance that was not there before. ``now`` is the samples' own reading.
        """
        if not self._counters:
            return tuple([tuple([sample.values.get(name) for name, _ in self._fields]) for sample in samples])
        earlier: Mapping[tuple[str, ...], Counts] = {}
        if before is not None and now.at > before.at and not rebooted(before, now):
            earlier = before.counts
        span = now.at - before.at if before else 0.0
        none = self._none
        return tuple([self._row(s.values, now.counts[s.labels], earlier.get(s.labels, none), span) for s in samples])

    def _row(self, values: Mapping[str, Value], counts: Counts, earlier: Counts, span: float) -> tuple[Value, ...]:
        out: list[Value] = []
        place = 0
        for name, counter in self._fields:
            if not counter:
                out.append(values.get(name))
                continue
            count, was = counts[place], earlier[place]
            place += 1
            if count is None or was is None or count < was:
                out += (count, None, None)
            else:
                grown = count - was
                out += (count, grown, grown / span)
        return tuple(out)

    def _counts(self, sample: Sample) -> Counts:
        values = sample.values
        counts = [values.get(name) for name in self._counters]
        return tuple([None if n is None or not 0 <= n <= MAX_COUNT else int(n) for n in counts])


@lru_cache(maxsize=256)
def layout(family: Family) -> Layout:
    """Give the one layout of a family."""
    return Layout(family)


def rebooted(before: Reading, now: Reading) -> bool:
    """Tell whether the device restarted in between: its uptime is shorter than the time that passed allows.

    A tenth of the span and two seconds are allowed for a device's slow clock and a late reply.
    """
    span = now.at - before.at
    return now.uptime_seconds < before.uptime_seconds + span * 0.9 - 2.0
