"""The texts by which a leak is known: tokens that nobody can guess, and how they and ids are found again. Pure."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from urllib.parse import quote
from uuid import uuid4

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
TOKEN = re.compile(r"zq[0-9a-f]{14}zq")
PREFIX = re.compile(r"flt_[0-9a-f]{8}")
HEX = re.compile(r"\b[0-9a-f]{16,}\b")
SECRET = re.compile(r"(?<![A-Za-z0-9_-])(?:PREFIX_)?[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])")
PLACE = re.compile(r"\b127(\.\d{1,3}){3}\b")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?")

_FORMS: tuple[tuple[re.Pattern[str], Callable[[], str]], ...] = (
    (UUID, lambda: str(uuid4())),
    (TOKEN, lambda: token()),
    (PREFIX, lambda: f"flt_{secrets.token_hex(4)}"),
)
"""What a leak is known by, and how another of the same form is made."""

_CALLED = (
    (INSTANT, "TIME"),
    (UUID, "ID"),
    (TOKEN, "TOKEN"),
    (PREFIX, "PREFIX"),
    (SECRET, "SECRET"),
    (PLACE, "PLACE"),
)


def token() -> str:
    """Make a token."""
    return f"zq{secrets.token_hex(7)}zq"


def marks(text: str) -> set[str]:
    """Find every id and token of a text."""
    return {found.group().lower() for form, _ in _FORMS for found in form.finditer(text)}


def absent(value: str) -> str | None:
    """Make a value of the same form that is nowhere; None where the value could be guessed."""
    made = value
    for form, fresh in _FORMS:
        made = form.sub(lambda _, fresh=fresh: fresh(), made)  # type: ignore[misc]
    if made == value:
        made = HEX.sub(lambda found: secrets.token_hex(len(found.group()))[: len(found.group())], value)
    return made if made != value else None


def beside(value: str) -> str | None:
    """Make a value that is nowhere and lies beside another in the order of ids, where a cursor is a place."""
    made = UUID.sub(lambda found: found.group()[:-1] + ("1" if found.group()[-1] == "0" else "0"), value)
    return made if made != value else None


def blank(text: str, value: str) -> str:
    """Take a value out of a text, as it was sent and as an address writes it."""
    for form in {value, quote(value), quote(value, safe=""), value.replace('"', '\\"')}:
        if form:
            text = text.replace(form, "VALUE")
    return text


def smooth(text: str) -> str:
    """Take out of a text what differs from one answer to the next by itself: ids, tokens, instants and addresses."""
    for form, name in _CALLED:
        text = form.sub(name, text)
    return text
