"""What of a batch of events has room in the spool, and how much room they take. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from bus.buffer import Entry

PAGE = 4096
ROW = 32
"""Bytes that a row takes beside what is in it, at most."""

SLACK = 4
"""Pages that the tables' inner nodes may want beside those of the entries."""


def fitting(entries: Sequence[Entry], free: int) -> list[Entry]:
    """Leave out what has no room in so many free pages: first the oldest metrics, then the newest of the others."""
    excess = _cost(entries) - max(free - SLACK, 0) * PAGE
    left_out = set[int]()
    for entry in chain((e for e in entries if e.expendable), (e for e in reversed(entries) if not e.expendable)):
        if excess <= 0:
            break
        excess -= _cost([entry])
        left_out.add(entry.number)
    return [entry for entry in entries if entry.number not in left_out]


def dealt_with(entries: Sequence[Entry], stored: Sequence[Entry]) -> int:
    """Tell up to which number nothing but metrics was left out of what is stored."""
    kept, upto = {entry.number for entry in stored}, entries[0].number - 1
    for entry in entries:
        if not entry.expendable and entry.number not in kept:
            break
        upto = entry.number
    return upto


def pages(entries: Sequence[Entry]) -> int:
    """Tell how many pages entries take at most."""
    return -(-_cost(entries) // PAGE) + SLACK


def _cost(entries: Sequence[Entry]) -> int:
    """Tell how many bytes entries take at most: a page whose next entry did not fit is half full at least."""
    return 2 * sum(len(e.data) + len(e.subject) + len(e.message_id) + ROW for e in entries)
