"""The books of a run: what was answered, published and stored, held against one another. Pure.

An event is *accepted* when the stream took it and no newer owner's fence stands before it. Every accepted event must
be a row, every row an accepted event, and every answer must have become an event, but for those that were under way
in a poller when that was struck.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID

UNDER_WAY = timedelta(seconds=10)
"""How long before a blow a poll may have been answered and still be under way: a poll's patience, and a little."""

Key: TypeAlias = tuple[UUID, datetime]


@dataclass(frozen=True, slots=True)
class Answer:
    """One poll that the simulator answered in full."""

    device: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Said:
    """One event of a device in the stream: what was measured should become a row, a status says that it was polled.

    ``good`` is a status without an error; of any other nobody knows whether the device had answered.
    """

    sequence: int
    device: UUID
    partition: int
    epoch: int
    at: datetime
    row: bool = True
    good: bool = False

    @property
    def key(self) -> Key:
        return self.device, self.at


@dataclass(frozen=True, slots=True)
class Fenced:
    """The first word of a new owner, at its place in the stream."""

    sequence: int
    epoch: int
    partitions: frozenset[int]


@dataclass(frozen=True, slots=True)
class Blow:
    """A moment in which the poller of some devices was struck, or woke up after others had taken its place."""

    at: datetime
    devices: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Books:
    """All that was written down in a run; ``dropped`` is how many events pollers say they had no room for."""

    answers: Sequence[Answer] = ()
    said: Sequence[Said] = ()
    fences: Sequence[Fenced] = ()
    rows: Sequence[Key] = ()
    blows: Sequence[Blow] = ()
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when the books are looked at: later polls may still be on their way."""

    since: datetime
    until: datetime

    def __contains__(self, at: datetime) -> bool:
        return self.since <= at <= self.until


@dataclass(frozen=True, slots=True)
class Balance:
    """What the books come to. ``answered`` to ``dropped`` are amounts, the rest is 0 when all has arrived once.

    ``fenced`` are events behind a newer owner's fence, ``under_way`` answers whose poller was struck before it could
    pass them on, ``dropped`` those that pollers gave up and counted. ``unheard`` are all other answers without an
    event of what was measured, ``untold`` those without a status, ``lost`` accepted events without a row, ``double``
    rows and accepted events too many, ``trespassed`` rows from behind a fence, ``strange`` rows without an event,
    ``overlapping`` devices with two owners at once, ``unfenced`` events ahead of their own owner's fence.
    """

    answered: int = 0
    published: int = 0
    stored: int = 0
    fenced: int = 0
    under_way: int = 0
    dropped: int = 0
    unheard: int = 0
    untold: int = 0
    lost: int = 0
    double: int = 0
    trespassed: int = 0
    strange: int = 0
    overlapping: int = 0
    unfenced: int = 0

    @property
    def whole(self) -> bool:
        """Tell whether everything has arrived."""
        return not (self.unheard or self.untold or self.lost or self.strange)


def balance(books: Books, span: Span) -> Balance:
    """Hold the books against one another, for what was answered and measured in a span."""
    fences = Fences(books.fences)
    said = [event for event in books.said if event.at in span]
    behind = [event for event in said if fences.behind(event)]
    accepted = [event for event in said if not fences.behind(event)]
    measured = [event for event in accepted if event.row]
    spare, extra = _matched(books.answers, [event for event in books.said if event.row], span)
    silent, _ = _matched(books.answers, [event for event in books.said if event.good], span)
    untold = len(silent) - len(list(_under_way(silent, books)))
    excused = list(_under_way(spare, books))
    rows = Counter(key for key in books.rows if key[1] in span)
    wanted = Counter(event.key for event in measured)
    refused = {event.key for event in behind if event.row} - wanted.keys()
    unheard = len(spare) - len(excused)
    return Balance(
        answered=sum(answer.at in span for answer in books.answers),
        published=sum(event.row for event in said),
        stored=rows.total(),
        fenced=len(behind),
        under_way=len(excused),
        dropped=min(books.dropped, unheard),
        unheard=max(0, unheard - books.dropped),
        # That a poll went as the one before is told by what it measured, and may be dropped with that.
        untold=max(0, untold - books.dropped),
        lost=len(wanted.keys() - rows.keys()),
        double=rows.total() - len(rows) + wanted.total() - len(wanted) + extra,
        trespassed=len(refused & rows.keys()),
        strange=len(rows.keys() - wanted.keys() - refused),
        overlapping=len(_overlapping(accepted)),
        unfenced=sum(map(fences.early, said)),
    )


class Fences:
    """The fences by partition, in the order of the stream."""

    def __init__(self, fences: Iterable[Fenced]) -> None:
        self._of: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for fence in sorted(fences, key=lambda one: one.sequence):
            for partition in fence.partitions:
                self._of[partition].append((fence.sequence, fence.epoch))

    def behind(self, event: Said) -> bool:
        """Tell whether a newer owner's fence stands before an event."""
        return any(seq < event.sequence and epoch > event.epoch for seq, epoch in self._of[event.partition])

    def early(self, event: Said) -> bool:
        """Tell whether an event stands before the fence of its own epoch, or its epoch never had one."""
        if event.epoch == 0:
            return False
        return not any(seq < event.sequence and epoch == event.epoch for seq, epoch in self._of[event.partition])


