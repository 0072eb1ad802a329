"""A binary backup: written by the device under a password that was made for it, read byte for byte, and removed.

What the file holds only the same device with the same version of RouterOS can load.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from routeros.backup import files
from routeros.backup.files import Fetch
from routeros.backup.talk import Talk, ask
from routeros.errors import RouterOSError, Trap
from routeros.restore.kinds import Mark, Origin
from routeros.words import Command, Row

NAME: Final = "flotilla-binary"
FILE: Final = f"{NAME}.backup"
"""At the top of the files: where there is a flash directory that is memory alone, which spares the flash."""

SAVING: Final = timedelta(minutes=1)
PASSWORD_BYTES: Final = 24

_BOARD: Final = Command("/system/routerboard/print", ("serial-number", "model"))
_LICENCE: Final = Command("/system/license/print", ("system-id", "software-id"))
_RESOURCE: Final = Command("/system/resource/print", ("version", "board-name"))


@dataclass(frozen=True, slots=True)
class Saved:
    """The file as the device wrote it, the password that opens it, and what the device was.

    ``left`` says why the file could not be removed from the device; the next one is written over it.
    """

    data: bytes = field(repr=False)
    password: str = field(repr=False)
    origin: Origin
    left: str = ""


async def origin(talk: Talk) -> Origin:
    """Tell what a device is; raises RouterOSError."""
    board, licence, resource = [await _row(talk, command) for command in (_BOARD, _LICENCE, _RESOURCE)]
    mark = Mark(board.get("serial-number", ""), licence.get("system-id", "") or licence.get("software-id", ""))
    model = board.get("model", "") or resource.get("board-name", "")
    return Origin(mark, model, resource.get("version", ""))


async def save(talk: Talk, fetch: Fetch | None = None) -> Saved:
    """Have a device write a backup, and read it; the file is removed whatever happens. Raises RouterOSError."""
    told, password = await origin(talk), secrets.token_urlsafe(PASSWORD_BYTES)
    try:
        await _save(talk, password)
        data = await files.read(talk, await files.written(talk, FILE, "/system/backup/save"), fetch)
    finally:
        left = await asyncio.shield(files.discard(talk, FILE))
    return Saved(data, password, told, left)


async def _save(talk: Talk, password: str) -> None:
    said = {"name": NAME, "password": password, "encryption": "aes-sha256"}
    reply = await ask(talk, Command("/system/backup/save", attributes=said), SAVING)
    if isinstance(reply, RouterOSError):
        raise reply


async def _row(talk: Talk, command: Command) -> Row:
    """Read a single record; a device without that menu has none."""
    reply = await ask(talk, command)
    if isinstance(reply, Trap):
        return {}
    if isinstance(reply, RouterOSError):
        raise reply
    return reply[0] if reply else {}
