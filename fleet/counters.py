"""Increase and rate of counters: a reset gives nothing, never a spike."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import repeat
from typing import TypeAlias

from fleet.families import Family, Sample, Value

MAX_COUNT = 2**63 - 1
UNKNOWN = -1

Rows: TypeAlias = tuple[tuple[Value, ...], ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a device's counters stood at: when (seconds of any steady clock), at what uptime, by labels.

    ``counts`` are those of the first labels, then those of the next, 8 bytes each: what is kept of thousands of
    devices is cold when its turn comes, so that its size is time.
    """

    at: float
    uptime_seconds: float
    labels: tuple[tuple[str, ...], ...] = ()
    counts: array[int] = field(default_factory=partial(array, "q"))


def rows(
    family: Family, samples: Sequence[Sample], at: float, uptime: float, before: Reading | None
) -> tuple[Rows, Reading]:
    """Lay samples out in the order of the family's columns, with increase and rate beside each counter.

    They are None at the first poll, after a reboot (the uptime did not grow by the time that passed), after a
    reset (the count fell) and for an instance that was not there before. Returned is also what the next poll needs.
    """
    counting = family.counting
    width = sum([counts for _, counts in counting])
    if not width:
        return tuple([tuple([s.values.get(name) for name, _ in counting]) for s in samples]), Reading(at, uptime)
    now = Reading(at, uptime, tuple([sample.labels for sample in samples]))
    earlier: Iterable[Sequence[int]] = repeat((UNKNOWN,) * width)
    span = 0.0
    if before is not None and at > before.at and not rebooted(before, now):
        earlier, span = _earlier(before, now.labels, width), at - before.at
    pairs = zip(samples, earlier, strict=False)
    return tuple([_row(counting, sample.values, was, span, now.counts) for sample, was in pairs]), now


def rebooted(before: Reading, now: Reading) -> bool:
    """Tell whether the device restarted in between: its uptime is shorter than the time that passed allows.

    A tenth of the span and two seconds are allowed for a device's slow clock and a late reply.
    """
    span = now.at - before.at
    return now.uptime_seconds < before.uptime_seconds + span * 0.9 - 2.0


def _earlier(before: Reading, labels: tuple[tuple[str, ...], ...], width: int) -> Iterator[Sequence[int]]:
    """Yield what the counters of each labels stood at."""
    counts = before.counts
    if labels == before.labels:
        return (counts[place : place + width] for place in range(0, len(counts), width))
    places = {of: place * width for place, of in enumerate(before.labels)}
    nothing = (UNKNOWN,) * width
    return (counts[place : place + width] if (place := places.get(of, -1)) >= 0 else nothing for of in labels)


def _row(
    fields: Iterable[tuple[str, bool]], values: Mapping[str, Value], was: Sequence[int], span: float, kept: array[int]
) -> tuple[Value, ...]:
    """Lay out one instance's values; its counts are kept."""
    out: list[Value] = []
    earlier = iter(was)
    for name, counts in fields:
        value = values.get(name)
        if not counts:
            out.append(value)
            continue
        before = next(earlier)
        if value is None or not 0 <= value <= MAX_COUNT:
            out += _UNKNOWN
            kept.append(UNKNOWN)
            continue
        count = int(value)
        kept.append(count)
        if before < 0 or count < before:
            out += (count, None, None)
        else:
            grown = count - before
            out += (count, grown, grown / span)
    return tuple(out)


_UNKNOWN = (None, None, None)
