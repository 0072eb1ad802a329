"""What a device has: kinds of things, declared once, the items of a kind that it told of, and what became of them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from itertools import accumulate
from typing import Final, TypeAlias

import msgspec

from fleet.errors import BadInput

Fact: TypeAlias = str | int | float | bool
Facts: TypeAlias = Mapping[str, Fact]

MOST: Final = 500
"""Items of one kind that are kept of a device, unless the kind says otherwise."""

MOST_BYTES: Final = 256 * 1024
"""What the items of one kind may take in an event."""

LONGEST_KEY: Final = 600
"""Bytes of a key: it has to fit into a third of an index page, together with whose it is."""

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{1,48}\Z")


class Shape(StrEnum):
    """What a fact is; flags are true or false."""

    TEXT = "text"
    NUMBER = "number"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Field:
    """One fact of an item and what it means; a ``volatile`` one is kept as it was last told, and never a change."""

    name: str
    about: str
    shape: Shape = Shape.TEXT
    volatile: bool = False

    def __post_init__(self) -> None:
        if not _NAME.match(self.name):
            raise ValueError(f"{self.name!r} is no name of a fact: lower case, digits and underscores, at most 49")


class Item(msgspec.Struct, frozen=True, array_like=True):
    """One thing that a device has: its key within the kind, and what is known of it; what is not known is absent."""

    key: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class Stock:
    """All items of one kind at one time, in the order of their keys; ``told`` counts those beyond the bounds, too."""

    items: tuple[Item, ...] = ()
    told: int = 0

    @property
    def cut(self) -> bool:
        """Whether the device told of more than is kept."""
        return self.told > len(self.items)


@dataclass(frozen=True, slots=True)
class Kind:
    """Things of one kind: the ``key`` fields tell them apart; without any there is one item, whose key is empty."""

    name: str
    title: str
    fields: tuple[Field, ...]
    key: tuple[str, ...] = ()
    most: int = MOST

    def __post_init__(self) -> None:
        names = [field.name for field in self.fields]
        if not _NAME.match(self.name):
            raise ValueError(f"{self.name!r} is no name of a kind")
        if len(set(names)) != len(names) or not set(self.key) <= set(names):
            raise ValueError(f"{self.name}: a fact is declared once, and a key is made of facts")

    @property
    def volatile(self) -> tuple[str, ...]:
        """The facts whose change is none."""
        return tuple(field.name for field in self.fields if field.volatile)

    def stock(self, told: Iterable[Mapping[str, Fact | None]]) -> Stock:
        """Make items of what was told, by their keys; a second one of a key is numbered, and too many are cut."""
        known = [{name: fact for name, fact in facts.items() if fact is not None and fact != ""} for facts in told]
        named: dict[str, list[Facts]] = {}
        for facts in known:
            if facts:
                named.setdefault(_key(facts, self.key), []).append(facts)
        items = sorted(_numbered(named), key=lambda item: item.key)
        return Stock(_within(items[: self.most]), len(items))


class What(StrEnum):
    """What became of an item."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Change:
    """An item that came, went or is different; of one that is different the facts that differ."""

    key: str
    what: What
    before: Facts
    after: Facts


@dataclass(frozen=True, slots=True)
class Known:
    """What was known before: the facts by key, and whether the device told of more than those."""

    facts: Mapping[str, Facts]
    cut: bool = False


def changes(before: Known, now: Stock, volatile: Collection[str]) -> Iterator[Change]:
    """Tell what became of the items since ``before``, by key.

    Lists are cut behind a key. What lies behind it was not looked at, so nothing there has come or gone.
    """
    after = {item.key: item.facts for item in now.items}
    seen, looked = _last(before.facts, before.cut), _last(after, now.cut)
    for key in sorted({*before.facts, *after}):
        if key not in after:
            if looked is None or key <= looked:
                yield Change(key, What.REMOVED, before.facts[key], {})
        elif key not in before.facts:
            if seen is None or key <= seen:
                yield Change(key, What.ADDED, {}, after[key])
        elif differing := _differing(before.facts[key], after[key], volatile):
            yield Change(key, What.CHANGED, _only(before.facts[key], differing), _only(after[key], differing))


def mark(stock: Stock, volatile: Collection[str]) -> bytes:
    """Tell two stocks apart by a few bytes, volatile facts left out."""
    told = [(item.key, [(n, v) for n, v in item.facts.items() if n not in volatile]) for item in stock.items]
    return blake2b(msgspec.msgpack.encode((stock.cut, told)), digest_size=16).digest()


def find(kinds: Mapping[str, Kind], name: str) -> Kind:
    """Find a kind by name; raises BadInput that lists what there is."""
    if name not in kinds:
        raise BadInput(f"There is no kind {name!r} in the inventory.", f"Choose one of: {', '.join(sorted(kinds))}.")
    return kinds[name]


def _differing(before: Facts, after: Facts, volatile: Collection[str]) -> list[str]:
    return [n for n in {**before, **after} if n not in volatile and before.get(n) != after.get(n)]


def _only(facts: Facts, names: Iterable[str]) -> Facts:
    return {name: facts[name] for name in names if name in facts}


def _last(keys: Collection[str], cut: bool) -> str | None:
    """Tell the last key that was looked at; None where all were."""
    return max(keys, default="") if cut else None


def _numbered(named: Mapping[str, list[Facts]]) -> Iterator[Item]:
    """Yield items under keys of their own; those of one key by their facts, for a device tells them in any order."""
    taken = set(named)
    for key, alike in named.items():
        first, *others = alike if len(alike) == 1 else sorted(alike, key=_order)
        yield Item(key, first)
        number = 1
        for facts in others:
            while (own := f"{key} #{(number := number + 1)}") in taken:
                pass
            taken.add(own)
            yield Item(own, facts)


def _order(facts: Facts) -> list[tuple[str, str]]:
    return sorted((name, str(fact)) for name, fact in facts.items())


def _within(items: list[Item]) -> tuple[Item, ...]:
    """Take items as long as they fit into an event."""
    if len(msgspec.msgpack.encode(items)) <= MOST_BYTES:
        return tuple(items)
    sizes = accumulate(len(msgspec.msgpack.encode(item)) for item in items)
    return tuple(item for item, size in zip(items, sizes, strict=True) if size <= MOST_BYTES)


def _key(facts: Facts, names: Iterable[str]) -> str:
    """Write a key; parts stand behind one another with a bar between, and a bar within a part has a stroke before."""
    parts = (str(facts.get(name, "")).replace("\\", "\\\\").replace("|", "\\|") for name in names)
    key = "|".join(parts)
    if len(key.encode(errors="replace")) <= LONGEST_KEY - 10:
        return key
    return key[:120] + "…" + blake2b(key.encode(errors="replace"), digest_size=8).hexdigest()
