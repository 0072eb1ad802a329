"""The way back step by step, for a change that neither safe mode nor a restore point took back.

What the menus of a change held before is kept as the steps that write it. Laid beside what the device holds now
it tells exactly what still stands, however far the change had come.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from fleet.errors import BadInput
from routeros.export import Document
from routeros.plan import commands, desired, world
from routeros.plan.operation import Operation
from routeros.push.parcel import Parcel

UNTOLD: Final = ("/certificate", "/user", "/file", "/ip/ssh", "/dude", "/user-manager", "/system/script/environment")
"""Menus that an export tells nothing of, or not all: a password of a user cannot be brought back by what it says."""


def keep(document: Document, operations: Sequence[Operation], key: bytes) -> bytes | None:
    """Pack what the menus of a change hold before it; None where an export does not tell that, or it is too much."""
    if any(f"{one.menu}/".startswith(f"{menu}/") for one in operations for menu in UNTOLD):
        return None
    try:
        menus = _menus(document, operations)
        told = commands.steps(document, exported=True)
        return Parcel(tuple(step for step in told if step.menu in menus), key).pack()
    except BadInput:
        return None


def _menus(document: Document, operations: Sequence[Operation]) -> set[str]:
    """Tell the menus that a change touches, those among them whose rows follow a new name."""
    before = world.read(document)
    after = world.after(before, operations, first=True)
    changed = {menu for menu, items in after.items() if items != before.get(menu, [])}
    return changed | {one.menu for one in operations}


def steps(current: Document, kept: Parcel, operations: Sequence[Operation]) -> tuple[Operation, ...]:
    """Plan what brings the touched menus back to what was kept of them; raises BadInput where it cannot be."""
    before = world.after({}, kept.operations)
    menus = {one.menu for one in (*kept.operations, *operations)}
    return desired.between(world.read(current), before, menus).operations
