"""What a source has: where its channels point, and what there is of a version."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fleet.errors import Unavailable
from fleet.firmware import File, Pointer
from fleet.versions import Version
from routeros.depot import layout, reading
from routeros.depot.source import STEP, Source, text

SMALL = 4096
LONGEST_CHANGELOG = 2**20


class BadChecksum(Unavailable):
    """What should be a file's checksum is none."""


@dataclass(frozen=True, slots=True)
class Pointers:
    """Where the channels point, and what was not believed, with the reason."""

    found: tuple[Pointer, ...]
    refused: tuple[str, ...]


def pointers(source: Source) -> Pointers:
    """Ask each channel for its newest version; raises Unavailable where the source knows none at all."""
    found: list[Pointer] = []
    refused: list[str] = []
    for major, channels in layout.CHANNELS.items():
        for channel in channels:
            path = layout.pointer(major, channel)
            told = text(source, path, SMALL)
            if told is None:
                continue
            try:
                found.append(reading.pointer(told, major, channel))
            except ValueError as error:
                refused.append(f"{path} is not believed: {error}.")
    if not found:
        raise Unavailable(" ".join(refused) or "The source has no channels.", STEP)
    return Pointers(tuple(found), tuple(refused))


def changelog(source: Source, version: Version) -> str | None:
    """Read what is new in a version; None where the source has no such version."""
    return text(source, layout.place(version, layout.CHANGELOG), LONGEST_CHANGELOG)


def files(source: Source, version: Version, wanted: Iterable[tuple[str, str]]) -> list[File]:
    """Look for packages of a version, each by package and architecture; what is not there is left out."""
    return [found for package, built_for in wanted if (found := file(source, version, package, built_for))]


def file(source: Source, version: Version, package: str, architecture: str) -> File | None:
    """Look for a package of a version; None where it is not there. Raises BadChecksum."""
    name = layout.file(package, version, architecture)
    path = layout.place(version, name)
    told = text(source, f"{path}{layout.SIDECAR}", SMALL)
    size = source.size(path) if told is not None else None
    if told is None or size is None:
        return None
    try:
        return File(version, name, package, architecture, size, reading.checksum(told))
    except ValueError as error:
        raise BadChecksum(f"{path}{layout.SIDECAR} is none: {error}.", STEP) from error
