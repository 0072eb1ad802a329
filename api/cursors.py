"""Where a page ended, as text that goes into an address and says nothing to people."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final, TypeAlias, TypeVar
from uuid import UUID

from fleet.errors import BadInput

LONGEST: Final = 2000
"""Characters of a cursor."""

PATTERN: Final = r"^[A-Za-z0-9_-]+$"

Part: TypeAlias = str | None
T = TypeVar("T")


def cut(found: Sequence[T], limit: int) -> tuple[Sequence[T], T | None]:
    """Split what was read one beyond a page into the page, and its last where more follows."""
    shown = found[:limit]
    return shown, shown[-1] if len(found) > limit else None


def write(parts: Sequence[Part]) -> str:
    """Write a cursor."""
    text = json.dumps(parts, separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read(cursor: str, count: int) -> list[Part]:
    """Read the parts of a cursor; raises BadInput for one that is none of so many parts."""
    try:
        found = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        raise wrong() from None
    if not isinstance(found, list) or len(found) != count or not all(map(_fits, found)):
        raise wrong()
    return found


def place(cursor: str | None) -> tuple[datetime, UUID] | None:
    """Read where a page of what happened ended, None for the first page; raises BadInput."""
    if cursor is None:
        return None
    at, its_id = read(cursor, 2)
    return instant(at), uuid(its_id)


def following(last: tuple[datetime, UUID] | None) -> str | None:
    """Write where a page of what happened ended, None where nothing follows."""
    return None if last is None else write([last[0].isoformat(), str(last[1])])


def wrong() -> BadInput:
    """Make the error for a cursor that is none of this list."""
    return BadInput("There is no such page.", "Begin anew without `after`, and give each page's `next`.")


def instant(part: Part) -> datetime:
    """Read a part that is an instant with its zone; raises BadInput."""
    try:
        found = datetime.fromisoformat(part or "")
    except ValueError:
        raise wrong() from None
    if found.utcoffset() is None:
        raise wrong()
    return found


def uuid(part: Part) -> UUID:
    """Read a part that is an id; raises BadInput."""
    try:
        return UUID(part or "")
    except ValueError:
        raise wrong() from None


def _fits(part: object) -> bool:
    """Tell whether this can be a part; PostgreSQL keeps neither NUL nor halves of characters in a text."""
    return part is None or (isinstance(part, str) and not re.search(r"[\x00\ud800-\udfff]", part))
