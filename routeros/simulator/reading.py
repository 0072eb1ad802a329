"""The verbs that tell what a menu holds: print, get, find and listen."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

from fleet.versions import Version
from routeros.simulator import selecting
from routeros.simulator.doors.wire import Call
from routeros.simulator.menu import EVERYTHING, Menu
from routeros.simulator.monitors import repeated
from routeros.simulator.outcome import MISSING, Outcome, Refused, Reply, Row, Watched
from routeros.simulator.parts import policy
from routeros.simulator.queries import asked_of, matches
from routeros.simulator.router import Router

ALWAYS = frozenset({".proplist", "as-value", "file", "interval", "without-paging"})
"""Arguments of ``print`` that every menu takes."""

LISTS = frozenset(
    {"append", "brief", "count-only", "detail", "follow", "follow-only", "from", "proplist", "show-ids", "terse"}
    | {"value-list"}
)
"""Those that a list takes besides. A query stands for ``where``, which is the console's."""

GROUPED = Version(7, 20)
"""From here on ``group-by`` is there."""


def rows(router: Router, menu: Menu, wanted: Container[str] = EVERYTHING) -> Sequence[Row]:
    """Tell a menu's rows as they are shown."""
    return menu.show(router, [menu.full(row) for row in selecting.rows(router, menu)], wanted)


def print_(router: Router, menu: Menu, call: Call) -> Outcome:
    """Tell the rows that are asked for: once, every ``interval``, or first all and then those that change."""
    said = call.attributes
    _check(router, menu, said)
    if "follow-only" in said:
        return _watched(router, menu, call)
    if "follow" in said:
        return _watched(router, menu, call, _listed(router, menu, call))
    if "interval" in said:
        return repeated(call, lambda: _listed(router, menu, call))
    listed = _listed(router, menu, call)
    if "count-only" in said:
        return Reply(returned=str(len(listed)))
    return Reply(listed, listing=True)


def _check(router: Router, menu: Menu, said: Mapping[str, str]) -> None:
    known = ALWAYS | menu.prints if menu.single else ALWAYS | LISTS | menu.prints
    for name in said:
        if name not in known and not (name == "group-by" and router.model.version >= GROUPED):
            raise Refused(f"unknown parameter {name}", MISSING)


def _listed(router: Router, menu: Menu, call: Call) -> Sequence[Row]:
    said = call.attributes
    listed = [name for name in said.get(".proplist", said.get("proplist", "")).split(",") if name]
    found = rows(router, menu, {*listed, *map(asked_of, call.queries)} if listed else EVERYTHING)
    found = policy.veiled(router, menu, call.who, found)
    if "from" in said:
        wanted = said["from"].split(",")
        found = [row for row in found if selecting.is_named(menu, row, wanted)]
    if "chain" in said:
        found = [row for row in found if row.get("chain") == said["chain"]]
    if call.queries:
        found = [row for row in found if matches(row, call.queries)]
    if listed:
        found = [{name: row[name] for name in listed if name in row} for row in found]
    return found


def get(router: Router, menu: Menu, call: Call) -> Outcome:
    """Return one row, or one value of it."""
    found = policy.veiled(router, menu, call.who, rows(router, menu))
    if not menu.single:
        found = [row for row in found if selecting.is_named(menu, row, [selecting.asked(call)])]
    if not found:
        raise Refused("no such item", MISSING)
    name = call.attributes.get("value-name")
    if name is None:
        return Reply(returned=";".join(f"{k}={v}" for k, v in found[0].items()))
    return Reply(returned=found[0].get(name, ""))


def find(router: Router, menu: Menu, call: Call) -> Outcome:
    """Return the ids of the rows that match."""
    shown = policy.veiled(router, menu, call.who, rows(router, menu))
    found = [row for row in shown if matches(row, call.queries)]
    return Reply(returned=";".join(row[".id"] for row in found if ".id" in row))


def listen(router: Router, menu: Menu, call: Call) -> Outcome:
    """Tell every change of a menu's rows from now on."""
    return _watched(router, menu, call)


def _watched(router: Router, menu: Menu, call: Call, first: Sequence[Row] = ()) -> Watched:
    def show(row: Row) -> Sequence[Row]:
        if ".dead" in row:
            return [row]
        here = menu.where is None or menu.where(row)
        shown = menu.show(router, [menu.full(row)], EVERYTHING) if here else []
        return policy.veiled(router, menu, call.who, shown)

    return Watched(menu.table, show, first)
