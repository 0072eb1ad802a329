"""Increase and rate of counters: a reset gives nothing, never a spike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fleet.families import Family, Sample, Value

MAX_COUNT = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Reading:
    """What a device's counters stood at: when (seconds of any steady clock), at what uptime, by labels."""

    at: float
    uptime_seconds: float
    counts: Mapping[tuple[str, ...], Mapping[str, Value]]


def reading(samples: Iterable[Sample], at: float, uptime_seconds: float) -> Reading:
    """Keep of ``samples`` what the next poll needs to tell increases."""
    return Reading(at, uptime_seconds, {sample.labels: sample.values for sample in samples})


def rows(
    family: Family, samples: Iterable[Sample], now: Reading, before: Reading | None
) -> tuple[tuple[Value, ...], ...]:
    """Lay samples out in the order of the family's columns, with increase and rate beside each counter.

    They are None at the first poll, after a reboot (the uptime did not grow by the time that passed), after a
    reset (the count fell) and for an instance that was not there before.
    """
    known: Mapping[tuple[str, ...], Mapping[str, Value]] = {}
    span = 0.0
    if before is not None and now.at > before.at and not rebooted(before, now):
        known, span = before.counts, now.at - before.at
    return tuple(_row(family.counting, s.values, known.get(s.labels, _NOTHING), span) for s in samples)


def rebooted(before: Reading, now: Reading) -> bool:
    """Tell whether the device restarted in between: its uptime is shorter than the time that passed allows.

    A tenth of the span and two seconds are allowed for a device's slow clock and a late reply.
    """
    span = now.at - before.at
    return now.uptime_seconds < before.uptime_seconds + span * 0.9 - 2.0


def _row(
    fields: Iterable[tuple[str, bool]], values: Mapping[str, Value], earlier: Mapping[str, Value], span: float
) -> tuple[Value, ...]:
    out: list[Value] = []
    for name, counts in fields:
        value = values.get(name)
        if not counts:
            out.append(value)
        elif value is None or not 0 <= value <= MAX_COUNT:
            out += _UNKNOWN
        else:
            count, was = int(value), earlier.get(name)
            if was is None or count < was:
                out += (count, None, None)
            else:
                grown = count - int(was)
                out += (count, grown, grown / span)
    return tuple(out)


_NOTHING: Mapping[str, Value] = {}
_UNKNOWN = (None, None, None)
