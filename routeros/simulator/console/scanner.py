"""Console text under a moving mark: blanks, continued lines, words and quoted text."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NoReturn

from routeros.simulator.console.printed import Unreadable
from routeros.simulator.console.syntax import Joined, Node, Text

_CONTINUED: Final = re.compile(r"\\\r?\n[ \t]*")
_BLANKS: Final = re.compile(r"(?:[ \t]|\\\r?\n[ \t]*)+")
_ENDS: Final = re.compile(r"(?:[ \t\r\n;]|\\\r?\n|#[^\n]*)+")
_NAME: Final = re.compile(r"[A-Za-z0-9_]+")
_INNER: Final = re.compile(r"\$[A-Za-z0-9_(\[]")
_HEX: Final = re.compile(r"[0-9A-F]{2}")
_ESCAPES: Final = {
    "n": "\n", "r": "\r", "t": "\t", "a": "\a", "b": "\b", "f": "\f", "v": "\v",
    "_": " ", '"': '"', "\\": "\\", "$": "$", "?": "?",
}  # fmt: skip


class Scanner:
    """Reads on from ``place``; whatever cannot be read raises Unreadable with its line and column."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0

    def fail(self, what: str, place: int | None = None) -> NoReturn:
        at = self.place if place is None else place
        before = self.text[:at]
        raise Unreadable(what, before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1)

    def line(self, place: int) -> int:
        """Tell the line of a place, from 1."""
        return self.text.count("\n", 0, place) + 1

    @property
    def next(self) -> str:
        """The character at the mark; nothing at the end."""
        return self.text[self.place : self.place + 1]

    def sees(self, sign: str) -> bool:
        return self.text.startswith(sign, self.place)

    def takes(self, sign: str) -> bool:
        """Pass over a sign if it is next."""
        found = self.sees(sign)
        self.place += len(sign) * found
        return found

    def blanks(self) -> bool:
        """Pass over blanks and continued lines."""
        return self._pass(_BLANKS)

    def between(self) -> None:
        """Pass over everything that may stand between two commands, comments too."""
        self._pass(_ENDS)

    def _pass(self, pattern: re.Pattern[str]) -> bool:
        found = pattern.match(self.text, self.place)
        if found:
            self.place = found.end()
        return found is not None

    def match(self, pattern: re.Pattern[str]) -> str:
        """Take what a pattern matches here; nothing where it does not."""
        found = pattern.match(self.text, self.place)
        if found is None:
            return ""
        self.place = found.end()
        return found[0]

    def over(self) -> bool:
        """Tell whether the command ends here."""
        return self.next in ("", ";", "\n", "\r", "]", "}", ")", "#")

    def bare(self, ends: str) -> str:
        """Take a word up to a blank or one of ``ends``; a continued line may run through it."""
        taken = []
        while self.next and self.next not in ends and self.next not in " \t\r\n":
            continued = _CONTINUED.match(self.text, self.place)
            if continued:
                self.place = continued.end()
                continue
            taken.append(self.next)
            self.place += 1
        return "".join(taken)

    def variable(self) -> str:
        """Take the name of a variable, which may be quoted."""
        if self.takes('"'):
            end = self.text.find('"', self.place)
            if end < 0:
                self.fail("syntax error")
            name, self.place = self.text[self.place : end], end + 1
            return name
        return self.match(_NAME)

    def quoted(self, inner: Callable[[], Node], what: str) -> Node:
        """Take a quoted text, whose first quote is taken; ``inner`` reads what follows a ``$``.

        Where it does not end, ``what`` is said of the end of all.
        """
        parts: list[Node] = []
        taken: list[str] = []
        while not self.takes('"'):
            if not self.next:
                self.fail(what)
            if self.takes("\\"):
                taken.append(self._escaped())
            elif _INNER.match(self.text, self.place):
                parts += [Text("".join(taken))] if taken else []
                taken = []
                parts.append(inner())
            else:
                taken.append(self.next)
                self.place += 1
        if not parts:
            return Text("".join(taken))
        return Joined((*parts, Text("".join(taken))) if taken else tuple(parts))

    def _escaped(self) -> str:
        """Take what follows a backslash; two digits are a byte, and bytes in a row are UTF-8 where they can be."""
        self.place -= 1
        if self.match(_CONTINUED):
            return ""
        self.place += 1
        sign = self.next
        if sign in _ESCAPES and sign:
            self.place += 1
            return _ESCAPES[sign]
        data = bytearray()
        while code := self.match(_HEX):
            data.append(int(code, 16))
            if not re.match(r"\\[0-9A-F]{2}", self.text[self.place : self.place + 3]):
                break
            self.place += 1
        if not data:
            self.fail("syntax error")
        try:
            return data.decode()
        except UnicodeDecodeError:
            return data.decode("utf-8", "surrogateescape")
