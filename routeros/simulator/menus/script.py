"""Stored scripts: ``/system/script``."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import replace

from routeros.simulator import writing
from routeros.simulator.catalogue import menus
from routeros.simulator.device import formats
from routeros.simulator.doors.wire import Call
from routeros.simulator.fields import firm, flag, text
from routeros.simulator.menu import Menu
from routeros.simulator.outcome import Lasting, Outcome, Refused, Reply, Row, Steps
from routeros.simulator.parts import accounts, policy, scripts
from routeros.simulator.parts.scripts import STORE, Scripts
from routeros.simulator.router import Router
from routeros.simulator.selecting import asked, chosen


def _show(router: Router, rows: Sequence[Row], _: Container[str]) -> Sequence[Row]:
    state = router.part(Scripts)
    return [_row(router, state, row) for row in rows]


def _row(router: Router, state: Scripts, row: Row) -> Row:
    started = state.started.get(row[".id"])
    last = {} if started is None else {"last-started": formats.moment(router.model.version, router.local(started))}
    return {**row, **last, "run-count": str(state.counts.get(row[".id"], 0)), "invalid": formats.flag(False)}


def _add(router: Router, call: Call) -> Outcome:
    usual = {
        "name": f"script{router.table(STORE, _menu(router).stored).last + 1}",
        "owner": call.who.name if call.who else scripts.NOBODY,
        "policy": scripts.usual(call.who),
    }
    said = {**usual, **call.attributes}
    scripts.require(router, call.who, said)
    return writing.add(router, _menu(router), replace(call, attributes=said))


def _set(router: Router, call: Call) -> Outcome:
    scripts.require(router, call.who, call.attributes)
    return writing.set_(router, _menu(router), call)


def _run(router: Router, call: Call) -> Outcome:
    """Run scripts; whoever does must have their policies, unless a script says that it does not matter."""
    return Lasting(_ran(router, call))


def _ran(router: Router, call: Call) -> Steps[Reply]:
    for row in chosen(router, _menu(router), asked(call)):
        if row.get("dont-require-permissions") != "true":
            policy.demand(call.who, accounts.granted(row["policy"]))
        printed = yield from router.part(Scripts).run(row)
        if printed.failed:
            raise Refused(printed.text.strip())
    return Reply()


def _menu(router: Router) -> Menu:
    return menus(router.model)[STORE]


MENU = Menu(
    STORE,
    show=_show,
    fields={
        "name": text(),
        "owner": firm(text()),
        "policy": text(",".join(scripts.USUAL)),
        "dont-require-permissions": flag(),
        "source": text(""),
        "comment": text(),
    },
    required=("name",),
    unique={("name",): "failure: item with this name already exists"},
    commands={"add": _add, "set": _set, "run": _run},
)
