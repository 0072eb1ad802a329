"""What a device tells of pings, of a way and of its log, as values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from routeros import values

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ping:
    """One that was sent: the time until it came back, or how it ended otherwise."""

    number: int
    host: str
    milliseconds: float | None
    ttl: int | None
    status: str | None


@dataclass(frozen=True, slots=True)
class Pings:
    """What came of all of them. ``loss`` is between 0 and 1; more answers than were sent count as none lost."""

    each: tuple[Ping, ...]
    sent: int
    received: int
    shortest: float | None
    mean: float | None
    longest: float | None

    @property
    def loss(self) -> float:
        return max(0.0, 1 - self.received / self.sent) if self.sent else 0.0


@dataclass(frozen=True, slots=True)
class Hop:
    """A router on the way; without an address it did not answer. Times are in milliseconds."""

    number: int
    address: str | None
    loss: float | None
    last: float | None
    mean: float | None
    best: float | None
    worst: float | None
    status: str | None


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line of the log; the time is as the device writes it, in its own zone."""

    id: str
    time: str
    topics: tuple[str, ...]
    message: str


def pings(rows: Sequence[Mapping[str, str]]) -> Pings:
    """Read what ``/ping`` told; the counts are those of its last row, which speaks of all."""
    each = tuple(_ping(place, row) for place, row in enumerate(rows))
    last = rows[-1] if rows else {}
    times = [one.milliseconds for one in each if one.milliseconds is not None]
    return Pings(
        each,
        _read(int, last.get("sent")) or len(each),
        _read(int, last.get("received")) or len(times) if times else 0,
        min(times, default=None),
        sum(times) / len(times) if times else None,
        max(times, default=None),
    )


def hops(rows: Sequence[Mapping[str, str]]) -> list[Hop]:
    """Read what ``/tool/traceroute`` told."""
    return [
        Hop(
            number,
            row.get("address") or None,
            _share(row.get("loss")),
            _read(float, row.get("last")),
            _read(float, row.get("avg")),
            _read(float, row.get("best")),
            _read(float, row.get("worst")),
            row.get("status") or None,
        )
        for number, row in enumerate(rows, 1)
    ]


def lines(rows: Sequence[Mapping[str, str]]) -> list[LogLine]:
    """Read what ``/log`` told."""
    return [
        LogLine(
            row.get(".id", ""),
            row.get("time", ""),
            tuple(filter(None, row.get("topics", "").split(","))),
            row.get("message", ""),
        )
        for row in rows
    ]


def _ping(place: int, row: Mapping[str, str]) -> Ping:
    spent = _read(values.duration, row.get("time"))
    number = _read(int, row.get("seq"))
    return Ping(
        place if number is None else number,
        row.get("host", ""),
        None if spent is None else spent.total_seconds() * 1000,
        _read(int, row.get("ttl")),
        row.get("status") or None,
    )


def _share(text: str | None) -> float | None:
    percent = _read(float, text and text.removesuffix("%"))
    return None if percent is None else min(max(percent, 0.0), 100.0) / 100


def _read(reader: Callable[[str], T], text: str | None) -> T | None:
    """Read a value; None where there is none, or a word such as ``timeout``."""
    try:
        return None if not text else reader(text)
    except ValueError:
        return None
