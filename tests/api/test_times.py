"""Instants as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from api.times import instant
from fleet.errors import BadInput

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now", NOW),
        ("now-90s", NOW - timedelta(seconds=90)),
        ("now-6h", NOW - timedelta(hours=6)),
        ("now-2w", NOW - timedelta(weeks=2)),
        ("2026-01-05T12:00:00Z", NOW),
        ("2026-01-05T13:00:00+01:00", NOW),
        ("2026-01-05T13:00:00 01:00", NOW),
        ("2026-01-05T12:00:00", NOW),
        ("2026-01-05", NOW.replace(hour=0)),
    ],
)
def test_an_instant_is_read_in_utc(text: str, expected: datetime) -> None:
    read = instant(text, NOW)
    assert read == expected
    assert read.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "now+1h", "now-h", "now-1y", "2026-02-30T00:00:00Z", "0001-01-01T00:00:00+23:00", "\x00"],
)
def test_anything_else_says_how_to_write_it(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        instant(text, NOW)
    assert "now-6h" in refused.value.next_step


def test_a_span_beyond_the_calendar_is_no_instant() -> None:
    with pytest.raises(BadInput):
        instant("now-9999w", datetime(2, 1, 1, tzinfo=UTC))
