"""Spans of time: put together where they overlap, cut to a range, and added up. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TypeAlias

Span: TypeAlias = tuple[datetime, datetime]
"""From the first (included) to the second (not included)."""


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Put spans together that overlap or touch, so that no moment is in two of them; in the order of time."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return tuple(found)


def within(spans: Iterable[Span], start: datetime, end: datetime) -> list[Span]:
    """Tell the parts of spans that lie in a range."""
    cut = ((max(first, start), min(last, end)) for first, last in spans)
    return [(first, last) for first, last in cut if first < last]


def length(spans: Iterable[Span]) -> timedelta:
    """Add spans up that do not overlap."""
    return sum((end - start for start, end in spans), timedelta())
