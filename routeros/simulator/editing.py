"""Changes of stored rows by commands that know more than the usual verbs do: checked, recorded and told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from routeros.simulator.journal import note
from routeros.simulator.menu import Check
from routeros.simulator.outcome import MISSING, Refused, Row
from routeros.simulator.router import Active, Change, Router, Table
from routeros.simulator.wire import Call

_NAMING = (".id", "numbers", "number")


def checked(writable: Mapping[str, Check], call: Call) -> Row:
    """Check the values that a command gives; raises Refused."""
    given = {name: value for name, value in call.attributes.items() if name not in _NAMING}
    for name in given:
        if name not in writable:
            raise Refused(f"unknown parameter {name}", MISSING)
    return {name: writable[name](name, value) for name, value in given.items()}


def demand(row: Row, *names: str) -> None:
    """Raise Refused where a new row lacks one of these."""
    for name in names:
        if name not in row:
            raise Refused(f"missing value for argument {name}", MISSING)


def chosen(table: Table, call: Call) -> list[Row]:
    """Find the rows that a command names by id or name; one that is missing refuses all."""
    asked = next((call.attributes[name] for name in _NAMING if name in call.attributes), None)
    if asked is None:
        raise Refused("missing value for argument numbers", MISSING)
    found = []
    for mark in asked.split(","):
        rows = [row for row in table if mark in (row.get(".id"), row.get("name"))]
        if not rows:
            raise Refused("no such item", MISSING)
        found += rows
    return found


def add(router: Router, path: str, row: Row, who: Active | None) -> str:
    """Append a row and tell its id."""
    id = router.tables[path].add(row)
    note(router, Change(path, path, None, {".id": id, **row}, who=who))
    return id


def amend(router: Router, path: str, rows: Sequence[Row], values: Row, who: Active | None) -> None:
    """Give rows other values; an empty comment is none."""
    made = []
    for row in rows:
        before = dict(row)
        row.update(values)
        if row.get("comment") == "":
            del row["comment"]
        made.append(Change(path, path, before, dict(row), who=who))
    note(router, *made)


def drop(router: Router, path: str, rows: Sequence[Row], who: Active | None) -> None:
    """Remove rows."""
    table, made = router.tables[path], []
    for row in rows:
        order = tuple(table.rows)
        del table.rows[row[".id"]]
        made.append(Change(path, path, row, None, order, who))
    note(router, *made)
