"""How a terminal wants to be spoken to: what the login name said after ``+``, and what the client said of itself."""

from __future__ import annotations

import re
from dataclasses import dataclass

_OPTION = re.compile(r"(\d*)([a-z])")


@dataclass(frozen=True, slots=True)
class Look:
    """``width`` 0 is unknown: nothing but prompts is written until the terminal has told it.

    ``dumb`` terminals get no escape codes; ``asked`` says that the terminal is asked for its size.
    """

    colours: bool
    dumb: bool
    width: int
    asked: bool = False


def look(options: str, terminal: str | None, width: int) -> Look:
    """Read the options of a login name: ``c`` no colours, ``e`` dumb, ``t`` ask nothing, ``120w`` so many columns."""
    said = {letter: number for number, letter in _OPTION.findall(options)}
    dumb = "e" in said or terminal in (None, "", "dumb")
    width = int(said.get("w") or 0) or width
    asked = not width and not dumb and "t" not in said
    return Look(not dumb and "c" not in said, dumb, width, asked)
