"""Two configurations beside each other, line by line, without noise and with their secrets masked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Final

from routeros.export import Command, Document, Section, normalise, redact

CONTEXT: Final = 3
CHANGED: Final = "  # a secret changed"


class Mark(StrEnum):
    """What became of a line."""

    SAME = "same"
    GONE = "gone"
    CAME = "came"
    CHANGED = "changed"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Pair:
    """A line of before beside one of after; None where there is none. Numbers count from 1."""

    mark: Mark
    before: str | None
    after: str | None
    before_number: int | None
    after_number: int | None


@dataclass(frozen=True, slots=True)
class _Line:
    """A line as it is, as it is shown, and in which menu it stands."""

    raw: str
    shown: str
    menu: str


def pairs(before: Document, after: Document) -> list[Pair]:
    """Put two configurations beside each other, all lines of both."""
    old, new = _lines(before), _lines(after)
    moved = _moved(old, new)
    matcher = SequenceMatcher(None, [o.raw for o in old], [n.raw for n in new], autojunk=False)
    return [pair for code in matcher.get_opcodes() for pair in _opcode(code, old, new, moved)]


def unified(found: Sequence[Pair], names: tuple[str, str], context: int = CONTEXT) -> str:
    """Write the differences as a unified diff, each with so many lines around it; empty where there are none."""
    lines: list[str] = []
    for group in _groups(found, context):
        lines.append(_head(found[group.start : group.stop]))
        for pair in found[group.start : group.stop]:
            lines += _written(pair)
    return "".join(f"{line}\n" for line in (f"--- {names[0]}", f"+++ {names[1]}", *lines)) if lines else ""


def around(found: Sequence[Pair], context: int = CONTEXT) -> Iterator[list[Pair]]:
    """Yield the differences in groups, each with so many lines around it."""
    for group in _groups(found, context):
        yield list(found[group.start : group.stop])


def _lines(document: Document) -> list[_Line]:
    plain = normalise(document)
    menu, lines = "", list[_Line]()
    for entry, masked in zip(plain.entries, redact(plain).entries, strict=True):
        if isinstance(entry, Section | Command):
            menu = entry.menu
        lines.append(_Line(entry.line.raw.rstrip("\r\n"), masked.line.raw.rstrip("\r\n"), menu))
    return lines


def _opcode(
    code: tuple[str, int, int, int, int],
    old: Sequence[_Line],
    new: Sequence[_Line],
    moved: frozenset[tuple[str, str]],
) -> Iterator[Pair]:
    tag, a, b, c, d = code
    for n in range(max(b - a, d - c)):
        left = (a + n) if a + n < b else None
        right = (c + n) if c + n < d else None
        yield _pair(tag, left, right, (old, new), moved)


def _pair(
    tag: str,
    left: int | None,
    right: int | None,
    texts: tuple[Sequence[_Line], Sequence[_Line]],
    moved: frozenset[tuple[str, str]],
) -> Pair:
    one = None if left is None else texts[0][left]
    two = None if right is None else texts[1][right]
    after = None if two is None else two.shown
    if tag == "equal":
        mark = Mark.SAME
    elif any(line is not None and (line.menu, line.raw) in moved for line in (one, two)):
        mark = Mark.MOVED
    elif one is None or two is None:
        mark = Mark.CAME if one is None else Mark.GONE
    else:
        mark = Mark.CHANGED
        after = two.shown + CHANGED if one.shown == two.shown else two.shown
    numbers = (None if n is None else n + 1 for n in (left, right))
    return Pair(mark, None if one is None else one.shown, after, *numbers)


def _moved(old: Sequence[_Line], new: Sequence[_Line]) -> frozenset[tuple[str, str]]:
    """Tell the lines that both have, as often, but in another order among those of their menu."""
    mine = Counter((line.menu, line.raw) for line in old)
    theirs = Counter((line.menu, line.raw) for line in new)
    return frozenset(key for key, count in mine.items() if theirs.get(key) == count)


def _groups(found: Sequence[Pair], context: int) -> Iterator[range]:
    start = stop = 0
    for place, pair in enumerate(found):
        if pair.mark is Mark.SAME:
            continue
        if place - context > stop and stop:
            yield range(start, min(stop, len(found)))
            start = place - context
        elif not stop:
            start = max(0, place - context)
        stop = place + 1 + context
    if stop:
        yield range(start, min(stop, len(found)))


def _head(group: Sequence[Pair]) -> str:
    old = [pair.before_number for pair in group if pair.before_number is not None]
    new = [pair.after_number for pair in group if pair.after_number is not None]
    return f"@@ -{old[0] if old else 0},{len(old)} +{new[0] if new else 0},{len(new)} @@"


def _written(pair: Pair) -> list[str]:
    if pair.mark is Mark.SAME:
        return [f" {pair.before}"]
    gone = [] if pair.before is None else [f"-{pair.before}"]
    came = [] if pair.after is None else [f"+{pair.after}"]
    return gone + came
