"""What runs by the clock: ``/system/scheduler``. A device that is for homes refuses it."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace

from routeros.simulator import writing
from routeros.simulator.catalogue import menus
from routeros.simulator.device import formats
from routeros.simulator.doors.wire import Call
from routeros.simulator.fields import firm, flag, invalid, span, text
from routeros.simulator.menu import Menu
from routeros.simulator.outcome import Outcome, Row
from routeros.simulator.parts import scripts
from routeros.simulator.parts.devicemode import DeviceMode
from routeros.simulator.parts.scheduler import STORE, Scheduler
from routeros.simulator.router import Router


def _show(router: Router, rows: Sequence[Row], _: Container[str]) -> Sequence[Row]:
    return [_row(router, router.part(Scheduler), row) for row in rows]


def _row(router: Router, state: Scheduler, row: Row) -> Row:
    due = state.next_run(row)
    soon = {"next-run": formats.moment(router.model.version, due)} if due else {}
    return {**row, "run-count": str(state.counts.get(row[".id"], 0)), **soon}


def _add(router: Router, call: Call) -> Outcome:
    """Add an entry; without a start it starts now, so that its first run is an interval away."""
    router.part(DeviceMode).require("scheduler")
    router.part(Scheduler)
    now = router.local(router.now())
    usual = {
        "name": f"schedule{router.table(STORE, _menu(router).stored).last + 1}",
        "start-date": formats.date(router.model.version, now),
        "start-time": f"{now:%H:%M:%S}",
        "policy": scripts.usual(call.who),
    }
    said = {**usual, **call.attributes}
    _check(router, call, said)

    def own(_: Router, __: Iterable[Row], row: Row) -> None:
        row["owner"] = call.who.name if call.who else scripts.NOBODY

    return writing.add(router, replace(_menu(router), admit=own), replace(call, attributes=said))


def _set(router: Router, call: Call) -> Outcome:
    if call.attributes.get("disabled") in ("no", "false"):
        router.part(DeviceMode).require("scheduler")
    _check(router, call, call.attributes)
    return writing.set_(router, _menu(router), call)


def _enable(router: Router, call: Call) -> Outcome:
    router.part(DeviceMode).require("scheduler")
    return writing.switched("false")(router, _menu(router), call)


def _menu(router: Router) -> Menu:
    return menus(router.model)[STORE]


def _check(router: Router, call: Call, said: Mapping[str, str]) -> None:
    scripts.require(router, call.who, said)
    if said.get("start-time", "startup") != "startup":
        _require_moment("start-time", f"2000-01-01 {said['start-time']}")
    if "start-date" in said:
        _require_moment("start-date", f"{said['start-date']} 00:00:00")


def _require_moment(name: str, written: str) -> None:
    try:
        formats.read_moment(written)
    except ValueError as error:
        raise invalid(name) from error


MENU = Menu(
    STORE,
    show=_show,
    fields={
        "name": text(),
        "start-date": firm(text()),
        "start-time": firm(text()),
        "interval": span("0s"),
        "on-event": text(""),
        "policy": text(",".join(scripts.USUAL)),
        "comment": text(),
        "disabled": flag(),
    },
    required=("name",),
    unique={("name",): "failure: item with this name already exists"},
    commands={"add": _add, "set": _set, "enable": _enable},
)
