"""Take the export of a device over the API: to a file, read byte for byte, and the file removed again.

Without a file ``/export`` tells the API nothing. Version 6 shows secrets by itself and refuses ``show-sensitive``.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Final

from routeros.backup import files
from routeros.backup.files import Fetch
from routeros.backup.history import History
from routeros.backup.history import read as changes
from routeros.backup.talk import EXPORT, Talk, ask
from routeros.errors import RouterOSError, Trap
from routeros.words import Command

NAME: Final = "flotilla-export.rsc"
"""One name for each device: what a taking left that was cut in the middle, the next one overwrites and removes."""

_RIGHTS: Final = (
    "Give the user's group the policies read, write, ftp, policy, test and sensitive (/user/group): the export is "
    "written to a file, and without secrets it restores nothing."
)


class NoRights(Trap):
    """The device's user may not write an export."""

    code = "no_rights"


@dataclass(frozen=True, slots=True)
class Taken:
    """An export as the device wrote it, byte for byte, and what its list of actions said just before.

    ``left`` says why the file could not be removed; it holds secrets, and the next taking tries again.
    """

    data: bytes = field(repr=False)
    history: History
    left: str = ""

    @property
    def text(self) -> str:
        """The export as text; bytes that are no UTF-8 survive."""
        return self.data.decode("utf-8", "surrogateescape")


async def take(talk: Talk, fetch: Fetch | None = None) -> Taken:
    """Take the export of a device, with its secrets.

    The file is removed whatever happens. Raises NoRights, TooLong, or any RouterOSError of the connection.
    """
    history = await changes(talk)
    await _clear(talk)
    left = ""
    try:
        await _export(talk)
        data = await files.read(talk, await files.written(talk, NAME, "/export"), fetch)
    finally:
        left = await asyncio.shield(files.discard(talk, NAME))
    return Taken(data, history, left)


async def _clear(talk: Talk) -> None:
    """Remove what an earlier taking left: it must not be mistaken for the new one."""
    try:
        await files.remove(talk, NAME)
    except Trap as refusal:
        raise _understood(refusal) from None


async def _export(talk: Talk) -> None:
    reply = await ask(talk, Command("/export", attributes={"file": NAME, "show-sensitive": ""}), EXPORT)
    if isinstance(reply, Trap) and _unknown(reply):
        reply = await ask(talk, Command("/export", attributes={"file": NAME}), EXPORT)
    if isinstance(reply, Trap):
        raise _understood(reply)
    if isinstance(reply, RouterOSError):
        raise reply


def _unknown(refusal: Trap) -> bool:
    """Tell whether the device does not know ``show-sensitive``."""
    return "unknown parameter" in refusal.message or "show-sensitive" in refusal.message


def _understood(refusal: Trap) -> Trap:
    """Say what to do about rights that are missing; any other refusal is what it is."""
    if not refusal.message.startswith("not enough permissions"):
        return refusal
    told = NoRights(refusal.category, "The device's user may not write an export.", device=refusal.device)
    told.next_step, told.menu = _RIGHTS, refusal.menu
    return told
