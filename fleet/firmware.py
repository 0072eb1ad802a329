"""What a catalogue knows of RouterOS, and how what runs stands by it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from fleet.versions import LAST_OLD, STONE, Channel, Version

MAIN: Final = "routeros"
"""The package that everything else builds on."""

ARCHITECTURES: Final = ("arm", "arm64", "mipsbe", "mmips", "ppc", "smips", "tile", "x86")
PACKAGE: Final = re.compile(r"[a-z][a-z0-9-]{1,39}\Z")


def architecture(told: str) -> str:
    """Name an architecture as the catalogue does, whatever a device says: powerpc is ppc, x86_64 is x86."""
    if told.startswith("x86"):
        return "x86"
    return "ppc" if told == "powerpc" else told


@dataclass(frozen=True, slots=True)
class Pointer:
    """The newest version of a channel, for devices of a major version; ``at`` is when the vendor set it."""

    major: int
    channel: Channel
    version: Version
    at: datetime


@dataclass(frozen=True, slots=True)
class File:
    """A package file as it is handed out."""

    version: Version
    name: str
    package: str
    architecture: str
    size: int
    sha256: str

    @property
    def main(self) -> bool:
        """Whether it is the main package."""
        return self.package == MAIN


class Standing(StrEnum):
    """How a version stands by the channels of its major version."""

    NEWEST = "newest"
    BEHIND = "behind"
    ENDED = "ended"
    AHEAD = "ahead"
    UNKNOWN = "unknown"


MEANINGS: Final = {
    Standing.NEWEST: "the newest of a channel",
    Standing.BEHIND: "a channel has a newer one of the same branch",
    Standing.ENDED: "no channel gives fixes for its branch any more",
    Standing.AHEAD: "newer than every channel",
    Standing.UNKNOWN: "the version or its channels are not known",
}


def standing(running: Version | None, pointers: Iterable[Pointer]) -> Standing:
    """Tell how a version stands; without a channel of its major version, or of a later one, that is not known.

    A branch that no channel points to gets no fixes any more: 7.16.2, once they point to 7.24.4 and 7.23.7.
    """
    if running is None:
        return Standing.UNKNOWN
    every = [one.version for one in pointers if one.version.major == one.major]
    same = [one for one in every if one.major == running.major]
    if not same:
        return Standing.ENDED if any(running < one for one in every) else Standing.UNKNOWN
    if running > max(same):
        return Standing.AHEAD
    branch = [one for one in same if one.branch == running.branch]
    if not branch:
        return Standing.ENDED
    return Standing.NEWEST if running >= min(branch) else Standing.BEHIND


def wanted(pointers: Sequence[Pointer]) -> list[Version]:
    """Tell which versions a catalogue is to know: those of the channels, and what lies on the way to them.

    Oldest first. The last v6 is the newest that a channel names.
    """
    return sorted({*(one.version for one in pointers), last_old(pointers), STONE})


def last_old(pointers: Iterable[Pointer]) -> Version:
    """Tell the last v6, over which the way to v7 leads."""
    return max([LAST_OLD, *(one.version for one in pointers if one.major < 7 and one.version.major < 7)])
