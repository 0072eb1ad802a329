"""How the vendor lays its files out: ``routeros/NEWESTa7.stable``, ``routeros/7.24.4/routeros-7.24.4-arm64.npk``.

Everything lies under ``routeros/``, in a folder for each version, with ``CHANGELOG`` and a ``.sha256`` beside each
file. There is no list of a folder.
"""

from __future__ import annotations

import re
from typing import Final

from fleet.firmware import MAIN, PACKAGE
from fleet.versions import Channel, Version, known

ROOT: Final = "routeros"
CHANGELOG: Final = "CHANGELOG"
SIDECAR: Final = ".sha256"

CHANNELS: Final = {
    7: (Channel.LONG_TERM, Channel.STABLE, Channel.TESTING, Channel.DEVELOPMENT),
    6: (Channel.LONG_TERM, Channel.STABLE, Channel.UPGRADE),
}
"""The channels that are kept up. v6 has others, which have pointed into v7 for years and answer no question."""

_POINTER: Final = {7: "NEWESTa7", 6: "NEWEST6"}
"""``NEWEST7`` is still there, and frozen at 7.12.1 for devices that know no better."""

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}\Z")
_OLD_MAIN: Final = re.compile(r"routeros-([a-z0-9]+)-(.+)\.npk\Z")


def pointer(major: int, channel: Channel) -> str:
    """Tell where a channel says which version is its newest."""
    return f"{ROOT}/{_POINTER[major]}.{channel}"


def leads_to(major: int, channel: Channel) -> int:
    """Tell of which major version the answer has to be: what leads elsewhere is not believed."""
    return 7 if channel is Channel.UPGRADE else major


def place(version: Version, name: str) -> str:
    """Tell where a file of a version lies."""
    return f"{ROOT}/{version}/{name}"


def file(package: str, version: Version, architecture: str) -> str:
    """Name a package's file: v6 puts the architecture first in that of the main one, and x86 has no suffix."""
    built_for = suffix(architecture, version)
    if version.major < 7 and package == MAIN:
        return f"{MAIN}-{built_for}-{version}.npk"
    return f"{package}-{version}.npk" if built_for == "x86" else f"{package}-{version}-{built_for}.npk"


def suffix(architecture: str, version: Version) -> str:
    """Tell what files are called for an ``architecture-name``: a CHR says x86_64 and takes x86."""
    if architecture.startswith("x86"):
        return "x86"
    if architecture in ("ppc", "powerpc"):
        return "ppc" if version.major > 6 else "powerpc"
    return architecture


def served(path: str) -> tuple[str, ...] | None:
    """Take apart the path of something that a mirror may hold: a pointer's name, or a version and a file's.

    None for everything else. No part has a slash, begins with a dot, or can lead out of a folder.
    """
    parts = tuple(path.split("/"))
    if parts[0] != ROOT or not all(_NAME.match(part) for part in parts):
        return None
    if len(parts) == 2:
        names = {pointer(major, channel) for major, channels in CHANNELS.items() for channel in channels}
        return parts[1:] if path in names else None
    if len(parts) != 3 or (version := known(parts[1])) is None or str(version) != parts[1]:
        return None
    bare = parts[2].removesuffix(SIDECAR)
    return parts[1:] if bare == CHANGELOG or bare.endswith(".npk") else None


def parsed(name: str, version: Version) -> tuple[str, str] | None:
    """Tell package and architecture of a file's name; None where it is no package of this version."""
    old = _OLD_MAIN.match(name)
    if version.major < 7 and old and old[2] == str(version):
        return MAIN, "ppc" if old[1] == "powerpc" else old[1]
    package, found, rest = name.removesuffix(".npk").partition(f"-{version}")
    if not (found and name.endswith(".npk") and PACKAGE.match(package)):
        return None
    if not rest:
        return package, "x86"
    built_for = rest.removeprefix("-")
    return (package, "ppc" if built_for == "powerpc" else built_for) if rest.startswith("-") and built_for else None
