"""Going back to the beginning: ``/system/reset-configuration``."""

from __future__ import annotations

from routeros.simulator.doors.wire import Call
from routeros.simulator.fields import switch
from routeros.simulator.menu import Menu
from routeros.simulator.outcome import MISSING, Outcome, Refused, Reply
from routeros.simulator.parts.reset import Reset, Wish
from routeros.simulator.router import Router

_SWITCHES = ("no-defaults", "keep-users", "skip-backup", "shutdown")
_NAMES = (*_SWITCHES, "run-after-reset")


def _reset(router: Router, call: Call) -> Outcome:
    """Answer at once; whether the script is there and runs, only the log tells after the restart."""
    said = call.attributes
    for name in said:
        if name not in _NAMES:
            raise Refused(f"unknown parameter {name}", MISSING)
    bare, keeps, skips, shuts = (switch(name, said.get(name) or "no") == "true" for name in _SWITCHES)
    router.part(Reset).begin(Wish(bare, keeps, not skips, said.get("run-after-reset", ""), shuts))
    return Reply()


MENU = Menu("/system", bare=True, commands={"reset-configuration": _reset})
