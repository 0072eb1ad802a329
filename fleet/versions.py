"""Versions of RouterOS: how they are read, in what order they come, and by which steps one leads to another."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Final


class Channel(StrEnum):
    """Where a version comes from, the steadiest first; ``upgrade`` leads devices on v6 to v7."""

    LONG_TERM = "long-term"
    STABLE = "stable"
    TESTING = "testing"
    DEVELOPMENT = "development"
    UPGRADE = "upgrade"


FORMER: Final = {
    "bugfix": Channel.LONG_TERM,
    "current": Channel.STABLE,
    "release-candidate": Channel.TESTING,
}
"""What channels were called before 6.43."""

_VERSION: Final = re.compile(
    r"v?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?(?:(alpha|beta|rc)(\d{1,4}))?"
    r"(?:\s\(([a-z-]{1,20})\)(?:\s[\w/ :-]{1,30})?)?\Z",
    re.ASCII,
)
_STAGES: Final = ("alpha", "beta", "rc", "")


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A version of RouterOS, in its order: 7.24beta3 < 7.24rc4 < 7.24 < 7.24.4. The channel does not take part."""

    major: int
    minor: int
    patch: int = 0
    stage: int = _STAGES.index("")
    build: int = 0
    channel: str = field(default="", compare=False)

    @property
    def released(self) -> bool:
        """Whether it is a release: neither alpha, beta nor a candidate."""
        return self.stage == _STAGES.index("")

    @property
    def branch(self) -> tuple[int, int]:
        """What it is a patch of: 7.24.4 and 7.24rc4 are both of 7.24."""
        return self.major, self.minor

    def __str__(self) -> str:
        patch = f".{self.patch}" if self.patch else ""
        stage = "" if self.released else f"{_STAGES[self.stage]}{self.build}"
        return f"{self.major}.{self.minor}{patch}{stage}"


@lru_cache(maxsize=1024)
def version(raw: str) -> Version:
    """Read a version as devices, packages and neighbours write it; raises ValueError.

    ``7.16 (stable)``, ``6.48.6 (long-term)``, ``7.23beta2 (development)``, ``7.22.1``, ``6.43rc21``,
    ``6.40.9 (bugfix)``, ``7.12.1 (stable) Nov/17/2023 11:38:45``, ``v6.49.10``. A channel has its present name.
    """
    found = _VERSION.match(raw)
    if found is None:
        raise ValueError(f"{raw[:40]!r} is no version")
    major, minor, patch, stage, build, channel = found.groups()
    return Version(
        int(major),
        int(minor),
        int(patch or 0),
        _STAGES.index(stage or ""),
        int(build or 0),
        FORMER.get(channel or "", channel or ""),
    )


def known(raw: str | None) -> Version | None:
    """Read a version that may be missing or of an unheard-of form; None for those."""
    try:
        return version(raw) if raw else None
    except ValueError:
        return None


LAST_OLD: Final = Version(6, 49, 22)
"""The last v6 that was known when this was written; a catalogue may know a newer one."""

STONE: Final = Version(7, 12, 1)
"""Every way from an older version to 7.13 and beyond leads over it: there the wireless driver became a package of
its own, and v6 is led here by the channel ``upgrade``."""

APART: Final = Version(7, 13)
"""From here on the older wireless driver is a package of its own."""


def hops(running: Version, target: Version, last_old: Version = LAST_OLD) -> tuple[Version, ...]:
    """Tell over which versions the way leads, the target last: v6 → the last 6.49 → 7.12.1 → target.

    Nothing where it runs already. A way down is one step, whatever lies between: whether it may be gone is for who
    asks to judge. ``last_old`` is the last v6 of the catalogue.
    """
    if target == running:
        return ()
    between = [last_old] if running.major < 7 <= target.major else []
    between += [STONE] if target.branch >= APART.branch else []
    return (*(step for step in between if running < step < target), target)
