"""The menus of a kind of device as the console walks them, word by word."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from routeros.simulator.device.model import Model
from routeros.simulator.menu import Menu
from routeros.simulator.tree import menus

NOT_HERE = frozenset({"getall", "listen"})
"""Verbs that only the API has."""

ITEMS = ("numbers", ".id")
_PRINT = (
    "detail", "brief", "terse", "value-list", "count-only", "as-value", "without-paging", "stats", "stats-detail",
    "show-ids", "follow", "follow-only", "interval", "file", "from", "where", "proplist", "append", "once",
)  # fmt: skip
_EXPORT = ("file", "compact", "verbose", "terse", "show-sensitive", "hide-sensitive", "path", "where")

UNNAMED: Mapping[str, tuple[str, ...]] = {
    "add": (),
    "find": (),
    "export": (),
    "get": ("numbers", "value-name"),
    "print": ("from",),
    "move": ("numbers", "destination"),
    "comment": ("numbers", "comment"),
    "unset": ("numbers", "value-name"),
    "ping": ("address",),
    "import": ("file-name",),
    "execute": ("script",),
    "monitor-traffic": ("interface",),
    "info": ("message",),
    "warning": ("message",),
    "error": ("message",),
    "debug": ("message",),
    "save": ("name",),
    "load": ("name",),
}
"""Which arguments a verb takes without their names, in order; the others take the items."""


@dataclass(frozen=True, slots=True)
class Paths:
    """Menus by path, and the words that lead on from each place."""

    menus: Mapping[str, Menu]
    children: Mapping[str, frozenset[str]]

    def verbs(self, path: str) -> frozenset[str]:
        """What can be told to a place; one that only leads to others can be exported."""
        menu = self.menus.get(path)
        own = menu.verbs - NOT_HERE if menu else frozenset[str]()
        return own | ({"export"} if path in self.children or menu else set())

    def single(self, path: str) -> bool:
        menu = self.menus.get(path)
        return menu is not None and menu.single

    def parameters(self, path: str, verb: str) -> Collection[str] | None:
        """The names that a command's arguments can have; None where the command itself will say."""
        menu = self.menus.get(path)
        if verb == "export":
            return _EXPORT
        if menu is None or verb in menu.commands:
            return None
        if verb == "print":
            return _PRINT
        if verb == "add":
            return {*menu.writable, "copy-from", *(("place-before",) if menu.ordered else ())}
        if verb == "set":
            return {*menu.writable, *(ITEMS if not menu.single else ())}
        own = {"get": "value-name", "comment": "comment", "move": "destination", "unset": "value-name"}
        return {*ITEMS, own.get(verb, "numbers")}

    def unnamed(self, path: str, verb: str) -> tuple[str, ...]:
        """The arguments that a command takes without their names."""
        if self.single(path):
            return {"get": ("value-name",), "print": ()}.get(verb, UNNAMED.get(verb, ()))
        return UNNAMED.get(verb, ("numbers",))


_known: dict[int, Paths] = {}


def of(model: Model) -> Paths:
    """Tell the paths of a device; devices that share their menus share them."""
    here = menus(model)
    if id(here) not in _known:
        _known[id(here)] = _paths(here)
    return _known[id(here)]


def _paths(known: Mapping[str, Menu]) -> Paths:
    children: dict[str, set[str]] = defaultdict(set)
    for path in known:
        above = ""
        for part in path.split("/")[1:]:
            children[above].add(part)
            above += f"/{part}"
    return Paths(known, {path: frozenset(words) for path, words in children.items()})


def pick(word: str, names: Collection[str]) -> str | None:
    """Find a name, or the only one that begins so, as the console lets words be cut short."""
    if word in names:
        return word
    begun = [name for name in names if name.startswith(word)]
    return begun[0] if len(begun) == 1 else None
