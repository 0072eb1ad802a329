"""Figures that several rows of the table share, from the answers and from what the actors said."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from cluster.servers.server import Server
from fleet.identity import DeviceId
from tests.chaos import pauses
from tests.chaos.arena import Arena, Look, Uneasy, now, until
from tests.chaos.table import Figures


def rhythm(arena: Arena, start: datetime, end: datetime) -> Figures:
    """Tell how the fleet was polled in a span."""
    interval = arena.ground.interval
    answers = arena.answers(start - 2 * interval)
    return {
        "polls_per_s": pauses.rate(answers, start, end),
        "missed": pauses.missed(answers, start, end, interval),
        "lateness_p99_s": pauses.lateness(answers, start, end, interval),
    }


def outage(arena: Arena, span: timedelta, *servers: Server) -> Figures:
    """Keep servers down for a span, and until every device was polled meanwhile; tell how the fleet was polled."""
    start = now()
    with arena.down(*servers):
        arena.wait(span)
        polled = seen_since(arena, start + arena.ground.interval)
    arena.calm()
    return {"devices": len(arena.devices), "polled": polled, **rhythm(arena, start, now())}


def seen_since(arena: Arena, start: datetime) -> int:
    """Wait until every device was polled after an instant, or patience ends; tells how many were."""

    def seen() -> set[UUID]:
        return {answer.device for answer in arena.answers(start)}

    with suppress(Uneasy):
        until(lambda: seen() == arena.devices, "every device is polled")
    return len(seen())


def comeback(arena: Arena, devices: frozenset[DeviceId], at: datetime) -> Figures:
    """Wait until devices that were struck are polled again, and tell how they came back."""
    interval = arena.ground.interval
    # What dies may answer for a moment more: back is who is polled in a rhythm again.
    until(
        lambda: pauses.steady(arena.answers(since := max(at, now() - 4 * interval)), devices, since),
        "the struck devices are polled again",
    )
    seen = pauses.returned(arena.answers(at - 3 * interval), devices, at, interval)
    return {"struck": len(devices), "resumed_s": seen.first, "all_resumed_s": seen.all, "herd_ratio": seen.herd}


def looks(arena: Arena, start: datetime, end: datetime) -> list[Look]:
    """Take what was seen in a span."""
    return [look for look in arena.looks if start <= look.at <= end]


def said(arena: Arena, start: datetime, end: datetime, kind: str) -> Iterator[dict[str, Any]]:
    """Yield what the actors of a kind said in a span."""
    for look in looks(arena, start, end):
        yield from (dict(seen) for name, seen in look.actors.items() if name.startswith(kind))


def most(arena: Arena, start: datetime, end: datetime, figure: str) -> int:
    """Tell the largest value that a poller gave a figure in a span."""
    return max((int(seen.get(figure) or 0) for seen in said(arena, start, end, "poller")), default=0)


def failing(arena: Arena, start: datetime, end: datetime, check: str) -> str:
    """Tell what the readiness said of a check in a span; empty where it was fine all the time."""
    return next((look.failing[check] for look in looks(arena, start, end) if check in look.failing), "")
