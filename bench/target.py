"""What the ways of a benchmark talk to, and what each of them offers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from fleet.device import Login
from routeros.simulator import naming

LOGIN: Final = Login("flotilla", "bench")

Replies: TypeAlias = Sequence[Sequence[Sequence[Mapping[str, object]]]]
"""For each device the rows of each command."""


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


class Way(Protocol):
    """One way to poll: ready after ``open``, all devices once with each ``sweep``."""

    replies: Replies

    def open(self, connections: int) -> None: ...

    def sweep(self) -> None: ...

    def close(self) -> None: ...
