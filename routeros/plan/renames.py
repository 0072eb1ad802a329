"""Interfaces that get another name: that comes first, and all that names them follows, as it does on the device."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from routeros.export.differences import matches
from routeros.plan import naming
from routeros.plan.draft import Draft
from routeros.plan.item import Item, World


def make(draft: Draft, wanted: World, menus: Sequence[str], *, whole: bool) -> None:
    """Rename what is to be called otherwise; a name that another one still bears is waited for, or swapped.

    Where ``whole`` is wanted, an interface of which nothing is said is called as the factory did.
    """
    while waiting := list(_waiting(draft, wanted, menus, whole)):
        leaving = {_name(item) for _, item, _ in waiting}
        taken = leaving | {_name(item) for items in draft.menus.values() for item in items}
        free = [entry for entry in waiting if entry[2] not in taken]
        swapped = [(menu, item, f"{new}-aside") for menu, item, new in waiting if new in leaving]
        if not free and not swapped:
            return
        draft.rename(*(free or swapped)[0])


def _waiting(draft: Draft, wanted: World, menus: Sequence[str], whole: bool) -> Iterator[tuple[str, Item, str]]:
    """Tell the rows that are the same but for their name, each with the name that it is to have."""
    for menu in filter(naming.INTERFACES.match, menus):
        items, there = draft.items(menu), wanted.get(menu, ())
        pairs = matches([item.command(menu) for item in items], [item.command(menu) for item in there])
        said = {old: there[new] for old, new in pairs}
        for n, item in enumerate(items):
            name = _name(said[n] if n in said else Item({}, item.standing) if whole else item)
            if name and name != _name(item):
                yield menu, item, name
        known = [item.standing for item in items]
        for item in there:
            if item.standing and item.standing not in known and _name(item) != _name(Item({}, item.standing)):
                yield menu, Item({}, item.standing), _name(item)


def _name(item: Item) -> str:
    """Tell what an interface is called; one of which nothing is said is called as the factory did."""
    return item.get("", "name") or ""
