"""The ports: ``/interface/ethernet``."""

from __future__ import annotations

from collections.abc import Container, Sequence

from routeros import values
from routeros.simulator.device import formats
from routeros.simulator.doors.wire import Call
from routeros.simulator.fields import either, firm, flag, mac, one_of, span, text, whole
from routeros.simulator.menu import Menu
from routeros.simulator.monitors import repeated
from routeros.simulator.outcome import ARGUMENT, Outcome, Refused, Row
from routeros.simulator.parts import ports
from routeros.simulator.router import Router

FIELDS = {
    "name": text(),
    "mtu": whole(68, 65535, "1500"),
    "l2mtu": whole(68, 65535),
    "mac-address": firm(mac()),
    "arp": one_of(ports.ARP, "enabled"),
    "arp-timeout": either("auto", span(), "auto"),
    "auto-negotiation": flag(True),
    "disable-running-check": flag(True),
    "advertise": text(),
    "speed": text(),
    "rx-flow-control": one_of("auto off on", "off"),
    "tx-flow-control": one_of("auto off on", "off"),
    "loop-protect": one_of("default off on", "default"),
    "loop-protect-disable-time": span("5m"),
    "loop-protect-send-interval": span("5s"),
    "comment": text(),
    "disabled": flag(),
}
CONFIGURED = (".id", "default-name", *FIELDS)


def _is_port(row: Row) -> bool:
    return row["type"] == "ether"


def _show(router: Router, rows: Sequence[Row], _: Container[str]) -> Sequence[Row]:
    counts = router.meter.read(router.now()).astype("int64").tolist()
    shown = []
    for row in rows:
        place = ports.place_of(row)
        (rx_bytes, tx_bytes), (rx_packets, tx_packets) = ([way[place] for way in counts[kind]] for kind in (0, 1))
        shown.append(
            {name: row[name] for name in CONFIGURED if name in row}
            | {"orig-mac-address": ports.of(router, row).mac, "loop-protect-status": "off"}
            | {"running": formats.flag(ports.is_running(router, row))}
            | {"rx-bytes": str(rx_bytes), "tx-bytes": str(tx_bytes)}
            | {"rx-packet": str(rx_packets), "tx-packet": str(tx_packets)}
        )
    return shown


def _monitor(router: Router, call: Call) -> Outcome:
    """Tell the state of links, once or again and again."""
    marks = (call.attributes.get("numbers") or call.attributes.get(".id") or "").split(",")
    rows = [row for row in router.table(ports.STORE, ports.stored) if _is_port(row)]
    chosen = [row for row in rows if row["name"] in marks or row[".id"] in marks]
    if len(chosen) != len(marks):
        raise Refused("input does not match any value of interface", ARGUMENT)
    return repeated(call, lambda: [_state(router, row) for row in chosen])


def _state(router: Router, row: Row) -> Row:
    if not ports.is_running(router, row):
        return {"name": row["name"], "status": "no-link", "auto-negotiation": "done"}
    # Virtual ports do not know their rate and tell an empty one.
    board, speed = router.model.persona.board.model, ports.of(router, row).speed
    rate = values.format_rate(speed * 1_000_000) if board else ""
    linked = {"name": row["name"], "status": "link-ok", "auto-negotiation": "done", "rate": rate}
    return linked | {"full-duplex": formats.flag(True)}


MENU = Menu(
    "/interface/ethernet",
    ports.stored,
    _show,
    store=ports.STORE,
    where=_is_port,
    fields=FIELDS,
    unique=ports.UNIQUE,
    changed=ports.changed,
    commands={"monitor": _monitor},
    marks=("name", "default-name"),
    anchor="default-name",
    unset=True,
    reset=True,
    prints=frozenset({"stats", "stats-detail"}),
)
