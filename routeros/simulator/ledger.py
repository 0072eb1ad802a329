"""What the simulator answered, counted and numbered where it was answered."""

from __future__ import annotations

import time
from collections import Counter, deque
from dataclasses import dataclass, field
from itertools import islice

POLL = "/system/resource/print"
"""The command that stands for a poll: every poll has exactly one."""

KEPT = 1_000_000
"""How many answers the book remembers one by one."""

PAGE = 20_000


@dataclass(slots=True)
class Book:
    """The fleet's answers one by one, numbered from 1: which device's, and when, in seconds of the machine's clock.

    It is begun by the first who reads it, for most never do.
    """

    opened: bool = False
    written: int = 0
    _kept: deque[tuple[int, float]] = field(default_factory=lambda: deque(maxlen=KEPT))

    def write(self, device: int) -> None:
        if self.opened:
            self.written += 1
            self._kept.append((device, round(time.time(), 6)))

    def read(self, after: int) -> dict[str, object]:
        """Tell the answers after a number, a page of them, and the number of the last one of the page."""
        self.opened = True
        before = self.written - len(self._kept)
        first = max(0, after - before)
        page = list(islice(self._kept, first, first + PAGE))
        return {"answers": page, "last": before + first + len(page)}


@dataclass(slots=True)
class Ledger:
    """Counts of the whole fleet and of each device.

    A poll is ``ok`` when its command was answered in full, and failed when it got a trap or nonsense, was cut or
    cancelled, when the login was refused or the connection was not taken.
    """

    logins: int = 0
    commands: int = 0
    sessions: int = 0
    ok: Counter[int] = field(default_factory=Counter)
    failed: Counter[int] = field(default_factory=Counter)
    book: Book = field(default_factory=Book)

    def answered(self, device: int) -> None:
        self.ok[device] += 1
        self.book.write(device)

    def missed(self, device: int) -> None:
        self.failed[device] += 1

    def polls(self, device: int) -> int:
        """Tell how many polls a device has had, answered or not."""
        return self.ok[device] + self.failed[device]

    def stats(self) -> dict[str, int | float]:
        """Tell the counts of the whole fleet; ``sessions`` are those open now, the CPU time is this process's."""
        return {
            "polls_ok": self.ok.total(),
            "polls_failed": self.failed.total(),
            "logins": self.logins,
            "sessions": self.sessions,
            "commands": self.commands,
            "cpu_seconds": round(time.process_time(), 3),
        }

    def device(self, index: int) -> dict[str, int]:
        """Tell the counts of one device."""
        return {"polls_ok": self.ok[index], "polls_failed": self.failed[index]}
