"""All interfaces with their counters: ``/interface``."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

import numpy as np

from routeros.simulator import selecting
from routeros.simulator.device import formats, measures
from routeros.simulator.device.layout import Part
from routeros.simulator.doors.wire import Call
from routeros.simulator.menu import Menu
from routeros.simulator.monitors import repeated
from routeros.simulator.outcome import ARGUMENT, Outcome, Refused, Reply, Row
from routeros.simulator.parts import ports
from routeros.simulator.router import Router

COUNTED = (
    ("rx-byte", "tx-byte", 0),
    ("rx-packet", "tx-packet", 1),
    ("rx-drop", "tx-drop", 3),
    ("rx-error", "tx-error", 2),
)
"""Counters as they are called, and their place in what the meter reads."""

COUNTS = (
    *(name for received, sent, _ in COUNTED for name in (received, sent)),
    *("tx-queue-drop", "fp-rx-byte", "fp-tx-byte", "fp-rx-packet", "fp-tx-packet"),
)
LINK = ("link-downs", "last-link-up-time", "last-link-down-time")
CONFIGURED = (
    ".id", "name", "default-name", "type", "mtu", "actual-mtu", "l2mtu", "max-l2mtu", "mac-address", "comment",
)  # fmt: skip


def _show(router: Router, rows: Sequence[Row], wanted: Container[str]) -> Sequence[Row]:
    at = router.now()
    shown = [{name: row[name] for name in CONFIGURED if name in row} for row in rows]
    if any(name in wanted for name in LINK):
        _add_links(router, shown, at)
    if any(name in wanted for name in COUNTS):
        _add_counts(router, shown, at)
    for row, out in zip(rows, shown, strict=True):
        out["running"] = formats.flag(ports.is_running(router, row))
        out["disabled"] = row["disabled"]
    return shown


def _add_links(router: Router, shown: Sequence[Row], at: float) -> None:
    """Tell when links went up and down last; what never happened is not told."""
    downs, lasts = measures.flaps(router.model, at)
    version, up = router.model.version, router.booted(at) + 21
    for out in shown:
        place = ports.place_of(out)
        if not ports.is_known(router, out) or router.model.interfaces[place].part is Part.IDLE:
            out["link-downs"] = "0"
            continue
        if fell := router.part(ports.Links).since_boot(place, at):
            downs[place], lasts[place] = downs[place] + len(fell), max(*fell, lasts[place])
        since = lasts[place] + 4 if downs[place] else up
        out["last-link-up-time"] = formats.moment(version, router.local(since))
        out["link-downs"] = str(downs[place])
        if downs[place]:
            out["last-link-down-time"] = formats.moment(version, router.local(lasts[place]))


def _add_counts(router: Router, shown: Sequence[Row], at: float) -> None:
    counts = router.meter.read(at).astype("int64").tolist()
    for out in shown:
        place = ports.place_of(out)
        if not ports.is_known(router, out):
            out |= dict.fromkeys(COUNTS, "0")
            continue
        for received, sent, quantity in COUNTED:
            out[received], out[sent] = str(counts[quantity][0][place]), str(counts[quantity][1][place])
        out["tx-queue-drop"] = str(counts[4][1][place])
        out["fp-rx-byte"], out["fp-rx-packet"] = out["rx-byte"], out["rx-packet"]
        out["fp-tx-byte"] = out["fp-tx-packet"] = "0"


def _monitor_traffic(router: Router, call: Call) -> Outcome:
    """Rates of the last second, once or again and again."""
    names = call.attributes.get("interface", "").split(",")
    known = {row["name"]: ports.place_of(row) for row in router.table(ports.STORE, ports.stored)}
    if any(name not in known for name in names):
        raise Refused("input does not match any value of interface", ARGUMENT)
    places = {name: known[name] for name in names}
    return repeated(call, lambda: _rates(router, places))


def _rates(router: Router, places: Mapping[str, int]) -> Sequence[Row]:
    at = router.now()
    grown = (router.meter.read(at) - router.meter.read(at - 1)).clip(0)
    grown = np.pad(grown, ((0, 0), (0, 0), (0, max(0, max(places.values()) + 1 - grown.shape[2]))))
    rows = []
    for name, place in places.items():
        row = {"name": name}
        for direction, way in enumerate(("rx", "tx")):
            row[f"{way}-packets-per-second"] = formats.number(grown[1, direction, place])
            row[f"{way}-bits-per-second"] = formats.number(8 * grown[0, direction, place])
            row[f"{way}-drops-per-second"] = formats.number(grown[3, direction, place])
            row[f"{way}-errors-per-second"] = formats.number(grown[2, direction, place])
        rows.append(row)
    return rows


def _reset_counters(router: Router, call: Call) -> Outcome:
    """Let interfaces count from 0; one that is disabled stands there."""
    at, meter = router.now(), router.meter
    for row in selecting.chosen(router, MENU, selecting.asked(call)):
        if ports.is_known(router, row):
            place = ports.place_of(row)
            stands = place in meter.stopped
            meter.stop(place, at)
            meter.stopped[place][:] = 0
            if not stands:
                meter.start(place, at)
    return Reply()


MENU = Menu(
    "/interface",
    ports.stored,
    _show,
    writable=ports.WRITABLE,
    unique=ports.UNIQUE,
    changed=ports.changed,
    reset=True,
    prints=frozenset({"oid", "stats", "stats-detail"}),
    commands={"monitor-traffic": _monitor_traffic, "reset-counters": _reset_counters},
)
