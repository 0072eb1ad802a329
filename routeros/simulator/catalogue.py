"""Which menus a device has: all that there are, and those of one persona and version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from fleet.plugins import discover
from routeros.simulator.device.model import Model
from routeros.simulator.menu import Menu

_known: dict[tuple[str, str, frozenset[str]], Mapping[str, Menu]] = {}


@cache
def every() -> tuple[Menu, ...]:
    """Find all menus. They are looked for when they are first needed, so that a menu may itself run commands."""
    return tuple(discover("routeros.simulator.menus", Menu))


_leading: dict[tuple[str, str, frozenset[str]], frozenset[str]] = {}


def prefixes(model: Model) -> frozenset[str]:
    """Tell the paths that are menus of a device or lead to some."""
    if model.kind not in _leading:
        parts = (path.split("/") for path in menus(model))
        _leading[model.kind] = frozenset("/".join(names[:n]) for names in parts for n in range(1, len(names) + 1))
    return _leading[model.kind]


def menus(model: Model) -> Mapping[str, Menu]:
    """Tell the menus of a device by path; those of one persona, version and set of packages are the same."""
    if model.kind not in _known:
        found: dict[str, Menu] = {}
        for menu in every():
            if menu.exists(model):
                found[menu.path] = _merged(found.get(menu.path), menu.at(model.version))
        _known[model.kind] = found
    return _known[model.kind]


def _merged(known: Menu | None, menu: Menu) -> Menu:
    """Put the commands of two menus of one path together."""
    if known is None:
        return menu
    full, other = (menu, known) if known.bare else (known, menu)
    return replace(full, commands={**other.commands, **full.commands})
