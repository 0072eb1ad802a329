"""A cursor is read back as it was written, and what is none is refused."""

from __future__ import annotations

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import cursors
from fleet.errors import BadInput

PARTS = st.lists(st.none() | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), max_size=5)


@given(PARTS)
def test_a_cursor_is_read_back(parts: list[str | None]) -> None:
    cursor = cursors.write(parts)
    assert cursors.read(cursor, len(parts)) == parts
    assert re.fullmatch(cursors.PATTERN, cursor)


@pytest.mark.parametrize(
    "document", [b"", b"x", b"{}", b"[1]", b'["a","b"]', b'["\\u0000"]', b'["\\ud800"]', b"\xff", b"[" * 5000]
)
def test_what_is_no_cursor_is_refused(document: bytes) -> None:
    with pytest.raises(BadInput, match="no such page"):
        cursors.read(base64.urlsafe_b64encode(document).decode().rstrip("=") or "A", 1)


@given(st.text(alphabet="ABCabc012_-", min_size=1))
def test_any_text_is_a_cursor_or_refused(text: str) -> None:
    with pytest.raises(BadInput):
        cursors.read(text, 7)
