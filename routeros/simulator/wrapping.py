"""Long lines of an export, continued on the next ones as routers do it."""

from __future__ import annotations

import re
from typing import Final

WIDTH: Final = 77
"""So many signs fit in a line, without the blank and the backslash that continue it."""

INDENT: Final = "    "

_BARE: Final = re.compile(r"[A-Za-z0-9_.:/,*!@+-]+\Z", re.ASCII)
_NAMED: Final = {'"': '\\"', "\\": "\\\\", "$": "\\$", "?": "\\?", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_PIECE: Final = re.compile(r'"(?:[^"\\]|\\.)*" ?|\[[^\]]*\] ?|[^\s="]*=|[^\s="]+ ?| ')
_SIGN: Final = re.compile(r"\\(?:[0-9A-F]{2}|.)|.", re.DOTALL)


def wrapped(line: str) -> str:
    """Continue a line before a value or a name that does not fit, and within what is longer than a line.

    A new line within quotes always begins a new line of the export.
    """
    done: list[str] = []
    now = ""
    for piece in _PIECE.findall(line):
        for place, part in enumerate(_parts(piece)):
            if place or (_over(now + part) and now.strip()):
                done.append(now)
                now = INDENT
            for sign in _SIGN.findall(part) if _over(now + part) else [part]:
                if _over(now + sign):
                    done.append(now)
                    now = INDENT
                now += sign
    return "\\\n".join([*done, now])


def _parts(piece: str) -> list[str]:
    """Cut quoted text before each of its new lines."""
    parts = [""]
    for sign in _SIGN.findall(piece) if "\\n" in piece else [piece]:
        if sign == "\\n":
            parts.append("")
        parts[-1] += sign
    return parts


def _over(line: str) -> bool:
    return len(line.rstrip(" ")) > WIDTH


def quoted(value: str) -> str:
    """Write a value: bare where it can be, else in quotes with what is no printable ASCII as codes of bytes."""
    return value if _BARE.match(value) else '"' + "".join(map(_sign, value)) + '"'


def _sign(sign: str) -> str:
    if sign in _NAMED:
        return _NAMED[sign]
    if " " <= sign <= "~":
        return sign
    return "".join(f"\\{byte:02X}" for byte in sign.encode("utf-8", "surrogateescape"))
