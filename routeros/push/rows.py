"""Operations as the API says them: the row that is meant is found by print, by its properties and never by number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from routeros.errors import Category, Trap
from routeros.plan.operation import BY_NUMBER, Operation, Row, Verb
from routeros.plan.several import ManyRows
from routeros.push.alike import alike
from routeros.push.line import Line
from routeros.words import Row as Told

SINGLE: Final = frozenset({Verb.SET, Verb.UNSET})


class NoRow(Trap):
    """The row that an operation means is not there."""

    code = "no_row"


async def apply(line: Line, operation: Operation) -> str | None:
    """Do one operation; tells the id of the row that was written, None where there is none any more.

    Raises NoRow, ManyRows or Trap where the device holds nothing of it, NotOurs, or RouterOSError where nobody knows.
    """
    menu = operation.menu
    before = await _id(line, menu, operation.before) if operation.before else None
    if operation.verb is Verb.ADD:
        said = {**operation.values, **({"place-before": before} if before else {})}
        return _returned(await line.do(f"{menu}/add", said))
    row = await _id(line, menu, operation.row) if operation.row and not _is_single(operation) else None
    which = {".id": row} if row else {}
    match operation.verb:
        case Verb.SET | Verb.UNSET:
            taken = {f"!{name}": "" for name in operation.names}
            await line.do(f"{menu}/set", {**which, **operation.values, **taken})
        case Verb.REMOVE:
            await line.do(f"{menu}/remove", which)
            return None
        case Verb.MOVE:
            await line.do(f"{menu}/move", {"numbers": row or "", **({"destination": before} if before else {})})
    return row


def _is_single(operation: Operation) -> bool:
    """Tell whether an operation means the one record of its menu."""
    row = operation.row
    bare = row is None or (not row.by and not row.nth)
    return operation.verb in SINGLE and bare and operation.menu not in BY_NUMBER


def _returned(rows: Sequence[Told]) -> str | None:
    return next((row["ret"] for row in rows if "ret" in row), None)


async def _id(line: Line, menu: str, row: Row) -> str:
    """Find a row; first as the device compares, then as values mean the same. Raises NoRow, ManyRows."""
    for queries in (_queries(row.by), ()):
        names = tuple(name for name in row.by if not name.startswith("!"))
        rows = await line.rows(menu, (".id", "dynamic", *names), queries)
        found = [one for one in rows if fits(one, row.by)]
        if row.only and len(found) > 1:
            raise ManyRows(menu, row, len(found))
        if len(found) > row.nth:
            return found[row.nth][".id"]
    shown = " ".join(f"{name}=…" for name in row.by) or "that place"
    raise NoRow(Category.MISSING, f"There is no row with {shown} in {menu}.", menu=menu)


def fits(told: Told, by: Mapping[str, str]) -> bool:
    """Tell whether a row has properties, and was made by people: dynamic ones do not count."""
    if told.get("dynamic") == "true":
        return False
    return all(alike(told.get(name, ""), value) for name, value in by.items())


def _queries(by: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(f"?{name}={value}" for name, value in by.items())
