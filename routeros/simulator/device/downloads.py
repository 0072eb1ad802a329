"""What the vendor's server has for the simulated devices: channels, changelogs, packages and their checksums."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache

from fleet.firmware import MAIN
from fleet.versions import APART, LAST_OLD, STONE, Channel, Version, known
from routeros.depot import layout
from routeros.simulator.device import firmware
from routeros.simulator.device.firmware import Channels

SET_AT = datetime(2026, 9, 26, 8, tzinfo=UTC)
"""When all channels were set."""


class Downloads:
    """What each path answers with; ``spoilt`` lets one answer with something else, None with nothing."""

    def __init__(self, channels: Channels) -> None:
        self._channels = channels
        self.spoilt: dict[str, bytes | None] = {}

    def content(self, path: str) -> bytes | None:
        """Tell what lies under a path; None where nothing does."""
        if path in self.spoilt:
            return self.spoilt[path]
        match layout.served(path):
            case (name,):
                return self._pointer(name)
            case (folder, name):
                version = known(folder)
                return None if version not in self.versions() or version is None else _content(version, name)
        return None

    def versions(self) -> list[Version]:
        """Tell which versions are there: those of the channels, and the stepping stones between them."""
        pointed = [known(one) for one in self._channels.versions.values()]
        return sorted({STONE, LAST_OLD, *(one for one in pointed if one is not None)})

    def paths(self) -> Iterator[str]:
        """Yield all that is there."""
        for major, channels in layout.CHANNELS.items():
            yield from (layout.pointer(major, channel) for channel in channels)
        for version in self.versions():
            yield layout.place(version, layout.CHANGELOG)
            for name in _names(version):
                yield layout.place(version, name)
                yield layout.place(version, name + layout.SIDECAR)

    def _pointer(self, name: str) -> bytes | None:
        stem, _, channel = name.partition(".")
        key = channel if stem.endswith("7") else f"6.{Channel(channel)}"
        found = self._channels.versions.get(key)
        return None if found is None else f"{found} {int(SET_AT.timestamp())}\n".encode()


def _names(version: Version) -> Iterator[str]:
    for architecture in firmware.MAIN_SIZES:
        for package in (MAIN, *firmware.EXTRAS):
            if _exists(package, version, architecture):
                yield layout.file(package, version, architecture)


def _exists(package: str, version: Version, architecture: str) -> bool:
    """Tell whether there is such a package: drivers are apart from 7.13 on, and not made for every architecture."""
    if package.startswith("wifi-"):
        return version >= APART and architecture in ("arm", "arm64")
    return firmware.needs_driver(package, version)


@lru_cache(maxsize=4096)
def _content(version: Version, name: str) -> bytes | None:
    if name == layout.CHANGELOG:
        return f"What's new in {version}:\n\n*) system - improved stability;\n".encode()
    bare = name.removesuffix(layout.SIDECAR)
    found = layout.parsed(bare, version)
    if found is None or bare not in set(_names(version)):
        return None
    made = firmware.npk(found[0], version, found[1])
    return f"{hashlib.sha256(made).hexdigest()}  {bare}\n".encode() if bare != name else made
