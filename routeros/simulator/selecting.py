"""Which rows of a menu a command means: by id or by name, one or several."""

from __future__ import annotations

from collections.abc import Sequence

from routeros.simulator.doors.wire import Call
from routeros.simulator.menu import Menu
from routeros.simulator.outcome import ARGUMENT, MISSING, Refused, Row
from routeros.simulator.router import Router, Table

NUMBERS = (".id", "numbers", "number")


def table(router: Router, menu: Menu) -> Table:
    """Find the stored table of a menu."""
    return router.table(menu.table, menu.stored)


def rows(router: Router, menu: Menu) -> list[Row]:
    """Tell the stored rows of a menu."""
    return [row for row in table(router, menu) if menu.where is None or menu.where(row)]


def asked(call: Call) -> str:
    """Tell the items that a command names; several are separated by commas."""
    for name in NUMBERS:
        if name in call.attributes:
            return call.attributes[name]
    raise Refused("missing value for argument numbers", MISSING)


def chosen(router: Router, menu: Menu, marks: str) -> list[Row]:
    """Find stored rows by id or name; one that is missing refuses all."""
    found: dict[str, Row] = {}
    there = rows(router, menu)
    for mark in marks.split(","):
        meant = [row for row in there if is_named(menu, row, [mark])]
        if not meant:
            raise Refused("no such item", MISSING)
        found |= {row[".id"]: row for row in meant}
    return list(found.values())


def one(router: Router, menu: Menu, mark: str, argument: str) -> Row:
    """Find the one stored row that an argument names."""
    meant = [row for row in rows(router, menu) if is_named(menu, row, [mark])]
    if not meant:
        raise Refused("no such item", MISSING)
    if len(meant) > 1:
        raise Refused(f"ambiguous value of {argument}, more than one possible value matches input", ARGUMENT)
    return meant[0]


def is_named(menu: Menu, row: Row, marks: Sequence[str]) -> bool:
    """Tell whether a row is one of those named."""
    return row.get(".id") in marks or any(row.get(name) in marks for name in menu.marks)
