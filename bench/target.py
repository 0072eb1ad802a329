"""What the ways of a benchmark talk to, and what each of them offers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from fleet.device import Login
from routeros.simulator.device import naming

LOGIN: Final = Login("flotilla", "bench")

One: TypeAlias = Sequence[Sequence[Mapping[str, object]]]
"""The rows of each command of one device."""


@dataclass(frozen=True, slots=True)
class Target:
    """A canned server: its ports, and how many devices it tells apart by their addresses."""

    plain: int
    tls: int
    fingerprint: str
    devices: int

    def address(self, index: int) -> str:
        """Tell where a device is reached; they come round again."""
        return naming.address(index % self.devices)


class Kept:
    """What is kept of a sweep: like a poller's, replies are dropped as they come, but for the last one."""

    def __init__(self) -> None:
        self.every = False
        self.replies: list[One] = []

    def take(self, reply: One) -> None:
        """Take the replies of one device; with ``every`` those of all are kept, in the order in which they came."""
        if not self.every:
            self.replies.clear()
        self.replies.append(reply)


class Way(Protocol):
    """One way to poll: ready after ``open``, all devices once with each ``sweep``."""

    kept: Kept

    def open(self, connections: int) -> None: ...

    def sweep(self) -> None: ...

    def close(self) -> None: ...
