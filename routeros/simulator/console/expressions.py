"""Reads expressions: ``($a + 1)``, and the conditions of ``find`` and ``print where``."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from routeros.simulator.console.scanner import Scanner
from routeros.simulator.console.syntax import (
    Code,
    Listing,
    Node,
    Operation,
    Property,
    Script,
    Substitution,
    Text,
    Variable,
)

_LITERAL: Final = re.compile(
    r"(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}"
    r"|\d+\.\d+\.\d+\.\d+(?:/\d+)?"
    r"|\d+:\d\d(?::\d\d)?"
    r"|\*[0-9A-Fa-f]+"
    r"|(?:\d+(?:w|d|h|ms|us|m|s))+(?![A-Za-z])"
    r"|0x[0-9A-Fa-f]+|\d+"
    r"|[A-Za-z_][\w-]*"
)
_PROPERTY: Final = re.compile(r"\.?[A-Za-z0-9*][\w.*-]*")
_SIGN: Final = re.compile(r"&&|\|\||->|<=|>=|!=|<<|>>|[=<>~+\-*/%.,&|^]|(?:and|or|in)(?![\w-])")
_ASKING: Final = re.compile(r"&&|\|\||<=|>=|!=|[=<>~]|(?:and|or|in)(?![\w-])")
_NOT: Final = re.compile(r"!|not(?![\w-])")
_COMPARED: Final = frozenset({"=", "!=", "<", ">", "<=", ">=", "~", "in"})
_STRENGTH: Final = {
    **dict.fromkeys(("or", "||"), 1),
    **dict.fromkeys(("and", "&&"), 2),
    **dict.fromkeys(_COMPARED, 3),
    **dict.fromkeys((".", ","), 4),
    **dict.fromkeys(("|", "^", "&"), 5),
    **dict.fromkeys(("<<", ">>"), 6),
    **dict.fromkeys(("+", "-"), 7),
    **dict.fromkeys(("*", "/", "%"), 8),
    "->": 9,
}


class Expressions:
    """Reads values from a scanner; ``script`` reads commands up to a closing sign."""

    def __init__(self, scanner: Scanner, script: Callable[[str], Script]) -> None:
        self._scanner = scanner
        self._script = script

    def condition(self) -> Node:
        """Read what ``where`` asks: tests side by side must all hold."""
        found = self._expression(0, asking=True)
        self._scanner.blanks()
        while not self._scanner.over():
            found = Operation("and", found, self._expression(0, asking=True))
            self._scanner.blanks()
        return found

    def value(self, what: str, ends: str = ";])}=") -> Node:
        """Read an argument's value; ``what`` is said where there is none."""
        special = self._special(what)
        if special is not None:
            return special
        return Text(self._scanner.bare(ends), bare=True)

    def block(self) -> Code:
        """Read ``{ … }`` as commands."""
        scanner = self._scanner
        scanner.blanks()
        start = scanner.place + 1
        if not scanner.takes("{"):
            return self._called()
        script = self._script("}")
        return Code(script, scanner.text[start : scanner.place - 1])

    def _called(self) -> Code:
        """Read ``do=[ … ]``."""
        start = self._scanner.place
        node = self.value("syntax error")
        if not isinstance(node, Substitution):
            self._scanner.fail("syntax error", start)
        return Code(node.script, self._scanner.text[start + 1 : self._scanner.place - 1])

    def source(self) -> Code:
        """Read ``{ … }`` as text that is kept and run another time."""
        scanner, depth = self._scanner, 0
        start = scanner.place + 1
        while True:
            if not scanner.next:
                scanner.fail("syntax error")
            if scanner.takes('"'):
                scanner.quoted(self._inner, "syntax error")
                continue
            depth += (scanner.next == "{") - (scanner.next == "}")
            scanner.place += 1
            if depth == 0:
                return Code(None, scanner.text[start : scanner.place - 1])

    def _special(self, what: str) -> Node | None:
        """Read a value that its first sign gives away."""
        scanner = self._scanner
        if scanner.takes('"'):
            return scanner.quoted(self._inner, what)
        if scanner.sees("$"):
            return self._inner()
        if scanner.takes("["):
            return Substitution(self._script("]"))
        if scanner.takes("("):
            return self._closed(asking=False)
        if scanner.takes("{"):
            return self._listing()
        return None

    def _inner(self) -> Node:
        """Read what follows a ``$``: a name, an expression or commands."""
        scanner = self._scanner
        scanner.takes("$")
        if scanner.takes("["):
            return Substitution(self._script("]"))
        if scanner.takes("("):
            return self._closed(asking=False)
        name = scanner.variable()
        if not name:
            scanner.fail("syntax error")
        return Variable(name)

    def _closed(self, *, asking: bool) -> Node:
        found = self._expression(0, asking=asking)
        self._scanner.blanks()
        if not self._scanner.takes(")"):
            self._scanner.fail("syntax error")
        return found

    def _listing(self) -> Listing:
        scanner, items = self._scanner, list[tuple[Node | None, Node]]()
        while True:
            scanner.between()
            if scanner.takes("}"):
                return Listing(tuple(items))
            first = self.value("syntax error")
            scanner.blanks()
            if scanner.takes("="):
                items.append((first, self.value("syntax error")))
            else:
                items.append((None, first))
            scanner.blanks()
            if scanner.next not in (";", "}", "\n", "\r"):
                scanner.fail("syntax error")

    def _expression(self, least: int, *, asking: bool) -> Node:
        """Read operators of at least this strength."""
        scanner = self._scanner
        left = self._operand(asking=asking)
        while True:
            before = scanner.place
            scanner.between() if not asking else scanner.blanks()
            sign = scanner.match(_ASKING if asking else _SIGN)
            if not sign or _STRENGTH[sign] <= least:
                scanner.place = before
                return left
            if asking and sign in _COMPARED:
                right = self._compared()
            else:
                right = self._expression(_STRENGTH[sign], asking=asking)
            left = Operation(sign, left, right)

    def _compared(self) -> Node:
        """Read what a property is compared with."""
        self._scanner.blanks()
        return self.value("syntax error", ends=";])}&|")

    def _operand(self, *, asking: bool) -> Node:
        scanner = self._scanner
        scanner.blanks()
        if scanner.match(_NOT):
            return Operation("!", None, self._operand(asking=asking))
        if not asking and scanner.takes("-"):
            return Operation("-", None, self._operand(asking=asking))
        if scanner.takes("("):
            return self._closed(asking=asking)
        special = self._special("syntax error")
        if special is not None:
            return special
        word = scanner.match(_PROPERTY if asking else _LITERAL)
        if not word:
            scanner.fail("syntax error")
        return Property(word) if asking else Text(word, bare=True)
