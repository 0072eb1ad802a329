"""What kind of device it is and what it runs: the lasting facts of ``/system/resource``.

They are read from the reply that every poll has anyway; what that does not ask for is no fact here.
"""

from __future__ import annotations

from fleet.inventory import Field
from routeros.collectors.resource import command
from routeros.facts import Told, count, sheet, size, word
from routeros.values import text


def _number(raw: str) -> str:
    """Tell ``7.16`` of ``7.16 (stable)``, so that it can be asked for."""
    return text(raw.partition(" (")[0])


def _channel(raw: str) -> str:
    return text(raw.partition(" (")[2].removesuffix(")"))


resource = sheet(
    "resource",
    "System",
    (
        Told(Field("version", "The RouterOS that runs: 7.16."), ("version",), _number),
        Told(Field("channel", "The channel that it came by: stable, long-term."), ("version",), _channel),
        word("board", "The board's name.", "board-name"),
        word("platform", "Who made it."),
        word("architecture", "The architecture for which packages are made.", "architecture-name"),
        count("cpu_count", "How many cores it has."),
        size("memory_bytes", "Its memory.", "total-memory"),
        size("disk_bytes", "Its disk or flash.", "total-hdd-space"),
    ),
)

collector = resource.collector((command,), resource.one)
