"""A device's log as it grows: asked again and again, each line told once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from cluster import terminal
from fleet.errors import FleetError, TooMany, Unavailable
from routeros.errors import Busy, Fatal, TimedOut, Unreachable
from routeros.inquiry.told import LogLine

EVERY: Final = timedelta(seconds=2)
"""Between two questions."""

PASSING: Final = (Unavailable, TooMany, Unreachable, TimedOut, Busy, Fatal)
"""What ends by itself: a restart of the device, a change of its owner, an operation that goes first."""


@dataclass
class Tail:
    """What was told of a log. ``username`` is ours: each question logs in, and of that alone the log would grow."""

    username: str
    _last: LogLine | None = None

    def fresh(self, lines: Sequence[LogLine]) -> list[LogLine]:
        """Tell the lines, the oldest first, that come after the last one of before.

        Where that is not among them, all are new: the device was restarted and its ids begin anew, the log was
        emptied, or more came than an answer holds.
        """
        place = next((at for at, line in enumerate(lines) if self._told(line)), -1)
        if lines:
            self._last = lines[-1]
        return [line for line in lines[place + 1 :] if not self._ours(line)]

    def _told(self, line: LogLine) -> bool:
        last = self._last
        return last is not None and _mark(line) == _mark(last)

    def _ours(self, line: LogLine) -> bool:
        said = line.message.startswith((f"user {self.username} logged in", f"user {self.username} logged out"))
        return said and line.message.rpartition(" via ")[2] in ("api", "api-ssl")


@dataclass(frozen=True, slots=True)
class Follower:
    """Asks for a log and tells what is new in it, until it is interrupted."""

    ask: Callable[[], Sequence[LogLine]]
    tell: Callable[[LogLine], None]
    rest: Callable[[float], None]

    def run(self, tail: Tail) -> None:
        """Go on for ever; raises what the first question meets, and later what does not end by itself."""
        self._look(tail)
        failed = ""
        while True:
            self.rest(EVERY.total_seconds())
            try:
                self._look(tail)
                failed = ""
            except PASSING as error:
                failed = _said(error, failed)

    def _look(self, tail: Tail) -> None:
        for line in tail.fresh(self.ask()):
            self.tell(line)


def _mark(line: LogLine) -> tuple[object, ...]:
    """What a line keeps: at midnight the device puts the day before its time."""
    return line.id, line.time[-len("12:00:00") :], line.topics, line.message


def _said(error: FleetError, before: str) -> str:
    """Say once what goes on."""
    if error.message != before:
        terminal.say(f"{error.message} It is asked again.")
    return error.message
