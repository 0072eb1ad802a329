"""The plan that leads from one configuration to another: ordered steps, each with what takes it back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from routeros.export.differences import displaced, matches
from routeros.export.document import Document
from routeros.export.normal import ORDERED
from routeros.plan import renames, world
from routeros.plan.defaults import usual
from routeros.plan.draft import Draft, reset
from routeros.plan.item import MADE, Item, World
from routeros.plan.operation import Operation
from routeros.plan.values import alike

FIRST: Final = (
    "/interface/bridge",
    "/interface/wireless/security-profiles",
    "/interface/wireless",
    "/interface/ethernet",
    "/interface/wireguard",
    "/interface/bonding",
    "/interface/vlan",
    "/interface/list",
    "/interface/wifi/channel",
    "/interface/wifi/datapath",
    "/interface/wifi/security",
    "/interface/wifi/configuration",
    "/interface/wifi",
    "/ip/pool",
    "/ip/dhcp-server/option",
    "/ip/dhcp-server",
    "/routing/table",
    "/ip/vrf",
    "/ppp/profile",
    "/queue/type",
    "/routing/bgp/template",
    "/routing/ospf/instance",
    "/routing/ospf/area",
    "/routing/id",
    "/snmp/community",
    "/system/logging/action",
    "/user/group",
)
"""Menus that others refer to, in the order of a real export; the others keep the order of the text."""

SHARED: Final = frozenset({"/interface/bridge/vlan", "/interface/bridge/port", "/ip/dhcp-server/network"})
"""Menus where a row that is to go may hold what a new one wants, and nobody is cut off meanwhile: it goes first."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in their order. ``inverses[n]`` takes ``operations[n]`` back while all before it still stand."""

    operations: tuple[Operation, ...] = ()
    inverses: tuple[Operation, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.operations)

    @property
    def undo(self) -> tuple[Operation, ...]:
        """The steps that take all of it back, in their order."""
        return self.inverses[::-1]


def plan(current: Document, desired: Document, menus: Collection[str] | None = None, *, whole: bool = True) -> Plan:
    """Plan what makes ``current`` say what ``desired`` says, in all menus or in these alone; raises BadInput.

    ``whole``: what the desired text does not say is taken away, in the menus that are meant. Else it stays, rows and
    properties, and the text is added to what is there. What is already so is no step.
    """
    return between(world.read(current), world.read(desired), menus, whole=whole)


def follow(current: Document, steps: Iterable[Operation]) -> Plan:
    """Plan what some steps do to a configuration, without what is so already; raises BadInput."""
    now = world.read(current)
    steps = tuple(steps)
    return between(now, world.after(now, steps), {step.menu for step in steps})


def between(now: World, wanted: World, menus: Collection[str] | None = None, *, whole: bool = True) -> Plan:
    """Plan what leads from one configuration to another."""
    meant = [menu for menu in _order(now, wanted) if menus is None or menu in menus]
    draft = Draft(now)
    renames.make(draft, wanted, meant, whole=whole)
    pairs = {menu: _paired(draft, menu, wanted.get(menu, ())) for menu in meant}
    gone = {menu: _gone(draft, menu, pairs[menu], whole) for menu in meant}
    for menu in meant:
        if menu in SHARED:
            _remove(draft, menu, gone.pop(menu))
        _arrange(draft, menu, pairs[menu], whole)
    for menu in reversed(meant):
        _remove(draft, menu, gone.get(menu, []))
    return Plan(tuple(draft.operations), tuple(draft.inverses))


def _order(now: World, wanted: World) -> list[str]:
    menus = dict.fromkeys([*wanted, *now])
    return sorted(menus, key=lambda menu: FIRST.index(menu) if menu in FIRST else len(FIRST))


Pair = tuple[Item, Item | None]
"""A row as it is wanted, and the one that it is now."""


