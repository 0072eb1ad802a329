"""What the simulator answered, counted where it was answered."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field

POLL = "/system/resource/print"
"""The command that stands for a poll: every poll has exactly one."""


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

    def answered(self, device: int) -> None:
        self.ok[device] += 1

    def missed(self, device: int) -> None:
        self.failed[device] += 1

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
