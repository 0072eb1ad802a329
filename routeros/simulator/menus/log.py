"""What the router noted: ``/log``. What scripts say is put there by ``/log/info`` and its like."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from datetime import datetime

from fleet.versions import Version
from routeros.simulator.doors.wire import Call
from routeros.simulator.menu import Menu
from routeros.simulator.outcome import MISSING, Outcome, Refused, Reply, Row
from routeros.simulator.parts.log import STORE, Entry, Log
from routeros.simulator.router import Router

ISO_SINCE = Version(7, 10)


def _show(router: Router, rows: Sequence[Row], _: Container[str]) -> Sequence[Row]:
    """Tell the lines; a row that is given is one that was just added."""
    entries = router.part(Log).entries
    wanted = {row[".id"] for row in rows}
    now = router.local(router.now())
    return [_row(router, entry, now) for entry in entries if not wanted or f"*{entry.number:X}" in wanted]


def _row(router: Router, entry: Entry, now: datetime) -> Row:
    at = router.local(entry.at)
    return {
        ".id": f"*{entry.number:X}",
        "time": moment(router.model.version, at, now),
        "topics": entry.topics,
        "message": entry.message,
    }


def moment(version: Version, at: datetime, now: datetime) -> str:
    """Write when a line was noted: today without the date, this year without the year."""
    if at.date() == now.date():
        return f"{at:%H:%M:%S}"
    if version >= ISO_SINCE:
        return f"{at:%m-%d %H:%M:%S}" if at.year == now.year else f"{at:%Y-%m-%d %H:%M:%S}"
    month = f"{at:%b}".lower()
    return f"{month}/{at:%d %H:%M:%S}" if at.year == now.year else f"{month}/{at:%d/%Y %H:%M:%S}"


def _saying(level: str) -> Callable[[Router, Call], Outcome]:
    def say(router: Router, call: Call) -> Outcome:
        if "message" not in call.attributes:
            raise Refused("missing value for argument message", MISSING)
        router.part(Log).add(f"script,{level}", call.attributes["message"])
        return Reply()

    return say


MENU = Menu(
    STORE,
    show=_show,
    commands={level: _saying(level) for level in ("debug", "info", "warning", "error")},
)
