"""Who changed what on a device of late: ``/system/history``, without the commands, which may hold secrets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from routeros import values
from routeros.backup.talk import Talk, ask
from routeros.errors import RouterOSError, Trap
from routeros.words import Command, Row

MENU: Final = "/system/history/print"
PROPERTIES: Final = (".id", "action", "by", "time", "undoable")
PLACE: Final = (".id", "undoable")
"""What tells where the list stands, and nothing else: each poll of a watched device reads it."""

MOST: Final = 100
"""The device itself keeps no more actions."""

DIGITS: Final = 16
"""Of an action's number; what is longer is none."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One action: what (``filter rule changed``), by whom, and when by the device's own clock."""

    number: int
    action: str
    by: str
    at: str
    undone: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """The last actions, the newest first. ``known`` is False where the device has no such menu, or not for this user.

    ``marker`` is another one after every action, undo and redo. It begins anew when the device starts.
    """

    entries: tuple[Entry, ...] = ()
    known: bool = True

    @property
    def marker(self) -> str:
        return marker(self.entries) if self.known else ""

    def since(self, number: int | None) -> tuple[Entry, ...]:
        """Tell the actions after the one of a number; all where the device has started since, or none is given."""
        newest = self.entries[0].number if self.entries else 0
        if number is None or newest < number:
            return self.entries
        return tuple(entry for entry in self.entries if entry.number > number)


def marker(entries: Sequence[Entry]) -> str:
    """Sum up where a list of actions stands: the newest one's number, and how many are undone."""
    if not entries:
        return "0"
    return f"{entries[0].number:X}-{sum(entry.undone for entry in entries)}"


def number(marker: str) -> int | None:
    """Tell the number of the newest action from a marker; None where none was known."""
    try:
        return int(marker.partition("-")[0], 16)
    except ValueError:
        return None


def asking(properties: tuple[str, ...] = PROPERTIES) -> Command:
    """Make the command that reads the list; whole, for an undo may touch any action and gives none a new number."""
    return Command(MENU, properties, rows=10 * MOST)


async def read(talk: Talk) -> History:
    """Read the list; where the device refuses it is not known. Raises RouterOSError."""
    reply = await ask(talk, asking())
    if isinstance(reply, Trap):
        return History(known=False)
    if isinstance(reply, RouterOSError):
        raise reply
    return understood(reply)


def understood(rows: Sequence[Row]) -> History:
    """Read rows; what has no number is left out."""
    found = [entry for row in rows if (entry := _entry(row)) is not None]
    found.sort(key=lambda entry: entry.number, reverse=True)
    return History(tuple(found[:MOST]))


def newest(rows: Sequence[Row]) -> Entry | None:
    """Tell the newest action among rows."""
    entries = understood(rows).entries
    return entries[0] if entries else None


def _entry(row: Row) -> Entry | None:
    try:
        number = int(row.get(".id", "").lstrip("*")[: DIGITS + 1], 16)
    except ValueError:
        return None
    if not 0 <= number < 16**DIGITS:
        return None
    undone = row.get("undoable", "true") in ("false", "no")
    action, by, at = (values.text(row.get(name, "")) for name in ("action", "by", "time"))
    return Entry(number, action, by, at, undone)
