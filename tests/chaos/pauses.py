"""What the answers of a fleet tell of a pause: its length, what was missed, how even the return was. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

from fleet import partition
from fleet.identity import DeviceId
from tests.chaos.books import Answer

SLICES = 10


@dataclass(frozen=True, slots=True)
class Return:
    """How devices came back, in seconds after a blow: the first of them and the last, each after its longest pause.

    ``herd`` is the largest share of them that came back within a tenth of an interval.
    """

    first: float
    all: float
    herd: float


def returned(answers: Iterable[Answer], devices: Collection[UUID], at: datetime, interval: timedelta) -> Return:
    """Tell when devices were polled again that were struck at an instant; each has been by now."""
    ends = [_longest(times, at)[1] for times in _around(answers, devices, at - 2 * interval).values()]
    times = sorted((end - at).total_seconds() for end in ends)
    return Return(round(times[0], 2), round(times[-1], 2), _herd(times, interval))


def steady(answers: Iterable[Answer], devices: Collection[UUID], since: datetime) -> bool:
    """Tell whether each of the devices has been polled three times since an instant."""
    lately = _around(answers, devices, since)
    return len(lately) == len(devices) and all(len(times) >= 3 for times in lately.values())


def _around(answers: Iterable[Answer], devices: Collection[UUID], since: datetime) -> dict[UUID, list[datetime]]:
    found: dict[UUID, list[datetime]] = defaultdict(list)
    for answer in answers:
        if answer.at > since and answer.device in devices:
            found[answer.device].append(answer.at)
    return {device: sorted(times) for device, times in found.items()}


def _longest(times: Sequence[datetime], at: datetime) -> tuple[datetime, datetime]:
    """Find the longest pause of a device that was not over before an instant."""
    return max((pair for pair in pairwise(times) if pair[1] > at), key=lambda pair: pair[1] - pair[0])


def _herd(times: Sequence[float], interval: timedelta) -> float:
    width = interval.total_seconds() / SLICES
    most = end = 0
    for start, time in enumerate(times):
        while end < len(times) and times[end] <= time + width:
            end += 1
        most = max(most, end - start)
    return round(most / len(times), 3)


def missed(answers: Iterable[Answer], start: datetime, end: datetime, interval: timedelta) -> int:
    """Count the polls that were due and did not come, by the pauses between the answers of each device."""
    times: dict[UUID, list[datetime]] = defaultdict(list)
    for answer in answers:
        if start - interval <= answer.at <= end + interval:
            times[answer.device].append(answer.at)
    return sum(
        max(0, round((after - before) / interval) - 1)
        for one in times.values()
        for before, after in pairwise(sorted(one))
        if after > start and before < end
    )


def lateness(answers: Iterable[Answer], start: datetime, end: datetime, interval: timedelta) -> float | None:
    """Tell by how many seconds 99 of 100 answers came at most after they were due, by the grid of each device."""
    late = sorted(_late(answer, interval.total_seconds()) for answer in answers if start <= answer.at <= end)
    return round(late[min(len(late) - 1, int(0.99 * len(late)))], 3) if late else None


def _late(answer: Answer, interval: float) -> float:
    phase = partition.spread(DeviceId(answer.device)) * interval
    return (answer.at.timestamp() - phase) % interval


def rate(answers: Iterable[Answer], start: datetime, end: datetime) -> float:
    """Tell how many polls a second were answered."""
    return round(sum(start <= answer.at < end for answer in answers) / max(0.001, (end - start).total_seconds()), 1)
