"""Which menus a device has, and what their verbs do."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence

from fleet.plugins import discover
from routeros.simulator import policy
from routeros.simulator.journal import note
from routeros.simulator.menu import EVERYTHING, Menu
from routeros.simulator.model import Model
from routeros.simulator.outcome import MISSING, Outcome, Refused, Reply, Row, Watched
from routeros.simulator.queries import asked_of, matches
from routeros.simulator.router import Active, Change, Router, Table
from routeros.simulator.wire import Call

MENUS: tuple[Menu, ...] = tuple(discover("routeros.simulator.menus", Menu))

_known: dict[tuple[str, str], Mapping[str, Menu]] = {}


def menus(model: Model) -> Mapping[str, Menu]:
    """Tell the menus of a device by path; those of one persona and version are the same."""
    kind = (model.persona.name, str(model.version))
    if kind not in _known:
        _known[kind] = {menu.path: menu for menu in MENUS if menu.exists(model)}
    return _known[kind]


def run(router: Router, call: Call) -> Outcome:
    """Do what a command says; raises Refused for what the router refuses."""
    here = menus(router.model)
    menu = here.get(call.menu)
    if menu is None or call.verb not in menu.verbs:
        raise Refused(_unknown(here, call), MISSING)
    policy.require(router, menu, call)
    own = menu.commands.get(call.verb)
    return own(router, call) if own else _VERBS[call.verb](router, menu, call)


def _unknown(here: Iterable[str], call: Call) -> str:
    """A menu that leads to others is a prefix too; only what is missing in it is a command."""
    path = call.menu + "/"
    return "no such command" if any(f"{menu}/".startswith(path) for menu in here) else "no such command prefix"


def _table(router: Router, menu: Menu) -> Table:
    return router.table(menu.table, menu.stored)


def _rows(
    router: Router, menu: Menu, wanted: Container[str] = EVERYTHING, who: Active | None = None
) -> Sequence[Row]:
    stored = [row for row in _table(router, menu) if menu.where is None or menu.where(row)]
    return policy.veiled(router, who, menu.show(router, stored, wanted))


_PRINTS = {"detail", "stats", "without-paging", "terse", "brief", "value-list", "show-ids", "as-value"}


def _print(router: Router, menu: Menu, call: Call) -> Outcome:
    for name in call.attributes:
        if name not in _PRINTS and name not in (".proplist", "count-only", "from"):
            raise Refused(f"unknown parameter {name}", MISSING)
    listed = [name for name in call.attributes.get(".proplist", "").split(",") if name]
    rows = _rows(router, menu, {*listed, *map(asked_of, call.queries)} if listed else EVERYTHING, call.who)
    if "from" in call.attributes:
        wanted = call.attributes["from"].split(",")
        rows = [row for row in rows if _named(row, wanted)]
    if call.queries:
        rows = [row for row in rows if matches(row, call.queries)]
    if "count-only" in call.attributes:
        return Reply(returned=str(len(rows)))
    if listed:
        rows = [{name: row[name] for name in listed if name in row} for row in rows]
    return Reply(rows, listing=True)


def _get(router: Router, menu: Menu, call: Call) -> Outcome:
    rows = _rows(router, menu, who=call.who)
    if not menu.single:
        rows = [row for row in rows if _named(row, [_asked(call)])]
    if not rows:
        raise Refused("no such item", MISSING)
    name = call.attributes.get("value-name")
    if name is None:
        return Reply(returned=";".join(f"{k}={v}" for k, v in rows[0].items()))
    return Reply(returned=rows[0].get(name, ""))


def _find(router: Router, menu: Menu, call: Call) -> Outcome:
    rows = [row for row in _rows(router, menu) if matches(row, call.queries)]
    return Reply(returned=";".join(row[".id"] for row in rows if ".id" in row))


def _set(router: Router, menu: Menu, call: Call) -> Outcome:
    changes = {name: value for name, value in call.attributes.items() if name not in (".id", "numbers")}
    return _change(router, menu, call, changes)


def _switch(value: str) -> Callable[[Router, Menu, Call], Outcome]:
    return lambda router, menu, call: _change(router, menu, call, {"disabled": value})


def _comment(router: Router, menu: Menu, call: Call) -> Outcome:
    return _change(router, menu, call, {"comment": call.attributes.get("comment", "")})


def _change(router: Router, menu: Menu, call: Call, changes: Mapping[str, str]) -> Outcome:
    """Check all changes, then make them all: a refused command changes nothing."""
    table = _table(router, menu)
    checked = _checked(menu, changes)
    chosen = list(table) if menu.single else _chosen(menu, table, _asked(call))
    if "name" in checked and not menu.single:
        _refuse_double(table, chosen, checked["name"])
    made = []
    for row in chosen:
        before = dict(row)
        row.update(checked)
        if row.get("comment") == "":
            del row["comment"]
        if menu.changed:
            menu.changed(router, before, row)
        made.append(Change(menu.path, menu.table, before, dict(row), who=call.who, told=menu.changed))
    note(router, *made)
    return Reply()


def _checked(menu: Menu, changes: Mapping[str, str]) -> Row:
    for name in changes:
        if name not in menu.writable:
            raise Refused(f"unknown parameter {name}", MISSING)
    return {name: menu.writable[name](name, value) for name, value in changes.items()}


def _refuse_double(table: Table, chosen: Sequence[Row], name: str) -> None:
    others = [row for row in table if row not in chosen]
    if len(chosen) > 1 or any(row.get("name") == name for row in others):
        raise Refused("failure: already have interface with such name")


def _add(router: Router, menu: Menu, call: Call) -> Outcome:
    row = _checked(menu, call.attributes)
    for name in menu.required or ():
        if name not in row:
            raise Refused(f"missing value for argument {name}", MISSING)
    if menu.admit:
        menu.admit(router, _table(router, menu), row)
    id = _table(router, menu).add(row)
    note(router, Change(menu.path, menu.table, None, {".id": id, **row}, who=call.who))
    return Reply(returned=id)


def _remove(router: Router, menu: Menu, call: Call) -> Outcome:
    table = _table(router, menu)
    made = []
    for row in _chosen(menu, table, _asked(call)):
        if row.get("dynamic") == "true":
            raise Refused("failure: can not remove dynamic address")
        order = tuple(table.rows)
        del table.rows[row[".id"]]
        made.append(Change(menu.path, menu.table, row, None, order, call.who))
    note(router, *made)
    return Reply()


def _listen(router: Router, menu: Menu, _: Call) -> Outcome:
    def show(row: Row) -> Sequence[Row]:
        if ".dead" in row:
            return [row]
        return menu.show(router, [row], EVERYTHING) if menu.where is None or menu.where(row) else []

    return Watched(menu.table, show)


def _asked(call: Call) -> str:
    """Tell the items that a command names; several are separated by commas."""
    for name in (".id", "numbers", "number"):
        if name in call.attributes:
            return call.attributes[name]
    raise Refused("missing value for argument numbers", MISSING)


def _chosen(menu: Menu, table: Table, asked: str) -> list[Row]:
    """Find stored rows by id or name; one that is missing refuses all."""
    found = []
    for mark in asked.split(","):
        rows = [row for row in table if _named(row, [mark]) and (menu.where is None or menu.where(row))]
        if not rows:
            raise Refused("no such item", MISSING)
        found += rows
    return found


def _named(row: Row, marks: Sequence[str]) -> bool:
    return row.get(".id") in marks or row.get("name") in marks


_VERBS: Mapping[str, Callable[[Router, Menu, Call], Outcome]] = {
    "print": _print,
    "getall": _print,
    "get": _get,
    "find": _find,
    "set": _set,
    "enable": _switch("false"),
    "disable": _switch("true"),
    "comment": _comment,
    "add": _add,
    "remove": _remove,
    "listen": _listen,
}
