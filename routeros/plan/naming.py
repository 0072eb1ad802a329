"""What names an interface follows it when it gets another name, as it does on the device."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from routeros.plan.item import Item

INTERFACES: Final = re.compile(r"/interface/(?!list\Z)[^/]+\Z")
"""The menus whose rows are interfaces."""

_NAMING: Final = re.compile(
    r"(?:.*[.-])?(?:interfaces?|bridge|ports?|slaves|tagged|untagged|gateway|primary|queue|target|dst|vrf)\Z"
)
"""Properties that name interfaces."""

_MARK: Final = re.compile(r"[^,%@!]+")


def follow(menus: dict[str, list[Item]], name: tuple[str, str], changed: Item) -> None:
    """Let all rows that name an interface by its old name name it by the new one; ``changed`` is its own row."""
    for menu, items in menus.items():
        menus[menu] = [item if item is changed else _following(item, *name) for item in items]


def _following(item: Item, old: str, new: str) -> Item:
    values = {
        name: _MARK.sub(lambda found: new if found[0] == old else found[0], value)
        if old in value and _NAMING.match(name)
        else value
        for name, value in item.values.items()
    }
    return item if values == item.values else replace(item, values=values)
