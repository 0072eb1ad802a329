"""The sentences of an answer, as bytes, each with the tag of its command."""

from __future__ import annotations

from collections.abc import Iterable

from fleet.versions import Version
from routeros.simulator.doors.wire import Call, encode, sentence, word
from routeros.simulator.outcome import Refused, Row

EMPTY_SINCE = Version(7, 18)


def rows(asked: Call, answered: Iterable[Row]) -> list[bytes]:
    """Write ``!re`` for each row."""
    opening = b"".join(map(word, ("!re", *_tag(asked))))
    return [sentence(opening, row) for row in answered]


def empty(asked: Call) -> bytes:
    """Write that there are no rows."""
    return encode(["!empty", *_tag(asked)])


def trap(asked: Call, refused: Refused) -> bytes:
    """Write a refusal."""
    category = [] if refused.category is None else [f"=category={refused.category}"]
    return encode(["!trap", *_tag(asked), *category, f"=message={refused.message}"])


def done(asked: Call, returned: str | None = None) -> bytes:
    """Write the end of an answer, which may return a value."""
    return encode(["!done", *_tag(asked), *([] if returned is None else [f"=ret={returned}"])])


def _tag(asked: Call) -> tuple[str, ...]:
    return () if asked.tag is None else (f".tag={asked.tag}",)
