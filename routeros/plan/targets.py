"""Which row a command means: ``ftp``, ``0``, ``[ find default-name=ether1 ]``, ``[:pick [find chain=input] 2]``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from fleet.errors import BadInput
from routeros.export import lexer
from routeros.plan.operation import BY_NUMBER, Row

MARKS: Final[Mapping[str, str]] = {"/queue/interface": "interface"}
"""The property by which a menu's rows are called, where it is not ``name``."""

NEXT: Final = "Name the row by its properties, as [find name=ether1]; several properties must all be there."

_FIND: Final = re.compile(r"\[\s*find\b(?P<by>.*)\]\Z", re.DOTALL)
_PICK: Final = re.compile(r"\[\s*:pick\s+(?P<found>\[.*\])\s+(?P<nth>\d+)\s*\]\Z", re.DOTALL)
_NAMED: Final = re.compile(r"([A-Za-z0-9.][\w.-]*)=(.*)\Z", re.DOTALL | re.ASCII)
_SIGNS: Final = re.compile(r"[\[\](){};$*~<>|&]")


def rows(menu: str, written: str) -> Iterator[Row]:
    """Tell the rows that a target names; several names are separated by commas. Raises BadInput."""
    if written.startswith("["):
        yield row(menu, written)
        return
    for mark in written.split(","):
        yield row(menu, mark)


def row(menu: str, written: str) -> Row:
    """Tell the one row that a target names; raises BadInput."""
    written = written.strip()
    if picked := _PICK.match(written):
        return Row(row(menu, picked["found"]).by, int(picked["nth"]))
    if found := _FIND.match(written):
        return Row(dict(_conditions(found["by"])), only=True)
    name = lexer.unquote(written)
    if written.isdigit():
        return _numbered(menu, int(written))
    if not name or (written == name and _SIGNS.search(written)):
        raise BadInput("A row is named in a way that cannot be understood.", NEXT)
    return Row({MARKS.get(menu, "name"): name}, only=True)


def _numbered(menu: str, number: int) -> Row:
    if menu not in BY_NUMBER:
        raise BadInput("A row is named by its number, which is another one whenever the menu is printed.", NEXT)
    return Row(nth=number)


def _conditions(written: str) -> Iterator[tuple[str, str]]:
    """Read ``name=value`` pairs that must all be so."""
    words = lexer.split(written.strip())
    if words[:1] == ["where"]:
        words = words[1:]
    if not words:
        raise BadInput("[find] without a property means all rows of the menu.", NEXT)
    for word in words:
        if word in ("and", "&&"):
            continue
        named = _NAMED.match(word)
        if named is None or (not named[2].startswith('"') and _SIGNS.search(named[2])) or named[1] == ".id":
            raise BadInput("A search for rows holds more than properties and their values.", NEXT)
        yield named[1], lexer.unquote(named[2])
