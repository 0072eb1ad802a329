"""RouterOS as its vendor hands it out: channels, packages, and the names and sizes of their files."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from fleet.errors import BadInput
from fleet.versions import APART, Version, version
from routeros.depot import layout, packages

LATEST = {"stable": "7.24.4", "testing": "7.24.4", "long-term": "7.23.7", "development": "7.25beta5"}
LATEST_OLD = {
    "stable": "6.49.22", "long-term": "6.49.22", "testing": "7.12.1", "development": "7.12.1", "upgrade": "7.12.1",
}  # fmt: skip
"""What the channels hand to a device on v6; the odd ones have pointed into v7 for years."""

MAIN_SIZES = {
    "arm": 12_300_000, "arm64": 13_900_000, "mipsbe": 11_400_000, "mmips": 11_500_000, "smips": 7_200_000,
    "ppc": 11_900_000, "tile": 13_100_000, "x86": 20_800_000,
}  # fmt: skip
BUNDLED_DRIVER = 900_000
"""What the older wireless driver adds to a v7 main package that still holds it."""

EXTRAS = {
    "calea": 20_500, "container": 98_400, "dude": 1_900_000, "gps": 16_500, "iot": 356_400, "lora": 61_500,
    "rose-storage": 4_100_000, "tr069-client": 196_700, "ups": 45_100, "user-manager": 406_600,
    "wifi-qcom": 9_700_000, "wifi-qcom-ac": 2_700_000, "wireless": 2_000_000, "zerotier": 626_800,
}  # fmt: skip
"""The packages beside the main one, and their sizes in bytes."""


@dataclass(frozen=True, slots=True)
class Npk:
    """A package file. ``size`` is what it takes of a disk, which is more than ours weigh."""

    name: str
    version: Version
    architecture: str
    size: int

    @property
    def main(self) -> bool:
        return self.name == "routeros"

    @property
    def file(self) -> str:
        """The vendor's name for it."""
        return layout.file(self.name, self.version, self.architecture)


def package(name: str, of: Version, architecture: str) -> Npk:
    """Describe a package as it is offered for download."""
    built_for = layout.suffix(architecture, of)
    size = EXTRAS.get(name, 100_000)
    if name == "routeros":
        size = MAIN_SIZES.get(layout.suffix(architecture, Version(7, 0)), 12_000_000)
        size += BUNDLED_DRIVER if Version(7, 0) <= of < APART else 0
    return Npk(name, of, built_for, size)


def npk(name: str, of: Version, architecture: str) -> bytes:
    """Make the file of a package, as a download server would hand it out: behind the head, ours is JSON."""
    made = package(name, of, architecture)
    content = json.dumps({**asdict(made), "version": str(of)}).encode()
    return packages.head(len(content)) + content


def read(data: bytes) -> Npk | None:
    """Read a package file; None where it is none, or is not whole."""
    if packages.fault(data[: packages.HEAD_BYTES], len(data)):
        return None
    try:
        told: dict[str, Any] = json.loads(data[packages.HEAD_BYTES :])
        return Npk(str(told["name"]), version(told["version"]), str(told["architecture"]), int(told["size"]))
    except (ValueError, KeyError, TypeError):
        return None


def needs_driver(name: str, of: Version) -> bool:
    """Tell whether a version has this package at all; the older wireless driver was part of the main one."""
    return name != "wireless" or of >= APART


def total(packages: Iterable[Npk]) -> int:
    return sum(one.size for one in packages)


@dataclass(slots=True)
class Channels:
    """What the update channels point at, for all devices; ``6.stable`` is the one that v6 devices ask."""

    versions: dict[str, str] = field(
        default_factory=lambda: LATEST | {f"6.{name}": latest for name, latest in LATEST_OLD.items()}
    )

    def latest(self, channel: str, running: Version) -> Version | None:
        """Tell the newest version of a channel; None where there is no such channel."""
        found = self.versions.get(channel if running.major > 6 else f"6.{channel}")
        return None if found is None else version(found)

    def point(self, channel: str, to: str) -> None:
        """Let a channel point at a version; raises BadInput."""
        if channel not in self.versions:
            raise BadInput(f"There is no channel {channel!r}.", f"Choose one of: {', '.join(sorted(self.versions))}.")
        try:
            self.versions[channel] = str(version(to))
        except ValueError as error:
            raise BadInput(f"{error}.", "Name a version such as 7.24.4 or 7.25beta5.") from error
