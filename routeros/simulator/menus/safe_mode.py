"""Safe mode for programs, from 7.18 on: ``/safe-mode``. It is bound to the session that took it."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import replace

from fleet.versions import Version
from routeros.simulator import reading
from routeros.simulator.catalogue import menus
from routeros.simulator.device import formats
from routeros.simulator.device.model import Model
from routeros.simulator.doors.wire import Call
from routeros.simulator.menu import Menu
from routeros.simulator.outcome import ARGUMENT, Outcome, Refused, Reply, Row
from routeros.simulator.parts.safemode import SafeMode
from routeros.simulator.router import Active, Router

PATH = "/safe-mode"
SINCE, TOGGLED = Version(7, 18), Version(7, 21)


def _show(router: Router, _: Sequence[Row], __: Container[str]) -> Sequence[Row]:
    return _told(router, None)


def _told(router: Router, who: Active | None) -> Sequence[Row]:
    """Tell who holds it; ``current`` is whether whoever asks does."""
    held = router.part(SafeMode).holder if router.has(SafeMode) else None
    mine = held is not None and who is not None and held.id == who.id
    row = {"enabled": formats.flag(held is not None), "current": formats.flag(mine)}
    return [row | ({"owner": held.id, "user": held.name} if held else {})]


def _to_caller(verb: Callable[[Router, Menu, Call], Outcome]) -> Callable[[Router, Call], Outcome]:
    def run(router: Router, call: Call) -> Outcome:
        menu = replace(menus(router.model)[PATH], show=lambda router, _, __: _told(router, call.who))
        return verb(router, menu, call)

    return run


def _session(call: Call) -> Active:
    if call.who is None:
        raise Refused("failure: no session")
    return call.who


def _take(router: Router, call: Call) -> Outcome:
    wanted = call.attributes.get("on-error", "abort")
    if wanted not in ("abort", "ask", "release", "unroll"):
        raise Refused("input does not match any value of on-error", ARGUMENT)
    router.part(SafeMode).take(_session(call), wanted)
    return Reply()


def _release(router: Router, call: Call) -> Outcome:
    router.part(SafeMode).release(_session(call))
    return Reply()


def _unroll(router: Router, call: Call) -> Outcome:
    router.part(SafeMode).unroll(_session(call))
    return Reply()


def _toggle(router: Router, call: Call) -> Outcome:
    held = router.part(SafeMode).holder
    return _release(router, call) if held and held.id == _session(call).id else _take(router, call)


def _is_new(model: Model) -> bool:
    return SINCE <= model.version < TOGGLED


def _is_newest(model: Model) -> bool:
    return model.version >= TOGGLED


_COMMANDS = {
    "print": _to_caller(reading.print_),
    "getall": _to_caller(reading.print_),
    "get": _to_caller(reading.get),
    "take": _take,
    "release": _release,
    "unroll": _unroll,
}
NEW = Menu(PATH, show=_show, single=True, exists=_is_new, commands=_COMMANDS)
NEWEST = Menu(PATH, show=_show, single=True, exists=_is_newest, commands={**_COMMANDS, "toggle": _toggle})
