"""A configuration that is being changed: each step is written down with its inverse as it is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from routeros.export.secrets import secret
from routeros.plan import naming
from routeros.plan.defaults import usual
from routeros.plan.item import Item, World
from routeros.plan.operation import Operation, Row, Verb
from routeros.plan.values import meant

KEYS: Final = (
    ("name",),
    ("default-name",),
    ("list", "address"),
    ("list", "interface"),
    ("bridge", "interface"),
    ("bridge", "vlan-ids"),
    ("address", "interface"),
    ("chain", "comment"),
    ("comment",),
    ("address",),
    ("mac-address",),
    ("interface",),
    ("dst-address", "gateway"),
)
"""Properties by which a row is named, the best first, if it alone has them."""

UNNAMED: Final = frozenset({"disabled"})
"""Properties that say what a row does, not which it is."""


Key = tuple[str | None, ...]


def _key(menu: str, names: Sequence[str], item: Item) -> Key:
    """Tell what a row has of some properties, in one way of writing."""
    values = [(name, item.get(menu, name)) for name in names]
    return tuple(None if value is None else meant(name, value) for name, value in values)


class Draft:
    """Does steps to a copy of a configuration. ``operations[n]`` is taken back by ``inverses[n]`` right after it."""

    def __init__(self, world: World) -> None:
        self.menus: dict[str, list[Item]] = {menu: list(items) for menu, items in world.items()}
        self.operations: list[Operation] = []
        self.inverses: list[Operation] = []
        self._known: dict[tuple[str, tuple[str, ...]], dict[Key, list[Item]]] = {}

    def items(self, menu: str) -> list[Item]:
        return self.menus.setdefault(menu, [])

    def row(self, menu: str, item: Item) -> Row:
        """Tell how to find a row as things stand, without its id."""
        if item.standing is not None:
            return item.standing
        items = self.items(menu)
        for names in KEYS:
            by = {name: item.values.get(name, "") for name in names}
            named = all(by.values()) and not any(secret(menu, name) for name in by)
            if named and self._alone(menu, names, item):
                return Row(by)
        whole = self._whole(menu, item)
        return Row(whole, [other for other in items if other.has(menu, whole)].index(item))

    def _alone(self, menu: str, names: tuple[str, ...], item: Item) -> bool:
        """Tell whether no other row has what this one has of some properties."""
        known = self._known.get((menu, names))
        if known is None:
            known = self._known[menu, names] = {}
            for other in self.items(menu):
                known.setdefault(_key(menu, names, other), []).append(other)
        return known.get(_key(menu, names, item)) == [item]

    def _swap(self, menu: str, old: Item | None, new: Item | None) -> None:
        """Keep up with a row that went, came or changed."""
        for (path, names), known in self._known.items():
            if path == menu and old is not None:
                known[_key(menu, names, old)].remove(old)
            if path == menu and new is not None:
                known.setdefault(_key(menu, names, new), []).append(new)

    def rename(self, menu: str, item: Item, new: str) -> None:
        """Give an interface another name, and let all that names it follow."""
        old = item.get(menu, "name") or ""
        naming.follow(self.menus, (old, new), self.change(menu, item, {"name": new}))
        self._known.clear()

    def _whole(self, menu: str, item: Item) -> Mapping[str, str]:
        """Tell all by which a row may be found; a menu that names its rows by secrets has nothing else."""
        open_ = {n: v for n, v in item.values.items() if v and n not in UNNAMED and not secret(menu, n)}
        return open_ or {name: value for name, value in item.values.items() if value}

    def add(self, menu: str, values: Mapping[str, str], before: Item | None = None) -> Item:
        """Add a row in front of another one, or at the end."""
        item, items = Item(values), self.items(menu)
        ahead = self.row(menu, before) if before else None
        items.insert(items.index(before) if before else len(items), item)
        self._swap(menu, None, item)
        self._note(
            Operation(Verb.ADD, menu, values=values, before=ahead),
            Operation(Verb.REMOVE, menu, self.row(menu, item)),
        )
        return item

    def remove(self, menu: str, item: Item, *, ordered: bool = False) -> None:
        """Remove a row that was added."""
        row, items = self.row(menu, item), self.items(menu)
        at = items.index(item)
        after = items[at + 1] if ordered and at + 1 < len(items) else None
        items.pop(at)
        self._swap(menu, item, None)
        back = Operation(Verb.ADD, menu, values=item.values, before=self.row(menu, after) if after else None)
        self._note(Operation(Verb.REMOVE, menu, row), back)

    def move(self, menu: str, item: Item, before: Item | None) -> None:
        """Move a row in front of another one, or to the end."""
        row, items = self.row(menu, item), self.items(menu)
        ahead = self.row(menu, before) if before else None
        at = items.index(item)
        after = items[at + 1] if at + 1 < len(items) else None
        items.pop(at)
        items.insert(items.index(before) if before else len(items), item)
        back = Operation(Verb.MOVE, menu, self.row(menu, item), before=self.row(menu, after) if after else None)
        self._note(Operation(Verb.MOVE, menu, row, before=ahead), back)

    def change(self, menu: str, item: Item, values: Mapping[str, str], names: Sequence[str] = ()) -> Item:
        """Set properties and take others away, in one step: a rule is never half of both."""
        if not values and not names:
            return item
        row = self.row(menu, item)
        kept = {name: value for name, value in item.values.items() if name not in names}
        new = replace(item, values={**kept, **values}, standing=_standing(item.standing, values))
        items = self.items(menu)
        if item.standing is not None and item not in items:
            items.append(item)
            self._swap(menu, None, item)
        items[items.index(item)] = new
        self._swap(menu, item, new)
        self._note(_change(menu, row, values, names), self._back(menu, item, new, (*values, *names)))
        return new

    def _back(self, menu: str, old: Item, new: Item, names: Sequence[str]) -> Operation:
        before = {name: old.get(menu, name) for name in names}
        values = {name: value for name, value in before.items() if value is not None}
        unset = [name for name, value in before.items() if value is None]
        return _change(menu, self.row(menu, new), values, unset)

    def _note(self, operation: Operation, inverse: Operation) -> None:
        self.operations.append(operation)
        self.inverses.append(inverse)


def _change(menu: str, row: Row, values: Mapping[str, str], names: Sequence[str]) -> Operation:
    return Operation(Verb.SET if values else Verb.UNSET, menu, row, values, tuple(names))


def _standing(row: Row | None, values: Mapping[str, str]) -> Row | None:
    """Tell how a row that was there from the start is found after a change."""
    if row is None or not any(name in values for name in row.by):
        return row
    return Row({**row.by, **{name: values[name] for name in row.by if name in values}}, row.nth)


def reset(menu: str, item: Item, names: Sequence[str]) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """Tell how properties of a row are given back their defaults: which are set, and which are taken away."""
    known = {name: usual(menu, name, item.called) for name in names}
    return {n: v for n, v in known.items() if v is not None}, tuple(n for n, v in known.items() if v is None)
