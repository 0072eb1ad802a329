"""How far a client has come: the place in each stream, as the ``id:`` of what it was told."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zlib import crc32

PATTERN = r"^[0-9a-f]{4}-[0-9]{1,19}(\.[0-9a-f]{4}-[0-9]{1,19}){2}$"
_READABLE = re.compile(PATTERN[:-1] + r"\Z")


@dataclass(frozen=True, slots=True)
class Place:
    """The last sequence of each stream that a client was told, or needed not be, and a mark of each stream.

    A stream that was made anew counts from 1 again: by its mark it is told from the one before.
    """

    marks: tuple[str, ...]
    sequences: tuple[int, ...]

    def __str__(self) -> str:
        return label(self.marks, self.sequences)

    def at(self, source: int, sequence: int) -> Place:
        """Come to a sequence in one stream; nobody goes back."""
        before = self.sequences
        if sequence <= before[source]:
            return self
        return replace(self, sequences=(*before[:source], sequence, *before[source + 1 :]))

    def anew(self, source: int, other: Place) -> Place:
        """Take one stream's mark and place from another, whichever is farther."""
        marks = (*self.marks[:source], other.marks[source], *self.marks[source + 1 :])
        sequences = (*self.sequences[:source], other.sequences[source], *self.sequences[source + 1 :])
        return Place(marks, sequences)

    def beside(self, other: Place) -> Place:
        """Take the farther of two places in each stream of the same marks."""
        farther = tuple(map(max, self.sequences, other.sequences))
        return other if farther == other.sequences else Place(other.marks, farther)


def label(marks: Sequence[str], sequences: Sequence[int]) -> str:
    """Write an id."""
    return ".".join(map("%s-%d".__mod__, zip(marks, sequences, strict=True)))


def mark(made: datetime) -> str:
    """Tell streams apart by when they were made."""
    return f"{crc32(made.isoformat().encode()) & 0xFFFF:04x}"


def read(text: str) -> Place | None:
    """Read an id; None for what is none of ours."""
    if not _READABLE.match(text):
        return None
    parts = [part.split("-") for part in text.split(".")]
    return Place(tuple(part[0] for part in parts), tuple(int(part[1]) for part in parts))