def _matched(answers: Iterable[Answer], events: Iterable[Said], span: Span) -> tuple[list[Answer], int]:
    """Give each event the last answer before it; return the answers without one, and count such events."""
    answered = _by_device((answer.device, answer.at) for answer in answers)
    said = _by_device((event.device, event.at) for event in events)
    spare: list[Answer] = []
    extra = 0
    for device in answered.keys() | said.keys():
        alone, unasked = _paired(answered.get(device, []), said.get(device, []))
        spare += [Answer(device, at) for at in alone if at in span]
        extra += sum(at in span for at in unasked)
    return spare, extra


def _paired(answers: Sequence[datetime], said: Sequence[datetime]) -> tuple[list[datetime], list[datetime]]:
    """Pair the events of one device with its answers, both in order; return what stays alone of either."""
    unpaired: list[datetime] = []
    unasked: list[datetime] = []
    place = 0
    for at in said:
        while place < len(answers) and answers[place] <= at:
            unpaired.append(answers[place])
            place += 1
        if unpaired:
            unpaired.pop()
        else:
            unasked.append(at)
    return [*unpaired, *answers[place:]], unasked


def _by_device(pairs: Iterable[Key]) -> dict[UUID, list[datetime]]:
    found: dict[UUID, list[datetime]] = defaultdict(list)
    for device, at in pairs:
        found[device].append(at)
    return {device: sorted(times) for device, times in found.items()}


def _under_way(spare: Collection[Answer], books: Books) -> Iterator[Answer]:
    """Yield the answers that a blow excuses: next to it, with none between that was heard."""
    heard = _heard(spare, books.answers)
    for answer in spare:
        blows = (blow for blow in books.blows if answer.device in blow.devices)
        if any(_excused(answer, blow, heard.get(answer.device, ())) for blow in blows):
            yield answer


def _heard(spare: Collection[Answer], answers: Iterable[Answer]) -> Mapping[UUID, list[datetime]]:
    silent = set(spare)
    return _by_device((one.device, one.at) for one in answers if one not in silent)


def _excused(answer: Answer, blow: Blow, heard: Iterable[datetime]) -> bool:
    first, last = sorted((answer.at, blow.at))
    return last - first <= UNDER_WAY and not any(first < at < last for at in heard)


def _overlapping(accepted: Iterable[Said]) -> set[UUID]:
    """Find the devices that an older epoch polled after a newer one had begun."""
    newest: dict[UUID, int] = {}
    found = set()
    for event in sorted(accepted, key=lambda one: one.at):
        if event.epoch < newest.get(event.device, 0):
            found.add(event.device)
        newest[event.device] = max(event.epoch, newest.get(event.device, 0))
    return found
