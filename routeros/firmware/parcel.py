"""The package files on a device: which lie there, which are foreign, and what is brought is what was meant."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from fleet.firmware import File
from routeros.errors import ProtocolError
from routeros.push.line import Line
from routeros.words import Command

LISTING: Final = Command("/file/print", ("name", "size"))
SUFFIX: Final = ".npk"


class Carrier(Protocol):
    """What brings files to a device and back: SFTP."""

    async def put(self, name: str, data: bytes) -> None: ...
    async def digest(self, name: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Parcel:
    """A package file and where it is kept here."""

    file: File
    kept: Path

    def read(self) -> bytes:
        """Read it and see that it is what the catalogue says; raises ProtocolError."""
        data = self.kept.read_bytes()
        if len(data) != self.file.size or hashlib.sha256(data).hexdigest() != self.file.sha256:
            raise ProtocolError(
                f"The mirror's {self.file.name} is not what the catalogue says.",
                next_step="Verify the mirror: flotilla firmware verify.",
            )
        return data


async def lying(line: Line) -> dict[str, int]:
    """Tell the package files in a device's root, with their sizes in bytes; raises RouterOSError."""
    (reply,) = await line.several(LISTING)
    if not isinstance(reply, list):
        raise reply
    found = {row.get("name", ""): row.get("size", "0") for row in reply}
    return {
        name: int(size) if size.isdigit() else 0
        for name, size in found.items()
        if name.endswith(SUFFIX) and "/" not in name
    }


def foreign(there: Sequence[str], meant: Sequence[Parcel]) -> list[str]:
    """Name the package files that nobody meant: the next restart would install them, too."""
    return sorted(set(there) - {parcel.file.name for parcel in meant})


async def bring(carrier: Carrier, parcel: Parcel, data: bytes) -> None:
    """Bring a file and read it back; raises ProtocolError where another one lies there then, or RouterOSError."""
    await carrier.put(parcel.file.name, data)
    seen = await carrier.digest(parcel.file.name)
    if seen != parcel.file.sha256:
        raise ProtocolError(
            f"{parcel.file.name} did not come to the device as it was sent: its SHA-256 is another one.",
            next_step="Look at the device's disk (bad-blocks) and at the line to it.",
        )


async def discard(line: Line, names: Sequence[str]) -> None:
    """Take package files away again; that there is none is no error. Raises RouterOSError or NotOurs."""
    there = await lying(line)
    for name in names:
        if name in there:
            await line.do("/file/remove", {"numbers": name})
