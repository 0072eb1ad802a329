"""What the metric store holds, as ``flotilla store`` tells it: as a document, as tables, and what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from cluster import terminal
from dashboard import units
from db import storage
from db.storage import Held, Status
from fleet.retention import DAY, Rules, Source

SOON = 7.0
"""Days until the disk is full that are a warning."""

LATE = timedelta(minutes=15)
"""How long ago the keeper may have rolled up last while something waits."""

SAYS = {Source.DEFAULT: "by default", Source.SETTING: "by the settings", Source.COMMAND: "by this command"}


def document(found: Status) -> dict[str, Any]:
    """Lay the status out for programs: bytes, rows, instants, and days."""
    return {
        "mode": found.mode.value,
        "bytes": found.size,
        "room_bytes": found.room,
        "days_until_full": found.full_in_days,
        "retention": keeps(found.rules),
        "resolutions": {
            resolution.value: {
                "bytes": total.size,
                "rows": total.rows,
                "bytes_a_day": round(total.bytes_a_day),
                "rows_a_day": round(total.rows_a_day),
            }
            for resolution, total in storage.totals(found).items()
        },
        "tables": [_line(one) for one in found.held],
        "rolled_up_at": found.rolled_at.isoformat() if found.rolled_at else None,
        "backlog": [
            {
                "family": one.family,
                "resolution": one.resolution.value,
                "oldest": one.oldest.isoformat(),
                "buckets": one.buckets,
            }
            for one in found.backlog
        ],
    }


def keeps(rules: Rules) -> dict[str, Any]:
    """Lay out for how long rows are kept, and who says so."""
    return {r.resolution.value: {"days": r.keep / DAY, "source": r.source.value} for r in rules.values()}


def troubles(found: Status, now: datetime) -> Iterator[str]:
    """Tell what is wrong, each with what to do."""
    if found.room is not None and found.room < 0:
        yield (
            f"The store is {units.BYTES.text(-found.room)} over its bound: raw rows go early. Give it a larger disk, "
            "raise the setting store_bytes, or keep less: flotilla store retention --raw 3d."
        )
    elif found.full_in_days is not None and found.full_in_days < SOON:
        yield (
            f"The disk is full in {found.full_in_days:.1f} days; raw rows will go early. Give it a larger disk, or "
            "keep less: flotilla store retention --raw 3d."
        )
    if found.backlog and (found.rolled_at is None or found.rolled_at < now - LATE):
        last = f"since {found.rolled_at:%Y-%m-%d %H:%M} UTC" if found.rolled_at else "since the store was made"
        yield f"Nothing was rolled up {last}, and something waits. It is the keeper's work: flotilla status."


def shown(found: Status) -> None:
    """Print the status for a person."""
    heads = ("table", "size", "rows", "rows a day", "size a day", "oldest")
    terminal.table("", heads, [_row(one) for one in found.held])
    print_keeps(found.rules)
    room = "no bound is known (setting store_bytes)" if found.room is None else f"{units.BYTES.text(found.room)} left"
    full = "" if found.room is None else f"; {_full(found.full_in_days)}"
    waits = sum(one.buckets for one in found.backlog)
    terminal.table("", ("", ""), [
        ("mode", found.mode.value),
        ("database", f"{units.BYTES.text(found.size)}, {room}{full}"),
        ("to be rolled up", f"{units.plural(waits, 'bucket')}" if waits else "nothing waits"),
    ])  # fmt: skip


def print_keeps(rules: Rules) -> None:
    """Print for how long rows are kept."""
    rows = [(rule.resolution.value, f"{rule.keep / DAY:g} days", SAYS[rule.source]) for rule in rules.values()]
    terminal.table("", ("rows of", "are kept", ""), rows)


def _full(days: float | None) -> str:
    return "it is not to be foreseen that it runs full" if days is None else f"full in {days:,.0f} days"


def _line(one: Held) -> dict[str, Any]:
    return {
        "family": one.family,
        "resolution": one.resolution.value,
        "bytes": one.size,
        "rows": one.rows,
        "rows_a_day": round(one.rows_a_day),
        "bytes_a_day": round(one.bytes_a_day),
        "partitions": one.partitions,
        "oldest": one.oldest.isoformat() if one.oldest else None,
        "newest": one.newest.isoformat() if one.newest else None,
    }


def _row(one: Held) -> tuple[str, ...]:
    return (
        f"{one.family} {one.resolution}",
        units.BYTES.text(one.size),
        f"{one.rows:,}",
        f"{one.rows_a_day:,.0f}",
        units.BYTES.text(one.bytes_a_day),
        _day(one.oldest),
    )


def _day(at: datetime | None) -> str:
    return units.NOTHING if at is None else f"{at:%Y-%m-%d}"
