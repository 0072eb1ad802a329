"""What of a device's rows is told: secrets masked, files without their contents, and no more rows than asked for."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Final

from fleet.questions import Keep
from routeros.export.secrets import masked
from routeros.words import Row

SECTION: Final = ".section"
NEVER: Final = frozenset({"contents"})
"""Properties that are not told at all: what is in a file is read as a file."""

LONGEST: Final = 4000
"""Characters of a value."""


def seen(menu: str, row: Mapping[str, str], *, unmasked: bool = False) -> Row:
    """Give a row as it may be shown; the device's words are cut where they are too long."""
    told = {name: value for name, value in row.items() if name not in NEVER}
    if not unmasked:
        told = {name: masked(menu, name, value) for name, value in told.items()}
    return {name: value if len(value) <= LONGEST else f"{value[:LONGEST]}…" for name, value in told.items()}


class Shelf:
    """Takes the rows of a reply as they come and keeps those that count, ``most`` at the most.

    ``full`` says that nothing more is wanted, ``more`` that rows were left out, ``told`` that there was any.
    """

    def __init__(self, keep: Keep, most: int) -> None:
        self._keep = keep
        self._most = most
        self._rows: deque[Row] = deque()
        self._section = ""
        self.more = False
        self.told = False

    @property
    def full(self) -> bool:
        return self.more and self._keep is Keep.FIRST

    def put(self, row: Row) -> None:
        """Take one row."""
        self.told = True
        if self._keep is Keep.SECTION and (section := row.get(SECTION, "")) != self._section:
            self._section, self.more = section, False
            self._rows.clear()
        if len(self._rows) < self._most:
            self._rows.append(row)
            return
        self.more = True
        if self._keep is Keep.NEWEST:
            self._rows.popleft()
            self._rows.append(row)

    def take(self) -> list[Row]:
        """Give what is kept, and begin anew with nothing; what comes by and by is taken out by and by."""
        rows, self._rows = list(self._rows), deque()
        self._most -= len(rows) if self._keep is Keep.FIRST else 0
        return rows

    @property
    def flows(self) -> bool:
        """Tell whether rows may be taken out before the end."""
        return self._keep is Keep.FIRST
