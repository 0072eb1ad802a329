"""Two readings of the same menus, ours and librouteros's: every difference, and which are known losses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from librouteros.protocol import parse_word

from routeros.exchange import Reply
from routeros.words import Row

Cast: TypeAlias = str | int | bool
Theirs: TypeAlias = Sequence[Mapping[str, Cast]] | str
"""The rows that librouteros gave, or why it gave none."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One kind of difference in one property. ``real``: no known loss of librouteros explains it.

    ``ours`` and ``theirs`` are the first example, ``count`` is how often it was seen.
    """

    menu: str
    name: str
    ours: str
    theirs: str
    why: str
    real: bool = False
    count: int = 1


def compare(menu: str, ours: Reply, theirs: Theirs) -> tuple[Difference, ...]:
    """Name the differences of one menu; those of the same kind in the same property are counted together."""
    found: dict[tuple[str, str], Difference] = {}
    for one in _differences(menu, ours, theirs):
        known = found.get((one.name, one.why))
        found[one.name, one.why] = replace(known, count=known.count + 1) if known else one
    return tuple(found.values())


def _differences(menu: str, ours: Reply, theirs: Theirs) -> Iterator[Difference]:
    if not isinstance(ours, list):
        if not isinstance(theirs, str):
            yield Difference(
                menu, "", ours.message, f"{len(theirs)} rows", "only librouteros was answered", real=True
            )
        elif ours.message not in theirs:
            yield Difference(menu, "", ours.message, theirs, "they were refused differently", real=True)
        return
    if isinstance(theirs, str):
        yield Difference(menu, "", f"{len(ours)} rows", theirs, "librouteros cannot read the reply", real=True)
        return
    whole = [row for row in ours if row]
    for _ in range(len(ours) - len(whole)):
        yield Difference(menu, "", "a row without properties", "no row", "librouteros drops empty rows")
    yield from _rows(menu, list(filter(_lasting, whole)), list(filter(_lasting, theirs)))


def _rows(menu: str, ours: Sequence[Row], theirs: Sequence[Mapping[str, Cast]]) -> Iterator[Difference]:
    """Match rows by ``.id`` where there is one, else by their place."""
    left = {_mark(place, row): row for place, row in enumerate(ours)}
    right = {_mark(place, row): row for place, row in enumerate(theirs)}
    for mark in left.keys() - right.keys():
        yield Difference(menu, "", f"row {mark}", "no row", "the row is missing", real=True)
    for mark in right.keys() - left.keys():
        yield Difference(menu, "", "no row", f"row {mark}", "only librouteros has the row", real=True)
    for mark, row in left.items():
        if mark in right:
            yield from _values(menu, row, right[mark])


def _lasting(row: Mapping[str, Cast]) -> bool:
    """Leave out what is dynamic: it comes and goes between two readings, like our own connections."""
    return row.get("dynamic") not in ("true", True)


def _mark(place: int, row: Mapping[str, Cast]) -> str:
    return str(row.get(".id", place))


def _values(menu: str, ours: Row, theirs: Mapping[str, Cast]) -> Iterator[Difference]:
    for name in sorted(ours.keys() | theirs.keys()):
        if name not in theirs:
            yield Difference(menu, name, repr(ours[name]), "nothing", "the property is missing", real=True)
        elif name not in ours:
            yield Difference(menu, name, "nothing", repr(theirs[name]), "only librouteros has it", real=True)
        elif theirs[name] != ours[name]:
            why = _why(ours[name], theirs[name])
            text = why or "the values differ"
            yield Difference(menu, name, repr(ours[name]), repr(theirs[name]), text, real=not why)


def _why(ours: str, theirs: Cast) -> str:
    """Explain a value by what librouteros is known to do to it; empty where that is not enough."""
    ascii_only = ours.encode("ascii", "ignore").decode()
    expected = parse_word(f"=x={ascii_only}")[1]
    if theirs != expected or type(theirs) is not type(expected):
        return ""
    reasons = ["letters outside ASCII are dropped"] if ascii_only != ours else []
    if isinstance(theirs, bool):
        reasons.append("read as bool, by guess: the text is lost")
    elif isinstance(theirs, int):
        reasons.append("read as int, by guess")
    return ", ".join(reasons)
