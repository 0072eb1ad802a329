"""The verbs that change a menu. A refused command changes nothing; each change is kept so that it can be undone."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence

from routeros.simulator import references, selecting
from routeros.simulator.catalogue import menus
from routeros.simulator.doors.wire import Call
from routeros.simulator.menu import Menu
from routeros.simulator.outcome import MISSING, Outcome, Refused, Reply, Row
from routeros.simulator.parts.journal import note
from routeros.simulator.router import Change, Router, Table


def set_(router: Router, menu: Menu, call: Call) -> Outcome:
    """Change properties; ``!name`` takes one away."""
    said = {name: value for name, value in call.attributes.items() if name not in selecting.NUMBERS}
    return _change(router, menu, call, _checked(menu, said), _cleared(menu, said))


def switched(value: str) -> Callable[[Router, Menu, Call], Outcome]:
    """Make enable or disable."""
    return lambda router, menu, call: _change(router, menu, call, {"disabled": value})


def comment(router: Router, menu: Menu, call: Call) -> Outcome:
    said = {"comment": call.attributes.get("comment", "")}
    return _change(router, menu, call, said, _cleared(menu, said))


def unset(router: Router, menu: Menu, call: Call) -> Outcome:
    """Take properties away."""
    if "value-name" not in call.attributes:
        raise Refused("missing value for argument value-name", MISSING)
    said = {f"!{name}": "" for name in call.attributes["value-name"].split(",")}
    return _change(router, menu, call, {}, _cleared(menu, said))


def reset(router: Router, menu: Menu, call: Call) -> Outcome:
    """Let properties have their defaults again."""
    names = [name for name in call.attributes if name not in selecting.NUMBERS]
    usual = {name: menu.defaults[name] for name in names if name in menu.defaults}
    return _change(router, menu, call, usual, _cleared(menu, {f"!{name}": "" for name in names if name not in usual}))


def _change(router: Router, menu: Menu, call: Call, checked: Row, cleared: Container[str] = ()) -> Outcome:
    """Check all changes, then make them all."""
    chosen = _targets(router, menu, call)
    wanted = [{k: v for k, v in (row | checked).items() if k not in cleared} for row in chosen]
    for row, new in zip(chosen, wanted, strict=True):
        if menu.is_dynamic(row):
            raise Refused("failure: can not change dynamic item")
        _require(router, menu, new, checked)
    _refuse_double(menu, [row for row in selecting.table(router, menu) if row not in chosen], wanted, checked)
    for row, new in zip(chosen, wanted, strict=True):
        before = dict(row)
        row.clear()
        row |= new
        settle(router, menu, before, row)
        note(router, Change(menu.path, menu.table, before, dict(row), who=call.who))
    return Reply()


def _targets(router: Router, menu: Menu, call: Call) -> list[Row]:
    if menu.single:
        return selecting.rows(router, menu)
    return selecting.chosen(router, menu, selecting.asked(call))


def _checked(menu: Menu, said: Mapping[str, str]) -> Row:
    plain = {name: value for name, value in said.items() if not name.startswith("!")}
    for name in plain:
        if name not in menu.writable:
            raise Refused(f"unknown parameter {name}", MISSING)
    return {name: menu.writable[name](name, value) for name, value in plain.items()}


def _cleared(menu: Menu, said: Mapping[str, str]) -> set[str]:
    names = {name[1:] for name in said if name.startswith("!")}
    for name in sorted(names):
        if name not in menu.clearable:
            raise Refused(f"unknown parameter !{name}", MISSING)
    return names | ({"comment"} if said.get("comment") == "" else set())


def _require(router: Router, menu: Menu, row: Row, said: Iterable[str]) -> None:
    references.require(router, menu, {name: row[name] for name in said if name in row})
    if menu.check:
        menu.check(router, menu.full(row))


def _refuse_double(menu: Menu, others: Sequence[Row], wanted: Sequence[Row], said: Iterable[str]) -> None:
    """Refuse rows that would be the same as others in what no two may share."""
    for names, message in menu.unique.items():
        if not set(names) & set(said):
            continue
        taken = {_key(menu, row, names) for row in others}
        for row in wanted:
            key = _key(menu, row, names)
            if key in taken:
                raise Refused(message)
            taken.add(key)


def _key(menu: Menu, row: Row, names: Sequence[str]) -> tuple[str | None, ...]:
    return tuple(row.get(name, menu.defaults.get(name)) for name in names)


def add(router: Router, menu: Menu, call: Call) -> Outcome:
    """Add a row, at the end or before another."""
    said = dict(call.attributes)
    place = said.pop("place-before", None) if menu.ordered else None
    before = None if place is None else selecting.one(router, menu, place, "place-before")[".id"]
    row = _copied(router, menu, said.pop("copy-from", None)) | _checked(menu, said)
    row = {name: value for name, value in row.items() if name not in _cleared(menu, said)}
    for name in menu.required or ():
        if name not in row:
            raise Refused(f"missing value for argument {name}", MISSING)
    table = selecting.table(router, menu)
    _require(router, menu, row, row)
    _refuse_double(menu, list(table), [row], row)
    if menu.admit:
        menu.admit(router, table, row)
    order = tuple(table.rows)
    id = table.add(row)
    if before is not None:
        _place(table, [id], before)
    note(router, Change(menu.path, menu.table, None, dict(table.rows[id]), order, call.who))
    return Reply(returned=id)


def _copied(router: Router, menu: Menu, mark: str | None) -> Row:
    row = {} if mark is None else selecting.one(router, menu, mark, "copy-from")
    return {name: value for name, value in row.items() if name in menu.writable}


def remove(router: Router, menu: Menu, call: Call) -> Outcome:
    """Remove rows; one that must stay keeps all."""
    chosen = selecting.chosen(router, menu, selecting.asked(call))
    for row in chosen:
        if why := menu.kept(row):
            raise Refused(why)
    table = selecting.table(router, menu)
    for row in chosen:
        order = tuple(table.rows)
        del table.rows[row[".id"]]
        settle(router, menu, row, None)
        note(router, Change(menu.path, menu.table, row, None, order, call.who))
    return Reply()


def move(router: Router, menu: Menu, call: Call) -> Outcome:
    """Move rows before another, or to the end."""
    chosen = selecting.chosen(router, menu, selecting.asked(call))
    mark = call.attributes.get("destination")
    before = selecting.one(router, menu, mark, "destination")[".id"] if mark else None
    table = selecting.table(router, menu)
    for row in chosen:
        order = tuple(table.rows)
        _place(table, [row[".id"]], before)
        if tuple(table.rows) != order:
            note(router, Change(menu.path, menu.table, dict(row), dict(row), order, call.who))
    return Reply()


def _place(table: Table, moved: Sequence[str], before: str | None) -> None:
    """Put rows before another one, or last."""
    if before in moved:
        return
    order = [id for id in table.rows if id not in moved]
    place = len(order) if before is None else order.index(before)
    arrange(table, (*order[:place], *moved, *order[place:]))


def arrange(table: Table, order: Sequence[str]) -> None:
    """Put the rows of a table in an order; those that it does not name come last."""
    rank = {id: place for place, id in enumerate(order)}
    ids = sorted(table.rows, key=lambda id: rank.get(id, len(rank)))
    table.rows = {id: table.rows[id] for id in ids}


def restore(router: Router, change: Change) -> Change | None:
    """Take a change back with all that follows from it, and tell the change that would make it again.

    Nothing is put down in the journal. None: there is nothing to take back, since the row that was changed went by
    itself, as an interface does that comes again with another id, or an entry whose time was over.
    """
    menu = menus(router.model)[change.menu]
    table = selecting.table(router, menu)
    order = tuple(table.rows)
    id = (change.before or change.after or {}).get(".id", "")
    if change.after is not None and id not in table.rows:
        return None
    now = table.rows.pop(id, None) if change.before is None else table.rows.get(id)
    if change.before is not None:
        table.rows[id] = dict(change.before)
    if change.order:
        arrange(table, change.order)
    after = table.rows.get(id)
    settle(router, menu, now, after)
    back = Change(change.menu, change.store, now, dict(after) if after is not None else None, order, change.who)
    router.changed(back)
    return back


def settle(router: Router, menu: Menu, before: Row | None, after: Row | None) -> None:
    """Let what depends on a row follow its change."""
    if menu.changed and before is not None and after is not None:
        menu.changed(router, before, after)
    references.follow(router, menu.table, before, after)
