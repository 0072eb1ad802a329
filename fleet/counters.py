"""Increase and rate of counters: a reset gives nothing, never a spike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fleet.families import Family, Kind, Sample, Value

MAX_COUNT = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Reading:
    """What a device's counters stood at: when (seconds of any steady clock), at what uptime, by labels."""

    at: float
    uptime_seconds: float
    counts: Mapping[tuple[str, ...], Mapping[str, Value]]


def reading(family: Family, samples: tuple[Sample, ...], at: float, uptime_seconds: float) -> Reading:
    """Keep of ``samples`` what the next poll needs to tell increases."""
    names = [f.name for f in family.fields if f.kind is Kind.COUNTER]
    return Reading(at, uptime_seconds, {s.labels: {n: s.values.get(n) for n in names} for s in samples})


def row(family: Family, sample: Sample, now: Reading, before: Reading | None) -> tuple[Value, ...]:
    """Lay a sample out in the order of the family's columns, with increase and rate beside each counter.

    They are None at the first poll, after a reboot (the uptime did not grow by the time that passed), after a
    reset (the count fell) and for an instance that was not there before.
    """
    earlier = _comparable(sample, now, before)
    span = now.at - before.at if before else 0.0
    out: list[Value] = []
    for declared in family.fields:
        value = sample.values.get(declared.name)
        if declared.kind is not Kind.COUNTER:
            out.append(value)
            continue
        count = None if value is None or not 0 <= value <= MAX_COUNT else int(value)
        grown = increase(earlier.get(declared.name), count)
        out += [count, grown, grown / span if grown is not None and span > 0 else None]
    return tuple(out)


def increase(before: Value, now: Value) -> int | None:
    """Tell how much a count grew, or None where it fell or one of the two is missing."""
    if before is None or now is None or now < before:
        return None
    return int(now) - int(before)


def rebooted(before: Reading, now: Reading) -> bool:
    """Tell whether the device restarted in between: its uptime is shorter than the time that passed allows.

    A tenth of the span and two seconds are allowed for a device's slow clock and a late reply.
    """
    span = now.at - before.at
    return now.uptime_seconds < before.uptime_seconds + span * 0.9 - 2.0


def _comparable(sample: Sample, now: Reading, before: Reading | None) -> Mapping[str, Value]:
    if before is None or now.at <= before.at or rebooted(before, now):
        return {}
    return before.counts.get(sample.labels, {})
