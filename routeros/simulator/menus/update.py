"""Looking for a newer version and installing it: ``/system/package/update``."""

from __future__ import annotations

from collections.abc import Container, Sequence

from routeros.simulator.doors.wire import Call
from routeros.simulator.menu import Menu
from routeros.simulator.monitors import repeated
from routeros.simulator.outcome import ARGUMENT, MISSING, Outcome, Refused, Reply, Row
from routeros.simulator.parts.updates import Update
from routeros.simulator.router import Router

CHANNELS = ("stable", "long-term", "testing", "development")
OLD_CHANNELS = (*CHANNELS, "upgrade")


def _show(router: Router, _: Sequence[Row], __: Container[str]) -> Sequence[Row]:
    return [router.part(Update).row()]


def _set(router: Router, call: Call) -> Outcome:
    for name, value in call.attributes.items():
        if name != "channel":
            raise Refused(f"unknown parameter {name}", MISSING)
        if value not in (CHANNELS if router.model.version.major > 6 else OLD_CHANNELS):
            raise Refused("input does not match any value of channel", ARGUMENT)
        router.part(Update).channel = value
    return Reply()


def _check(router: Router, call: Call) -> Outcome:
    router.part(Update).check()
    return _told(router, call)


def _download(router: Router, call: Call) -> Outcome:
    router.part(Update).load(install=False)
    return _told(router, call)


def _install(router: Router, call: Call) -> Outcome:
    router.part(Update).load(install=True)
    return _told(router, call)


def _told(router: Router, call: Call) -> Outcome:
    """Tell how it goes until it has come to its end, or once."""
    update = router.part(Update)
    return repeated(call, lambda: [update.row()], over=lambda: not update.busy)


def _cancel(router: Router, _: Call) -> Outcome:
    router.part(Update).cancel()
    return Reply()


MENU = Menu(
    "/system/package/update",
    show=_show,
    single=True,
    commands={
        "set": _set,
        "check-for-updates": _check,
        "download": _download,
        "install": _install,
        "cancel": _cancel,
    },
)
