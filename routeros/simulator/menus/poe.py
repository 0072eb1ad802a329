"""Power over Ethernet: ``/interface/ethernet/poe``, where ports can feed something."""

from __future__ import annotations

from collections.abc import Container, Sequence

from routeros.simulator.device.model import Model
from routeros.simulator.device.noise import draw, key
from routeros.simulator.doors.wire import Call
from routeros.simulator.fields import either, flag, ip4, one_of, span, whole
from routeros.simulator.menu import Menu
from routeros.simulator.monitors import repeated
from routeros.simulator.outcome import ARGUMENT, Outcome, Refused, Reply, Row
from routeros.simulator.parts import ports
from routeros.simulator.router import Router


def _feeds(model: Model) -> bool:
    return bool(model.persona.poe)


def _stored(model: Model) -> list[Row]:
    return [{".id": i.id, "name": i.name} for i in model.interfaces if i.name in model.persona.poe]


def _named(router: Router, rows: Sequence[Row], _: Container[str]) -> Sequence[Row]:
    """Tell ports by their present names."""
    known = _ports(router)
    return [{**row, "name": known[ports.place_of(row)]["name"]} for row in rows]


def _ports(router: Router) -> dict[int, Row]:
    """Find ports by their places: one that went and came again has another id."""
    return {ports.place_of(row): row for row in router.table(ports.STORE, ports.stored)}


def _monitor(router: Router, call: Call) -> Outcome:
    marks = (call.attributes.get("numbers") or call.attributes.get(".id") or "").split(",")
    rows = _named(router, list(map(MENU.full, router.table(MENU.table, _stored))), ())
    chosen = [row for row in rows if row["name"] in marks or row[".id"] in marks]
    if len(chosen) != len(marks):
        raise Refused("input does not match any value of interface", ARGUMENT)
    return repeated(call, lambda: [_state(router, row) for row in chosen])


def _state(router: Router, row: Row) -> Row:
    """What is plugged in draws a few watts, a little more and less all the time."""
    there = _ports(router)[ports.place_of(row)]
    told = {"name": row["name"], "poe-out": row.get("poe-out", "auto-on")}
    if told["poe-out"] == "off":
        return told | {"poe-out-status": "disabled"}
    if not ports.is_running(router, there):
        return told | {"poe-out-status": "waiting-for-load"}
    root = key(router.model.root, "poe", row[".id"])
    voltage = 24.0 if len(router.model.persona.poe) == 1 else 53.0
    watts = draw(root, 2.5, 9.0) * draw(key(root, int(router.now() // 5)), 0.95, 1.05)
    return told | {
        "poe-out-status": "powered-on",
        "poe-out-voltage": f"{voltage:.1f}",
        "poe-out-current": str(int(1000 * watts / voltage)),
        "poe-out-power": f"{watts:.1f}",
    }


def _cycle(_: Router, __: Call) -> Outcome:
    return Reply()


MENU = Menu(
    "/interface/ethernet/poe",
    _stored,
    _named,
    exists=_feeds,
    fields={
        "poe-out": one_of("auto-on forced-on off", "auto-on"),
        "poe-priority": whole(0, 99, "10"),
        "power-cycle-ping-enabled": flag(),
        "power-cycle-ping-address": ip4(),
        "power-cycle-ping-timeout": span(),
        "power-cycle-interval": either("none", span(), "none"),
    },
    commands={"monitor": _monitor, "power-cycle": _cycle},
)
