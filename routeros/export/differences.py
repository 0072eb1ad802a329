"""What changed from one export to another: by section, in commands added, removed, changed and moved."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from routeros.export.document import Command, Document
from routeros.export.normal import ORDERED, normal
from routeros.export.secrets import masked, secret, written

NAMES: Final = (
    ("name",),
    ("address", "interface"),
    ("list", "address"),
    ("interface", "bridge"),
    ("list", "interface"),
    ("bridge", "vlan-ids"),
    ("mac-address",),
    ("dst-address", "gateway", "routing-table"),
    ("comment", "chain", "action"),
    ("interface",),
    ("address",),
    ("numbers",),
)
"""Properties by which two rows of a section are taken for the same one, the surest first."""

LIKE: Final = 0.6
"""Rows without such a property are taken for the same one where so much of them is."""

MOST_COMPARED: Final = 40_000


@dataclass(frozen=True, slots=True)
class Changed:
    """One command before and after."""

    before: Command
    after: Command

    @property
    def properties(self) -> tuple[str, ...]:
        """The names of the arguments that differ."""
        old, new = self.before.arguments, self.after.arguments
        return tuple(sorted(n for n in {*old, *new} if (n in old, old.get(n)) != (n in new, new.get(n))))


@dataclass(frozen=True, slots=True)
class Delta:
    """What changed in one section. ``moved`` rows are the same, but stand elsewhere among the others.

    Secrets are compared and never shown: the commands hold them, ``lines`` masks them.
    """

    menu: str
    added: tuple[Command, ...] = ()
    removed: tuple[Command, ...] = ()
    changed: tuple[Changed, ...] = ()
    moved: tuple[Command, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed or self.moved)

    def lines(self) -> list[str]:
        """Write it for a person: ``-`` and ``+`` in front of what went and came, ``~`` of what changed its place."""
        told = [f"- {_shown(command)}" for command in self.removed]
        told += [f"+ {_shown(command)}" for command in self.added]
        for change in self.changed:
            hidden = frozenset(name for name in change.properties if secret(self.menu, name))
            told += [f"- {_shown(change.before)}", f"+ {_shown(change.after, hidden)}"]
        return told + [f"~ {_shown(command)}" for command in self.moved]


def _shown(command: Command, changed: frozenset[str] = frozenset()) -> str:
    """Write a command with its secrets masked, those that changed with a mark of that."""
    arguments = {
        name: None if value is None else masked(command.menu, name, value) + " (changed)" * (name in changed)
        for name, value in sorted(command.arguments.items())
    }
    return written(command, arguments)


def diff(before: Document, after: Document) -> list[Delta]:
    """Compare two exports; what is only written in another way or another order that means nothing is no change."""
    old, new = before.sections, after.sections
    menus = dict.fromkeys([*old, *new])
    return [delta for menu in menus if (delta := _section(menu, old.get(menu, ()), new.get(menu, ())))]


def _section(menu: str, old: Sequence[Command], new: Sequence[Command]) -> Delta:
    kept_old, kept_new = _kept(old, new)
    gone = [command for place, command in enumerate(old) if place not in kept_old]
    come = [command for place, command in enumerate(new) if place not in kept_new]
    changed = _pairs(gone, come)
    moved = _moved([kept_old[place] for place in sorted(kept_old)], [kept_new[place] for place in sorted(kept_new)])
    return Delta(
        menu,
        tuple(_without(come, [c.after for c in changed])),
        tuple(_without(gone, [c.before for c in changed])),
        tuple(changed),
        tuple(new[place] for n, place in enumerate(sorted(kept_new)) if n in moved) if menu in ORDERED else (),
    )


Key = tuple[str, int]


def _kept(old: Sequence[Command], new: Sequence[Command]) -> tuple[Mapping[int, Key], Mapping[int, Key]]:
    """Find the places of the commands that both have; twice the same command are two."""
    mine, theirs = _counted(old), _counted(new)
    both = set(mine.values()) & set(theirs.values())
    return (
        {place: key for place, key in mine.items() if key in both},
        {place: key for place, key in theirs.items() if key in both},
    )


def _counted(commands: Iterable[Command]) -> dict[int, Key]:
    seen: Counter[str] = Counter()
    keys: dict[int, Key] = {}
    for place, command in enumerate(commands):
        written = normal(command)
        keys[place] = (written, seen[written])
        seen[written] += 1
    return keys


def matches(old: Sequence[Command], new: Sequence[Command]) -> list[tuple[int, int]]:
    """Tell which rows of a section are the same ones, by their places before and after, in the order of before."""
    kept_old, kept_new = _kept(old, new)
    there = {key: place for place, key in kept_new.items()}
    found = [(place, there[key]) for place, key in kept_old.items()]
    gone = [command for place, command in enumerate(old) if place not in kept_old]
    come = [command for place, command in enumerate(new) if place not in kept_new]
    mine = {id(command): place for place, command in enumerate(old)}
    theirs = {id(command): place for place, command in enumerate(new)}
    return sorted(found + [(mine[id(c.before)], theirs[id(c.after)]) for c in _pairs(gone, come)])


def _moved(old: Sequence[Key], new: Sequence[Key]) -> set[int]:
    """Tell which places of the new order moved."""
    where = {key: place for place, key in enumerate(old)}
    return displaced([where[key] for key in new])


def displaced(places: Sequence[int]) -> set[int]:
    """Tell which of these, once in ascending order, moved: those outside the longest run that kept its order."""
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for n, place in enumerate(places):
        at = bisect_left(ends, place)
        before.append(last[at - 1] if at else -1)
        ends[at : at + 1], last[at : at + 1] = [place], [n]
    stayed, n = set[int](), last[-1] if last else -1
    while n >= 0:
        stayed.add(n)
        n = before[n]
    return set(range(len(places))) - stayed


def _pairs(gone: Sequence[Command], come: Sequence[Command]) -> list[Changed]:
    """Find what is the same row with other properties."""
    pairs: list[Changed] = []
    for names in ((), *NAMES):
        waiting: defaultdict[tuple[str, ...], list[Command]] = defaultdict(list)
        for command in come:
            if mark := _mark(command, names):
                waiting[mark].append(command)
        found = [
            Changed(command, waiting[mark].pop(0))
            for command in gone
            if (mark := _mark(command, names)) and waiting[mark]
        ]
        gone, come = _without(gone, [c.before for c in found]), _without(come, [c.after for c in found])
        pairs += found
    return pairs + _alike(gone, come)


def _without(commands: Sequence[Command], taken: Iterable[Command]) -> list[Command]:
    """Leave these very commands out; like ones stay."""
    ids = {id(command) for command in taken}
    return [command for command in commands if id(command) not in ids]


def _mark(command: Command, names: tuple[str, ...]) -> tuple[str, ...] | None:
    """Tell by what a command is known: its target, or a new row's properties of these names."""
    if command.verb != "add":
        return None if names else (command.verb, command.target)
    values = tuple(command.get(name) for name in names)
    return values if values and all(values) else None


def _alike(gone: Sequence[Command], come: Sequence[Command]) -> list[Changed]:
    """Pair rows that have most of their properties in common, in their order."""
    pairs: list[Changed] = []
    left = list(come) if len(gone) * len(come) <= MOST_COMPARED else []
    for command in gone:
        best = max(left, key=lambda other: _likeness(command, other), default=None)
        if best is not None and _likeness(command, best) >= LIKE:
            pairs.append(Changed(command, best))
            left = _without(left, [best])
    return pairs


def _likeness(one: Command, other: Command) -> float:
    if one.verb != "add" or other.verb != "add":
        return 0.0
    mine, theirs = set(one.arguments.items()), set(other.arguments.items())
    return len(mine & theirs) / max(len(mine), len(theirs), 1)
