"""What running console text came to, and how it may end early."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Printed:
    """What was printed, lines ended by ``\\n``; ``failed`` where an error, whose text is printed, ended it.

    ``error`` is that text alone, and ``place`` says what failed, where that is known: ``/ip/address/add; line 2``.
    ``unreadable`` says that nothing was run.
    """

    text: str = ""
    failed: bool = False
    error: str = ""
    place: str = ""
    unreadable: bool = False


class Unreadable(Exception):
    """Text that is no command of this router: nothing of it is run."""

    def __init__(self, what: str, line: int, column: int) -> None:
        super().__init__(f"{what} (line {line} column {column})")
        self.line, self.column = line, column


class Stopped(Exception):
    """A command that failed while it ran; ``place`` says which."""

    def __init__(self, message: str, place: str = "") -> None:
        super().__init__(message)
        self.message, self.place = message, place
