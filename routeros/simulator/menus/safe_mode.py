"""Safe mode for programs, from 7.18 on: ``/safe-mode``. It is bound to the session that took it."""

from __future__ import annotations

from collections.abc import Container, Sequence

from routeros.simulator import formats
from routeros.simulator.menu import Menu
from routeros.simulator.model import Model
from routeros.simulator.outcome import ARGUMENT, Outcome, Refused, Reply, Row
from routeros.simulator.router import Active, Router
from routeros.simulator.safemode import SafeMode
from routeros.simulator.wire import Call
from routeros.values import Version

SINCE, TOGGLED = Version(7, 18), Version(7, 21)


def _show(router: Router, _: Sequence[Row], __: Container[str]) -> Sequence[Row]:
    held = router.part(SafeMode).holder if router.has(SafeMode) else None
    row = {"enabled": formats.flag(held is not None)}
    return [row | ({"owner": held.id, "user": held.name} if held else {})]


def _print(router: Router, call: Call) -> Outcome:
    """Tell who holds it; ``current`` is whether it is this session."""
    (row,) = _show(router, (), ())
    mine = call.who is not None and row.get("owner") == call.who.id
    return Reply([{"enabled": row["enabled"], "current": formats.flag(mine), **row}], listing=True)


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


_COMMANDS = {"print": _print, "take": _take, "release": _release, "unroll": _unroll}
NEW = Menu("/safe-mode", show=_show, single=True, exists=_is_new, commands=_COMMANDS)
NEWEST = Menu("/safe-mode", show=_show, single=True, exists=_is_newest, commands={**_COMMANDS, "toggle": _toggle})
