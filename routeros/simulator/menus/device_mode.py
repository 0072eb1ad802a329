"""What the device may be used for: ``/system/device-mode``. An update waits for a hand on the device."""

from __future__ import annotations

from collections.abc import Container, Sequence
from datetime import timedelta

from routeros import values
from routeros.simulator.device import formats
from routeros.simulator.doors.wire import Call
from routeros.simulator.fields import invalid, switch
from routeros.simulator.menu import Menu, is_seven
from routeros.simulator.monitors import repeated
from routeros.simulator.outcome import ARGUMENT, MISSING, Outcome, Refused, Row
from routeros.simulator.parts import devicemode
from routeros.simulator.parts.devicemode import BASIC_SINCE, PATIENCE, DeviceMode, Waiting
from routeros.simulator.router import Router

SHORTEST, LONGEST = timedelta(seconds=10), timedelta(days=1)
_SWITCHES = ("flagged", "flagging-enabled")
_PASSED_OVER = ("as-value", "once", "without-paging", "interval", "duration")


def _show(router: Router, _: Sequence[Row], __: Container[str]) -> Sequence[Row]:
    version, state = router.model.version, router.part(DeviceMode)
    row = {"mode": state.mode}
    if version >= BASIC_SINCE:
        row["allowed-versions"] = ",".join(f"{oldest}+" for oldest in devicemode.OLDEST.values())
    row |= {"flagged": formats.flag(state.flagged), "flagging-enabled": formats.flag(state.flagging)}
    row |= {name: formats.flag(state.allows(name)) for name in devicemode.features(version)}
    return [row | {"attempt-count": str(state.attempts)} if version >= BASIC_SINCE else row]


def _update(router: Router, call: Call) -> Outcome:
    """Ask for another mode or for features, and count down until somebody confirms it or it is too late."""
    said = dict(call.attributes)
    patience = _patience(said.pop("activation-timeout", None))
    state = router.part(DeviceMode)
    waiting = state.ask(_wanted(router, said), patience)
    return repeated(call, lambda: _countdown(router, waiting), lambda: state.waiting is not waiting)


def _wanted(router: Router, said: dict[str, str]) -> Row:
    version, wanted = router.model.version, {}
    for name, value in said.items():
        if name == "mode":
            if value not in devicemode.modes(version):
                raise Refused("input does not match any value of mode", ARGUMENT)
            wanted[name] = value
        elif name in _SWITCHES or name in devicemode.features(version):
            wanted[name] = switch(name, value)
        elif name not in _PASSED_OVER:
            raise Refused(f"unknown parameter {name}", MISSING)
    return wanted


def _patience(said: str | None) -> timedelta:
    try:
        span = PATIENCE if said is None else values.duration(said)
    except ValueError as error:
        raise invalid("activation-timeout") from error
    if not SHORTEST <= span <= LONGEST:
        raise Refused("value of activation-timeout out of range (10s..1d)", ARGUMENT)
    return span


def _countdown(router: Router, waiting: Waiting) -> Sequence[Row]:
    if router.part(DeviceMode).waiting is not waiting:
        return [{"update": "timed out"}]
    left = formats.span(waiting.until - router.now())
    return [{"update": f"please activate by turning power off or pressing reset or mode button in {left}"}]


MENU = Menu("/system/device-mode", show=_show, single=True, exists=is_seven, commands={"update": _update})
