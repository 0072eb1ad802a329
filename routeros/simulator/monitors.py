"""Commands that tell something again and again: ``monitor``, ``monitor-traffic``."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from routeros import values
from routeros.simulator.doors.wire import Call
from routeros.simulator.outcome import ARGUMENT, Outcome, Refused, Repeated, Reply, Row

SHORTEST = 0.2


def repeated(call: Call, rows: Callable[[], Sequence[Row]], over: Callable[[], bool] = bool) -> Outcome:
    """Answer a monitor: one row with ``once``, else one each ``interval`` until ``duration`` is over or cancelled.

    ``over`` tells that what is watched has come to its end: then one row more is told, and no other.
    """
    rows = _listed(call, rows)
    if call.attributes.get("once", "false") not in ("false", "no"):
        return Reply(rows())
    interval = seconds(call, "interval", "1s")
    if interval < SHORTEST:
        raise Refused("value of interval should be greater than or equal to 00:00:00.200", ARGUMENT)
    if "duration" not in call.attributes:
        return Repeated(rows, interval, over=over)
    return Repeated(rows, interval, max(1, round(seconds(call, "duration", "") / interval)), over)


def _listed(call: Call, rows: Callable[[], Sequence[Row]]) -> Callable[[], Sequence[Row]]:
    """Tell of each row what is asked for."""
    names = call.attributes.get(".proplist", "").split(",")
    if names == [""]:
        return rows
    return lambda: [{name: row[name] for name in names if name in row} for row in rows()]


def seconds(call: Call, name: str, default: str) -> float:
    """Read a duration; a bare number is seconds."""
    raw = call.attributes.get(name, default)
    try:
        return float(raw) if raw.isdigit() else values.duration(raw).total_seconds()
    except ValueError as error:
        raise Refused(f"invalid value for argument {name}", ARGUMENT) from error
