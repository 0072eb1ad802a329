"""CPU, memory, disk and uptime, and what kind of device it is, from ``/system/resource``."""

from __future__ import annotations

from datetime import timedelta

from fleet import versions
from fleet.families import Cycle, Family, Field, Sample
from routeros import values
from routeros.collector import Collector, Notes, Reading, Replies, first
from routeros.words import Command, Row

family = Family(
    "resource",
    "Resources",
    (
        Field("cpu_load_ratio", unit="ratio", title="CPU load"),
        Field("memory_free_bytes", unit="bytes", title="Free memory"),
        Field("memory_total_bytes", unit="bytes", title="Memory"),
        Field("disk_free_bytes", unit="bytes", title="Free disk space"),
        Field("disk_total_bytes", unit="bytes", title="Disk space"),
        Field("uptime_seconds", unit="seconds", title="Uptime"),
    ),
)

command = Command(
    "/system/resource/print",
    (
        "uptime",
        "version",
        "free-memory",
        "total-memory",
        "cpu-count",
        "cpu-load",
        "free-hdd-space",
        "total-hdd-space",
        "architecture-name",
        "board-name",
        "platform",
    ),
)

SIZES = {
    "memory_free_bytes": "free-memory",
    "memory_total_bytes": "total-memory",
    "disk_free_bytes": "free-hdd-space",
    "disk_total_bytes": "total-hdd-space",
}

FACTS = {
    "board_name": "board-name",
    "model": "board-name",
    "architecture": "architecture-name",
    "platform": "platform",
    "cpu_count": "cpu-count",
}


def read(replies: Replies) -> Reading:
    """Read the one row; a device without it gives nothing."""
    notes, row = Notes(), first(replies[0])
    if not row:
        return Reading(problems=("the device told nothing about its resources",))
    uptime = notes.value(row, "uptime", values.duration)
    sample = Sample(
        {
            "cpu_load_ratio": notes.value(row, "cpu-load", values.ratio),
            **notes.each(row, SIZES, values.size),
            "uptime_seconds": None if uptime is None else uptime / timedelta(seconds=1),
        }
    )
    return Reading((sample,), notes.facts(row, FACTS) | _version(notes, row), tuple(notes.problems))


def _version(notes: Notes, row: Row) -> dict[str, str]:
    """Split "7.16 (stable)" into version and channel; an unheard-of form is kept as it is."""
    version = notes.value(row, "version", versions.version)
    if version is None:
        return notes.facts(row, {"version": "version"})
    return {"version": str(version)} | ({"channel": version.channel} if version.channel else {})


collector = Collector("resource", Cycle.FAST, (command,), family, read)
