"""The router's own wall clock: ``/system/clock``. To set it is a step, which the scheduler follows."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from routeros.simulator import writing
from routeros.simulator.catalogue import menus
from routeros.simulator.device import formats
from routeros.simulator.doors.wire import Call
from routeros.simulator.fields import flag, invalid, text
from routeros.simulator.menu import Menu
from routeros.simulator.outcome import Outcome, Row
from routeros.simulator.router import Router

PATH = "/system/clock"


def _show(router: Router, rows: Sequence[Row], _: Container[str]) -> Sequence[Row]:
    local = router.local(router.now())
    clock = {"time": f"{local:%H:%M:%S}", "date": formats.date(router.model.version, local)}
    more = {"gmt-offset": f"+{router.model.site.offset_hours:02d}:00", "dst-active": formats.flag(False)}
    return [{**clock, **row, **more} for row in rows]


def _set(router: Router, call: Call) -> Outcome:
    """Set the zone's name, which is kept, and date and time, which are not."""
    said = dict(call.attributes)
    day, clock = said.pop("date", None), said.pop("time", None)
    local = router.local(router.now())
    date = _read("date", f"{day} 00:00:00").date() if day else local.date()
    time = _read("time", f"2000-01-01 {clock}").time() if clock else local.time().replace(microsecond=0)
    wanted = datetime.combine(date, time, UTC)
    reply = writing.set_(router, menus(router.model)[PATH], replace(call, attributes=said))
    if day or clock:
        router.offset += wanted - local.replace(microsecond=0)
    return reply


def _read(name: str, written: str) -> datetime:
    try:
        return formats.read_moment(written)
    except ValueError as error:
        raise invalid(name) from error


MENU = Menu(
    PATH,
    lambda _: [{"time-zone-autodetect": "false"}],
    _show,
    single=True,
    fields={"time-zone-autodetect": flag(True), "time-zone-name": text("manual")},
    commands={"set": _set},
)
