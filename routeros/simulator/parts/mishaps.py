"""What a fault does to a router in the moment when it is set, and when it is lifted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

import numpy as np

from fleet.errors import BadInput
from routeros.simulator.faults import SORTS, Fault, Kind
from routeros.simulator.outcome import Row
from routeros.simulator.parts import ports, services
from routeros.simulator.parts.boot import Boot
from routeros.simulator.parts.devicemode import DeviceMode
from routeros.simulator.parts.log import Log
from routeros.simulator.router import Change, Router


def strike(router: Router, fault: Fault) -> None:
    """Set a fault beside those of other kinds; raises BadInput where it makes no sense."""
    if fault.kind is Kind.NONE:
        lift(router, *router.faults)
        return
    act = _STRIKES.get(fault.kind)
    if not SORTS[fault.kind].passing:
        router.faults[fault.kind] = fault
    if act:
        act(router, fault)


def lift(router: Router, *kinds: Kind) -> None:
    """Lift faults; whoever waits on a router that said nothing is cut off."""
    for kind in kinds:
        router.faults.pop(kind, None)
        if kind in (Kind.SILENT, Kind.HALF_OPEN):
            router.cut()
        if kind is Kind.STAYS_DOWN:
            router.part(Boot).start()
        if kind is Kind.NO_CERTIFICATE:
            _certify(router, "api")
        if kind is Kind.CLOCK_1970:
            router.step()


def _down(router: Router, _: Fault) -> None:
    router.cut()


def _reboot(router: Router, _: Fault) -> None:
    router.part(Boot).restart()


def _power_loss(router: Router, fault: Fault) -> None:
    if router.has(DeviceMode):
        router.part(DeviceMode).confirm()
    router.part(Boot).lose_power(timedelta(seconds=fault.number("seconds")))


def _clock(router: Router, _: Fault) -> None:
    router.step()


def _bare(router: Router, _: Fault) -> None:
    _certify(router, "none")


def _certify(router: Router, certificate: str) -> None:
    services.row(router, "api-ssl")["certificate"] = certificate


def _count_anew(router: Router, _: Fault) -> None:
    for place in range(len(router.model.interfaces)):
        _from_zero(router, place)


def _from_zero(router: Router, place: int) -> None:
    meter = router.meter
    if place in meter.stopped:
        meter.stopped[place] = np.zeros_like(meter.stopped[place])
    else:
        meter.missed[place] = meter.missed.get(place, 0) + meter.read(router.now())[:, :, place]


def _reappear(router: Router, fault: Fault) -> None:
    """Take an interface away and bring it again, as happens to those that a tunnel makes."""
    table, before = router.table(ports.STORE, ports.stored), _interface(router, fault)
    after = {**before, ".id": f"*{int(before['.id'][1:], 16) + ports.REBORN:X}"}
    order = tuple(table.rows)
    table.rows = {after[".id"] if id == before[".id"] else id: row for id, row in table.rows.items()}
    table.rows[after[".id"]] = after
    _from_zero(router, ports.place_of(after))
    router.changed(Change("/interface", ports.STORE, before, None, order))
    router.changed(Change("/interface", ports.STORE, None, after))


def _flap(router: Router, fault: Fault) -> None:
    row, links = _interface(router, fault), router.part(ports.Links)
    links.fall(ports.place_of(row))
    _tell_link(router, row, "down")
    router.timers.later(timedelta(seconds=fault.number("seconds")), lambda: _rise(router, row))


def _rise(router: Router, row: Row) -> None:
    router.part(ports.Links).rise(ports.place_of(row))
    _tell_link(router, row, "up")


def _tell_link(router: Router, row: Row, state: str) -> None:
    router.part(Log).add("interface,info", f"{row['name']} link {state}")
    router.changed(Change("/interface", ports.STORE, row, row))


def _interface(router: Router, fault: Fault) -> Row:
    name = fault.text("interface")
    for row in router.table(ports.STORE, ports.stored):
        if row["name"] == name:
            return row
    raise BadInput(f"{router.model.identity} has no interface {name!r}.", "Name one that it has: interface=ether1.")


_STRIKES: Mapping[Kind, Callable[[Router, Fault], None]] = {
    Kind.DOWN: _down,
    Kind.REBOOT: _reboot,
    Kind.REBOOT_LOOP: _reboot,
    Kind.POWER_LOSS: _power_loss,
    Kind.NO_CERTIFICATE: _bare,
    Kind.CLOCK_1970: _clock,
    Kind.COUNTER_RESET: _count_anew,
    Kind.REAPPEAR: _reappear,
    Kind.LINK_FLAP: _flap,
}
