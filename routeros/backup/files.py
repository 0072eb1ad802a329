"""A file of a device, read over the API, byte for byte."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from routeros import values
from routeros.backup.talk import Talk, ask
from routeros.errors import ProtocolError, RouterOSError, TooLong, Trap
from routeros.words import Command

CHUNK: Final = 32_768
"""What ``/file/read`` gives at once at most."""

LARGEST: Final = 16 * 1024 * 1024
"""The largest export has been seen at some 2 MB."""

Fetch = Callable[[str], Awaitable[bytes]]
"""Another way to read a file of the device: by SFTP."""

_LOOKS: Final = 5
_PAUSE: Final = 0.2

_BY_SSH: Final = "Enable ssh on the device (/ip/service) and let Flotilla read large files by it, or upgrade to 7.13."


@dataclass(frozen=True, slots=True)
class Stored:
    """A file as the device lists it. ``contents`` is None where it does not show them."""

    id: str
    name: str
    size: int
    contents: str | None


async def find(talk: Talk, name: str) -> Stored | None:
    """Look at one file; None where there is none of that name. Raises RouterOSError."""
    listing = Command("/file/print", (".id", "name", "size", "contents"), queries=(f"?name={name}",))
    reply = await ask(talk, listing)
    if isinstance(reply, RouterOSError):
        raise reply
    row = next((row for row in reply if row.get("name") == name), None)
    if row is None:
        return None
    return Stored(row.get(".id", name), name, _size(row.get("size", "0")), row.get("contents"))


async def written(talk: Talk, name: str, command: str) -> Stored:
    """Look at a file that ``command`` has just written: it has been seen to show up a moment late.

    Raises ProtocolError where it does not come, or RouterOSError.
    """
    for _ in range(_LOOKS):
        found = await find(talk, name)
        if found is not None and found.size:
            return found
        await asyncio.sleep(_PAUSE)
    raise ProtocolError(
        f"The device said that it wrote {name}, and has no such file.",
        menu=command,
        next_step="Look whether there is room for a file (/file), and at the device's /log.",
    )


async def discard(talk: Talk, name: str) -> str:
    """Remove a file; tells why where that cannot be done just now."""
    try:
        await remove(talk, name)
    except RouterOSError as error:
        return str(error)
    return ""


async def read(talk: Talk, file: Stored, fetch: Fetch | None = None) -> bytes:
    """Read a file whole: as it is shown, else in chunks (7.13 and later), else by ``fetch``.

    Raises TooLong, ProtocolError where what came is not what the device says that it holds, or RouterOSError.
    """
    if file.size > LARGEST:
        raise TooLong(f"The file {file.name} has {file.size} bytes; {LARGEST} are read at most.", menu="/file")
    if file.contents is not None and (shown := _bytes(file.contents, file.size)) is not None:
        return shown
    if (data := await _chunks(talk, file)) is None:
        if fetch is None:
            raise TooLong(
                f"The device does not show the {file.size} bytes of {file.name} over the API.",
                menu="/file",
                next_step=_BY_SSH,
            )
        data = await fetch(file.name)
    if len(data) != file.size:
        raise ProtocolError(
            f"The device says that {file.name} has {file.size} bytes, and gave {len(data)}.",
            menu="/file",
            next_step="It is read again by itself; it may have been written to meanwhile.",
        )
    return data


async def remove(talk: Talk, name: str) -> None:
    """Remove a file; that there is none is no error. Raises RouterOSError."""
    reply = await ask(talk, Command("/file/remove", attributes={"numbers": name}))
    if isinstance(reply, Trap) and "no such item" in reply.message:
        return
    if isinstance(reply, RouterOSError):
        raise reply


async def _chunks(talk: Talk, file: Stored) -> bytes | None:
    """Read a file piece by piece; None where the device has no command for it."""
    data = bytearray()
    while len(data) < file.size:
        wanted = min(CHUNK, file.size - len(data))
        asked = {"file": file.name, "offset": str(len(data)), "chunk-size": str(wanted)}
        reply = await ask(talk, Command("/file/read", attributes=asked))
        if isinstance(reply, Trap) and reply.absent:
            return None
        if isinstance(reply, RouterOSError):
            raise reply
        piece = _bytes("".join(row.get("data", "") for row in reply), wanted)
        if piece is None:
            raise ProtocolError(
                f"The device gave another part of {file.name} than it was asked for.",
                menu="/file/read",
                next_step="It is read again by itself.",
            )
        data += piece
    return bytes(data)


def _bytes(text: str, size: int) -> bytes | None:
    """Turn a received word back into the bytes that it was; None where they cannot be so many.

    A word is read as UTF-8 or else as latin-1, and which it was the size tells.
    """
    for encoding in ("utf-8", "latin-1"):
        try:
            data = text.encode(encoding)
        except UnicodeEncodeError:
            continue
        if len(data) == size:
            return data
    return None


def _size(text: str) -> int:
    try:
        return values.size(text)
    except ValueError:
        raise ProtocolError(f"The device says that a file has the size {text[:40]!r}.", menu="/file") from None
