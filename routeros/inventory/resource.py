"""What kind of device it is and what it runs: the lasting facts of ``/system/resource``."""

from __future__ import annotations

from fleet.inventory import Field
from routeros.facts import Told, count, share, sheet, size, word
from routeros.values import text
from routeros.words import Command


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
        word("build_time", "When that version was built."),
        word("factory_software", "The oldest RouterOS that the board takes."),
        word("board", "The board's name.", "board-name"),
        word("platform", "Who made it."),
        word("architecture", "The architecture for which packages are made.", "architecture-name"),
        word("cpu", "The processor."),
        count("cpu_count", "How many cores it has."),
        count("cpu_frequency_mhz", "How fast it runs just now.", "cpu-frequency", volatile=True),
        size("memory_bytes", "Its memory.", "total-memory"),
        size("disk_bytes", "Its disk or flash.", "total-hdd-space"),
        share("bad_blocks_ratio", "The share of the flash that is worn out.", "bad-blocks"),
    ),
)

command = Command("/system/resource/print", resource.properties)

collector = resource.collector((command,), resource.one)
