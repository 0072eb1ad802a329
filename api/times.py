"""Instants as people write them in a query: ISO 8601, ``now`` or ``now-6h``."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from fleet.errors import BadInput

_NOW = re.compile(r"now(?:-(\d{1,4})([smhdw]))?\Z")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_SPAN = re.compile(r"([0-9]{1,6})([smhdw])\Z")
_OFFSET_LOST = re.compile(r"(T[\d:.]+) (\d{2}:\d{2})\Z")
SPAN_STEP = "Write it as 30s, 5m, 1h, 7d or 4w."
NEXT_STEP = "Write it as 2026-01-31T12:00:00Z, as now, or as now-6h (s, m, h, d or w)."


def instant(text: str, now: datetime) -> datetime:
    """Read an instant, in UTC; raises BadInput for anything else.

    Without an offset it counts as UTC. A ``+`` that a query string turned into a space is understood.
    """
    try:
        if found := _NOW.match(text):
            return now - timedelta(**{_UNITS[found[2]]: int(found[1])}) if found[1] else now
        read = datetime.fromisoformat(_OFFSET_LOST.sub(r"\1+\2", text))
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadInput(f"{text[:40]!r} is no instant.", NEXT_STEP) from error


def span(text: str) -> timedelta:
    """Read a span such as 30s, 5m or 7d; raises BadInput for anything else, and for nothing."""
    if (found := _SPAN.match(text)) is None or not int(found[1]):
        raise BadInput(f"{text[:40]!r} is no span.", SPAN_STEP)
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def after(start: datetime, lasting: timedelta) -> datetime:
    """Tell the instant so long after another; raises BadInput where time ends before."""
    try:
        return start + lasting
    except OverflowError as error:
        raise BadInput("That lies behind all times.", "Give an earlier time, or a shorter span.") from error


def _spanning(text: str) -> str:
    try:
        span(text)
    except BadInput as error:
        raise ValueError(str(error)) from error
    return text


def _readable(text: str) -> str:
    try:
        instant(text, datetime(2026, 1, 1, tzinfo=UTC))
    except BadInput as error:
        raise ValueError(str(error)) from error
    return text


Instant = Annotated[
    str,
    AfterValidator(_readable),
    Field(
        description="ISO 8601, `now`, or `now-` and a span such as 30s, 15m, 6h, 7d, 4w.",
        json_schema_extra={
            "anyOf": [{"format": "date-time"}, {"pattern": "^now(-[0-9]{1,4}[smhdw])?$"}],
        },
    ),
]
"""A parameter that holds an instant, kept as text until the handler knows what now is."""

Span = Annotated[
    str,
    AfterValidator(_spanning),
    Field(description="A span such as 30s, 5m, 1h, 7d, 4w.", json_schema_extra={"pattern": "^[0-9]{1,6}[smhdw]$"}),
]
"""A parameter that holds a span of time."""
