"""The text of exports: logical lines out of continued ones, words out of a line, values in and out of quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_PIECE: Final = re.compile(
    r"(?P<joint>\\\r?\n[ \t]*)|(?P<escape>\\[^\r\n])|(?P<quote>\")|(?P<end>\r?\n)|(?P<plain>[^\\\"\r\n]+|\\|\r)"
)
_COMMENT: Final = re.compile(r"[ \t]*#[^\n]*(?:\n|\Z)")
_WORDS: Final = re.compile(r'"(?:[^"\\]|\\.)*"?|[ \t\r]+|[\[\](){}]|[^"\s\[\](){}]+|\s', re.DOTALL)
_CLOSED: Final = {"[": "]", "(": ")", "{": "}"}
_ESCAPE: Final = re.compile(r"\\(?:((?:[0-9A-F]{2})(?:\\[0-9A-F]{2})*)|(.))", re.DOTALL)
_MEANT: Final = {"n": "\n", "r": "\r", "t": "\t", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "_": " "}
_WRITTEN: Final = {
    '"': '\\"', "\\": "\\\\", "$": "\\$", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\a": "\\a", "\b": "\\b",
    "\f": "\\f", "\v": "\\v", "?": "\\?",
}  # fmt: skip
_BARE: Final = re.compile(r"[A-Za-z0-9_.:/,*!@+-]+\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Line:
    """One logical line: ``raw`` as it stands in the file with its end, ``text`` without joints and end.

    ``broken`` says that a quote was never closed, or that the file ends where the line should go on.
    """

    raw: str
    text: str
    broken: bool = False


def lines(text: str) -> Iterator[Line]:
    """Cut a file into logical lines; their ``raw`` put together is the file."""
    place = 0
    while place < len(text):
        comment = _COMMENT.match(text, place)
        if comment:
            yield Line(comment[0], comment[0].rstrip("\r\n"))
            place = comment.end()
        else:
            line = _line(text, place)
            yield line
            place += len(line.raw)


def _line(text: str, start: int) -> Line:
    """Read up to the end of a line that is not continued."""
    parts: list[str] = []
    place, inside, open_ended = start, False, False
    while place < len(text):
        piece = _PIECE.match(text, place)
        if piece is None:
            break
        place = piece.end()
        open_ended = piece.lastgroup == "joint"
        if piece.lastgroup == "end":
            break
        inside ^= piece.lastgroup == "quote"
        if not open_ended:
            parts.append(piece[0])
    ends_in_joint = open_ended or (place == len(text) and bool(parts) and parts[-1] == "\\")
    return Line(text[start:place], "".join(parts), inside or (ends_in_joint and place == len(text)))


def split(text: str) -> list[str]:
    """Cut a logical line into words; quotes and brackets hold together what is in them."""
    words, word = list[str](), list[str]()
    closing: list[str] = []
    for piece in _WORDS.findall(text):
        if piece.isspace() and not closing:
            words += ["".join(word)] if word else []
            word = []
            continue
        if piece in _CLOSED:
            closing.append(_CLOSED[piece])
        elif closing and piece == closing[-1]:
            closing.pop()
        word.append(piece)
    return [*words, "".join(word)] if word else words


def quote(value: str) -> str:
    """Write a value as an export does: bare where it can be, else in quotes."""
    if _BARE.match(value):
        return value
    return '"' + "".join(_WRITTEN.get(sign) or _coded(sign) for sign in value) + '"'


def _coded(sign: str) -> str:
    """Write what is no printable ASCII as the codes of its bytes."""
    if " " <= sign <= "~":
        return sign
    return "".join(f"\\{byte:02X}" for byte in sign.encode("utf-8", "surrogateescape"))


def unquote(written: str) -> str:
    """Take a value out of its quotes; what stands in none is what it is."""
    if len(written) < 2 or not written.startswith('"') or not written.endswith('"'):
        return written
    return _ESCAPE.sub(_meant, written[1:-1])


def _meant(found: re.Match[str]) -> str:
    codes, sign = found.groups()
    if codes is None:
        return _MEANT.get(sign, sign)
    return bytes.fromhex(codes.replace("\\", "")).decode("utf-8", "surrogateescape")