def _paired(draft: Draft, menu: str, wanted: Sequence[Item]) -> list[Pair]:
    """Find for each row that is wanted the one that is there."""
    items = list(draft.items(menu))
    found: dict[int, Item] = {}
    for n, item in enumerate(wanted):
        if item.standing is not None and item.standing.by and all(i.standing != item.standing for i in items):
            there = [i for i in items if i.has(menu, item.standing.by)]
            found |= {n: there[0]} if there else {}
    left = [item for item in items if all(item is not taken for taken in found.values())]
    open_ = [n for n in range(len(wanted)) if n not in found]
    commands = [item.command(menu) for item in left], [wanted[n].command(menu) for n in open_]
    found |= {open_[new]: left[old] for old, new in matches(*commands) if _named_alike(left[old], wanted[open_[new]])}
    return [(item, found.get(n)) for n, item in enumerate(wanted)]


def _named_alike(one: Item, other: Item) -> bool:
    """Tell whether rows may be the same: who names one with another name, means another one."""
    mine, theirs = one.values.get("name"), other.values.get("name")
    return one.standing is not None or mine is None or theirs is None or mine == theirs


def _gone(draft: Draft, menu: str, pairs: Sequence[Pair], whole: bool) -> list[Item]:
    """Tell the rows that nobody wants, the last first."""
    if not whole:
        return []
    taken = {id(now) for _, now in pairs if now is not None}
    return [item for item in reversed(draft.items(menu)) if id(item) not in taken]


def _remove(draft: Draft, menu: str, items: Sequence[Item]) -> None:
    """Remove rows; those that the factory made get their defaults back."""
    for item in items:
        if item.standing is None:
            draft.remove(menu, item, ordered=menu in ORDERED)
        else:
            draft.change(menu, item, *reset(menu, item, _lost(menu, item, ())))


def _arrange(draft: Draft, menu: str, pairs: Sequence[Pair], whole: bool) -> None:
    """Bring what is wanted about, from the first row to the last, so that what lets in is there before what drops."""
    staying = _staying(draft, menu, pairs)
    now: list[Item | None] = [there for _, there in pairs]
    for n, (wanted, there) in enumerate(pairs):
        before = next((item for item in now[n + 1 :] if item is not None and id(item) in staying), None)
        if there is None:
            _create(draft, menu, wanted, before)
            continue
        item = _alter(draft, menu, there, (wanted, whole))
        if menu in ORDERED and id(there) not in staying:
            draft.move(menu, item, before)


def _staying(draft: Draft, menu: str, pairs: Sequence[Pair]) -> set[int]:
    """Tell the rows that need not move; new ones are put in front of them."""
    if menu not in ORDERED:
        return set()
    there = [item for _, item in pairs if item is not None]
    where = {id(item): n for n, item in enumerate(draft.items(menu))}
    moved = displaced([where[id(item)] for item in there])
    return {id(item) for n, item in enumerate(there) if n not in moved}


def _create(draft: Draft, menu: str, wanted: Item, before: Item | None) -> None:
    """Add a row, or change one that the factory made and of which nothing was said."""
    if wanted.standing is None:
        draft.add(menu, wanted.values, before)
    else:
        _alter(draft, menu, replace(wanted, values={}), (wanted, False))


def _alter(draft: Draft, menu: str, there: Item, to: tuple[Item, bool]) -> Item:
    """Make a row say what is wanted."""
    wanted, whole = to
    come = {n: v for n, v in wanted.values.items() if not _says(menu, there, n, v)}
    if not whole or (wanted.standing is not None and there.standing is None):
        return draft.change(menu, there, come)
    values, names = reset(menu, there, _lost(menu, there, wanted.values))
    return draft.change(menu, there, {**come, **values}, names)


def _lost(menu: str, item: Item, stays: Collection[str]) -> list[str]:
    """Tell the properties that get their defaults back; an interface always has a name."""
    made = {*MADE.get(menu, ()), *(("name",) if usual(menu, "name") is None else ())}
    return [name for name in item.told(menu) if name not in stays and name not in made]


def _says(menu: str, item: Item, name: str, value: str) -> bool:
    mine = item.get(menu, name)
    return mine is not None and alike(name, mine, value)
