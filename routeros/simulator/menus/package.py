"""The installed packages, and what is planned for them: ``/system/package``."""

from __future__ import annotations

from collections.abc import Callable

from routeros.simulator.device.model import Model
from routeros.simulator.doors.wire import Call
from routeros.simulator.menu import Menu
from routeros.simulator.outcome import MISSING, Outcome, Refused, Reply
from routeros.simulator.parts.boot import Boot
from routeros.simulator.parts.devicemode import DeviceMode
from routeros.simulator.parts.packages import APPLIED_APART, STORE, Packages, stored
from routeros.simulator.router import Router


def _planned(plan: str) -> Callable[[Router, Call], Outcome]:
    def command(router: Router, call: Call) -> Outcome:
        for name in (".id", "numbers", "number"):
            if name in call.attributes:
                router.part(Packages).plan(call.attributes[name].split(","), plan)
                return Reply()
        raise Refused("missing value for argument numbers", MISSING)

    return command


def _apply(router: Router, _: Call) -> Outcome:
    router.part(Boot).restart(applied=True)
    return Reply()


def _downgrade(router: Router, _: Call) -> Outcome:
    wanted = router.part(Packages).brought()
    if wanted is not None:
        router.part(DeviceMode).require_version(wanted)
    router.part(Packages).downgrading = True
    router.part(Boot).restart()
    return Reply()


PLANS = {
    "enable": _planned("scheduled for enable"),
    "disable": _planned("scheduled for disable"),
    "uninstall": _planned("scheduled for uninstall"),
    "unschedule": _planned(""),
    "downgrade": _downgrade,
}


def _is_new(model: Model) -> bool:
    return model.version >= APPLIED_APART


def _is_old(model: Model) -> bool:
    return not _is_new(model)


OLD = Menu(STORE, stored, exists=_is_old, commands=PLANS)
NEW = Menu(STORE, stored, exists=_is_new, commands={**PLANS, "apply-changes": _apply})
