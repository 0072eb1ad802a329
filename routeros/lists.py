"""Properties that hold several values: lists, pairs of counters, and a radio's signal at each of its rates."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from routeros import values

T = TypeVar("T")


def items(raw: str) -> tuple[str, ...]:
    """Read a list: ``established,related,untracked``; an empty text is an empty list."""
    return tuple(raw.split(",")) if raw else ()


def format_items(listed: Iterable[str]) -> str:
    """Write a list; raises ValueError for an item that would be read as something else."""
    listed = tuple(listed)
    if bad := [item for item in listed if not item or "," in item]:
        raise ValueError(f"{bad[0]!r} cannot stand in a list")
    return ",".join(listed)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two counters in one property (``bytes``, ``packets``, ``frames``): what the device sent and received."""

    tx: int
    rx: int

    def __str__(self) -> str:
        return f"{self.tx},{self.rx}"


def pair(raw: str) -> Pair:
    """Read ``17536671,2966351``."""
    counts = items(raw)
    if len(counts) != 2:
        raise ValueError(f"{raw[:40]!r} is no pair")
    return Pair(values.integer(counts[0]), values.integer(counts[1]))


def both(raw: str, parse: Callable[[str], T]) -> tuple[T, T]:
    """Read two values with a slash between them (``20M/50M``): of a queue, what goes up and what comes down."""
    first, slash, second = raw.partition("/")
    if not slash:
        raise ValueError(f"{raw[:40]!r} is no pair")
    return parse(first), parse(second)


@dataclass(frozen=True, slots=True)
class Strength:
    """A signal in dBm as it was at a rate (``6Mbps``, ``HT20-7``), and how long ago that was."""

    signal: int
    rate: str
    ago: timedelta

    def __str__(self) -> str:
        return f"{self.signal}@{self.rate} {values.format_duration(self.ago)}"


def strengths(raw: str) -> tuple[Strength, ...]:
    """Read ``strength-at-rates``: ``-62@1Mbps 16s330ms,-65@HT20-3 52m6s30ms``, of v4 ``-74dBm@6Mbps 10ms``."""
    return tuple(map(_strength, items(raw)))


def _strength(raw: str) -> Strength:
    seen, _, ago = raw.partition(" ")
    signal, at, rate = seen.partition("@")
    if not at or not rate:
        raise ValueError(f"{raw[:40]!r} is no signal at a rate")
    return Strength(values.signal(signal), rate, values.duration(ago))
