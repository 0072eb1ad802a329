"""Restarting and shutting down: ``/system/reboot`` and ``/system/shutdown``."""

from __future__ import annotations

from routeros.simulator.doors.wire import Call
from routeros.simulator.menu import Menu
from routeros.simulator.outcome import Outcome, Reply
from routeros.simulator.parts.boot import Boot
from routeros.simulator.router import Router


def _reboot(router: Router, _: Call) -> Outcome:
    router.part(Boot).restart()
    return Reply()


def _shutdown(router: Router, _: Call) -> Outcome:
    router.part(Boot).shut_down()
    return Reply()


MENU = Menu("/system", bare=True, commands={"reboot": _reboot, "shutdown": _shutdown})
