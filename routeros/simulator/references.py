"""What names what: a reference must name something that is there, and follows it when it is renamed or removed."""

from __future__ import annotations

from collections.abc import Iterator

from routeros.simulator import selecting
from routeros.simulator.catalogue import menus
from routeros.simulator.fields import Ref
from routeros.simulator.menu import Menu
from routeros.simulator.outcome import ARGUMENT, Refused, Row
from routeros.simulator.router import Change, Router, Table


def names(router: Router, store: str, mark: str = "name") -> set[str]:
    """Tell the names of all rows of a table."""
    return {row[mark] for row in _table(router, store) if mark in row}


def require(router: Router, menu: Menu, row: Row) -> None:
    """Refuse a row that names something that is not there."""
    for name, ref in menu.refers.items():
        if ref.strict and any(_is_lost(router, ref, mark) for mark in _marks(ref, row.get(name, ""))):
            raise Refused(f"input does not match any value of {name}", ARGUMENT)


def lost(router: Router, path: str, row: Row) -> bool:
    """Tell whether something that a row of a menu names is gone, so that the row is not valid."""
    refers = menus(router.model)[path].refers
    return any(
        _is_lost(router, ref, mark)
        for name, ref in refers.items()
        if ref.strict
        for mark in _marks(ref, row.get(name, ""))
    )


def follow(router: Router, store: str, before: Row | None, after: Row | None) -> None:
    """Let all that refer to a row name it as it is called now; what refers to a row that is gone shows its id."""
    row = after or before or {}
    for menu in menus(router.model).values():
        for name, ref in menu.refers.items():
            if store in ref.stores:
                old = before.get(ref.mark, "") if before else row[".id"]
                new = after.get(ref.mark, "") if after else row[".id"]
                if old and new and old != new:
                    _rename(router, menu, name, (old, new))


def _rename(router: Router, menu: Menu, name: str, change: tuple[str, str]) -> None:
    old, new = change
    many = menu.refers[name].many
    for row in selecting.rows(router, menu):
        value = row.get(name, "")
        bare = value.removeprefix("!")
        marks = bare.split(",") if many else [bare]
        if old in marks:
            before = dict(row)
            sign = value[: len(value) - len(bare)]
            row[name] = sign + ",".join(new if mark == old else mark for mark in marks)
            router.changed(Change(menu.path, menu.table, before, dict(row)))


def _marks(ref: Ref, value: str) -> Iterator[str]:
    bare = value.removeprefix("!")
    for mark in bare.split(",") if ref.many else [bare]:
        if mark and mark not in ref.words:
            yield mark


def _is_lost(router: Router, ref: Ref, mark: str) -> bool:
    return not any(mark in names(router, store, ref.mark) for store in ref.stores)


def _table(router: Router, store: str) -> Table | list[Row]:
    for menu in menus(router.model).values():
        if menu.table == store:
            return selecting.table(router, menu)
    return []
