"""Which menus a device has: all that there are, and those of one persona and version."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from fleet.plugins import discover
from routeros.simulator.menu import Menu
from routeros.simulator.model import Model

_known: dict[tuple[str, str], Mapping[str, Menu]] = {}


@cache
def every() -> tuple[Menu, ...]:
    """Find all menus. They are looked for when they are first needed, so that a menu may itself run commands."""
    return tuple(discover("routeros.simulator.menus", Menu))


def menus(model: Model) -> Mapping[str, Menu]:
    """Tell the menus of a device by path; those of one persona and version are the same."""
    kind = (model.persona.name, str(model.version))
    if kind not in _known:
        _known[kind] = {menu.path: menu.at(model.version) for menu in every() if menu.exists(model)}
    return _known[kind]
