"""Making a router as it was delivered, or bare, with a script to begin anew: ``/system/reset-configuration``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from routeros.simulator import selecting
from routeros.simulator.catalogue import menus
from routeros.simulator.console import Shell
from routeros.simulator.console.importing import Loaded, load
from routeros.simulator.doors.ssh.keys import HostKeys
from routeros.simulator.exporting import FACTORY, PHYSICAL
from routeros.simulator.menu import Menu
from routeros.simulator.outcome import Refused, Row
from routeros.simulator.parts.backups import FAREWELL, Backups, restore
from routeros.simulator.parts.boot import Boot
from routeros.simulator.parts.files import Files
from routeros.simulator.parts.log import Log
from routeros.simulator.parts.runs import Run
from routeros.simulator.router import Router

USUAL: Final = {"disabled": "false"}
"""What a row has where its menu declares no default."""

SAVED: Final = "auto-before-reset"
USERS: Final = "/user"
"""What is kept of users is in the tables whose names begin so."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How to reset: without the configuration of a new device, with the users of now, and what runs afterwards."""

    bare: bool = False
    keep_users: bool = False
    backup: bool = True
    script: str = ""
    shutdown: bool = False


class Reset:
    """A part of a router. A script that waits for the start outlives a loss of power, and is run once."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self._stop: Callable[[], None] | None = None
        self._script = ""
        router.down.append(self._forget)
        router.part(Boot).on_start.append(self._started)

    def begin(self, wish: Wish) -> None:
        """Reset with a restart that follows; raises Refused where there is no room for the backup."""
        if wish.backup:
            place = "flash/" if self._router.part(Files).has_flash else ""
            self._router.part(Backups).save(f"{place}{SAVED}")
        self._forget()
        self._stop = self._router.timers.later(FAREWELL, lambda: self._reset(wish))

    def _reset(self, wish: Wish) -> None:
        self._stop = None
        wipe(self._router, bare=wish.bare, keep_users=wish.keep_users)
        self._router.part(HostKeys).regenerate()
        self._script = wish.script
        boot = self._router.part(Boot)
        (boot.shut_down if wish.shutdown else boot.restart)()

    def _forget(self) -> None:
        if self._stop is not None:
            self._stop()
            self._stop = None

    def _started(self) -> None:
        name, self._script = self._script, ""
        if name:
            Run(self._router, load(self._router, {"file-name": name}, lambda: Shell(self._router)), self._done)

    def _done(self, came: Loaded | Refused) -> None:
        """Note why a script failed: nobody else is told."""
        error = came.message if isinstance(came, Refused) else came.error
        if error:
            said = f"error while running run-after-reset script: {error.removeprefix('Script Error: ')}"
            self._router.part(Log).add("system,error,critical", said)


def wipe(router: Router, *, bare: bool, keep_users: bool) -> None:
    """Make every table anew: as the device was delivered, or bare of all configuration."""
    kept = {name: table for name, table in router.tables.items() if keep_users and name.startswith(USERS)}
    restore(router, {})
    router.tables.update(kept)
    for menu in menus(router.model).values() if bare else ():
        if menu.writable and not menu.path.startswith(USERS):
            _strip(router, menu)


def _strip(router: Router, menu: Menu) -> None:
    """Remove what can be removed of a menu; the rest has its defaults, and what its hardware brings with it."""
    table = selecting.table(router, menu)
    for row in selecting.rows(router, menu):
        if menu.is_dynamic(row) or menu.anchor == "number":
            continue
        if menu.required is None:
            _default(menu, row)
        elif menu.kept(row) is None:
            del table.rows[row[".id"]]


def _default(menu: Menu, row: Row) -> None:
    for name in (set(row) & set(menu.writable)) - PHYSICAL:
        if (usual := menu.defaults.get(name, USUAL.get(name))) is None:
            del row[name]
        else:
            row[name] = usual
    row.update(FACTORY.get(menu.path, {}))
    if row.get("name") == "www-ssl":
        row["disabled"] = "true"
