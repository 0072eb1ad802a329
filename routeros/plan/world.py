"""A configuration as rows that steps can be done to: what an export says, and what it says after some commands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from fleet.errors import BadInput
from routeros.export.document import Document
from routeros.plan import commands, naming
from routeros.plan.item import Item, World
from routeros.plan.operation import BY_NUMBER, NAMED, Operation, Row, Verb
from routeros.plan.targets import MARKS, NEXT

FIXED: Final = NAMED | {"port"} | set(MARKS.values())
"""Properties by which commands name rows that an export need not tell, since they are as the factory made them."""


def read(document: Document) -> World:
    """Read an export, or console text that stands for one; raises BadInput."""
    return after({}, commands.steps(document, exported=True))


def after(world: World, steps: Iterable[Operation], *, first: bool = False) -> World:
    """Tell what a configuration is after some steps; raises BadInput where they cannot be done to it.

    A row that is not the only one which a step may mean is refused, unless the ``first`` of them is meant.
    """
    menus = {menu: list(items) for menu, items in world.items()}
    for step in steps:
        _do(menus, step, first)
    return menus


def _do(menus: dict[str, list[Item]], step: Operation, first: bool) -> None:
    items = menus.setdefault(step.menu, [])
    before = place(items, step.menu, step.before, first) if step.before else len(items)
    if step.verb is Verb.ADD:
        items.insert(before, Item(step.values))
        return
    row = step.row or Row()
    if step.verb in (Verb.SET, Verb.UNSET):
        at = _found(items, step.menu, row, first)
        _change(menus, items[at], step)
        return
    item = items[place(items, step.menu, row, first)]
    if step.verb is Verb.MOVE:
        target = items[before] if before < len(items) else None
        items.remove(item)
        items.insert(items.index(target) if target in items else len(items), item)
    else:
        items.remove(item)


def _change(menus: dict[str, list[Item]], item: Item, step: Operation) -> None:
    """Change a row; what names an interface follows its new name."""
    values = {name: value for name, value in {**item.values, **step.values}.items() if name not in step.names}
    changed, items = replace(item, values=values), menus[step.menu]
    items[items.index(item)] = changed
    old, new = item.get(step.menu, "name"), step.values.get("name")
    if old and new and naming.INTERFACES.match(step.menu):
        naming.follow(menus, (old, new), changed)


def _found(items: list[Item], menu: str, row: Row, first: bool) -> int:
    """Find a row; one that the factory made is noted as it is named."""
    same = [n for n, item in enumerate(items) if item.standing == row]
    if same:
        return same[0]
    if row.by and any(item.has(menu, row.by) for item in items):
        return place(items, menu, row, first)
    if row.by and not row.by.keys() & FIXED:
        raise _missing(menu, row)
    items.append(Item({}, replace(row, only=False)))
    return len(items) - 1


def place(items: Sequence[Item], menu: str, row: Row, first: bool = False) -> int:
    """Tell the place of the row that is meant; raises BadInput where there is none, or more than one."""
    there = [n for n, item in enumerate(items) if item.has(menu, row.by)] if row.by else []
    if not row.by and menu in BY_NUMBER:
        there = [n for n, item in enumerate(items) if item.standing == row]
        row = Row()
    if len(there) <= row.nth:
        raise _missing(menu, row)
    if not first and row.nth == 0 and len(there) > 1 and not _alike([items[n] for n in there]):
        raise BadInput(f"{len(there)} rows of {menu} are {row.shown(menu)}.", f"Say which is meant. {NEXT}")
    return there[row.nth]


def _alike(items: Sequence[Item]) -> bool:
    """Tell whether rows say all the same, so that it does not matter which is meant."""
    return all(item.values == items[0].values for item in items)


def _missing(menu: str, row: Row) -> BadInput:
    return BadInput(
        f"No row of {menu} is {row.shown(menu) or 'there'}.", "Read the configuration again, or add the row."
    )
