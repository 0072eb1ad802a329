"""Backups: a file that holds every table of a router, and puts them back exactly as they were."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from routeros.simulator.catalogue import menus
from routeros.simulator.outcome import Refused
from routeros.simulator.parts.boot import Boot
from routeros.simulator.parts.files import Files
from routeros.simulator.parts.log import Log
from routeros.simulator.parts.scheduler import STORE as SCHEDULER
from routeros.simulator.parts.scheduler import Scheduler
from routeros.simulator.router import Router, Table

PLAIN, SEALED = b"\x88\xac\xa1\xb1", b"\xef\xa8\x91\x73"
"""How the two kinds of backup begin."""

FAREWELL = timedelta(milliseconds=300)
"""A load is answered, and so long after it the router restarts."""

FIRMWARE = ("/system/package", "/system/routerboard", "/system/license")
"""Tables of what is installed, which no backup brings back."""

Document = dict[str, Any]


class Backups:
    """A part of a router. What is being loaded takes effect with the restart, or not at all."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self._stop: Callable[[], None] | None = None
        router.down.append(self._forget)

    def save(self, name: str, password: str = "") -> None:
        """Write ``name.backup``, sealed where there is a password; raises Refused where there is no room."""
        data = json.dumps(snapshot(self._router), separators=(",", ":")).encode()
        self._router.part(Files).write(f"{name.removesuffix('.backup')}.backup", sealed(data, password))
        self._router.part(Log).add("system,info", "Configuration backup saved")

    def load(self, name: str, password: str) -> None:
        """Put a backup in place with a restart that follows; raises Refused."""
        document = self._read(name, password)
        model = self._router.model
        if document["version"] != str(model.version):
            raise Refused("failure: backup was made by another version of RouterOS")
        if document["device"] != model.mark:
            raise Refused("failure: backup was made on another device")
        self._forget()
        self._stop = self._router.timers.later(FAREWELL, lambda: self._replace(document["tables"]))

    def _read(self, name: str, password: str) -> Document:
        files = self._router.part(Files)
        found = next((known for known in (name, f"{name}.backup") if files.has(known)), None)
        if found is None:
            raise Refused("failure: backup file not found")
        try:
            document: Document = json.loads(opened(files.read(found), password))
        except ValueError as error:
            raise Refused("failure: backup file is corrupt") from error
        return document

    def _replace(self, tables: Mapping[str, Any]) -> None:
        self._stop = None
        restore(self._router, tables)
        self._router.part(Boot).restart()

    def _forget(self) -> None:
        if self._stop is not None:
            self._stop()
            self._stop = None


def snapshot(router: Router) -> Document:
    """Copy all tables that were looked at; the others are as a new device has them."""
    tables = {
        name: {"last": table.last, "rows": [dict(row) for row in table]}
        for name, table in router.tables.items()
        if name not in FIRMWARE
    }
    return {"device": router.model.mark, "version": str(router.model.version), "tables": tables}


def restore(router: Router, tables: Mapping[str, Any]) -> None:
    """Put tables in place of all that there are, but for those of the firmware."""
    before = router.tables
    kept = {name: table for name, table in before.items() if name in FIRMWARE}
    restored = {name: Table(table["rows"], table["last"]) for name, table in tables.items()}
    router.tables = {**restored, **kept}
    _follow(router, before)
    if restored.get(SCHEDULER):
        router.part(Scheduler)


def _follow(router: Router, before: Mapping[str, Table]) -> None:
    """Let what depends on rows, as counters do, follow those that are other ones now."""
    for menu in menus(router.model).values():
        if menu.changed and menu.path == menu.table and menu.table in before:
            now = router.table(menu.table, menu.stored).rows
            for id, row in before[menu.table].rows.items():
                if id in now and now[id] != row:
                    menu.changed(router, row, now[id])


def sealed(data: bytes, password: str) -> bytes:
    """Wrap the contents of a backup: in plain, or so that only the password opens it."""
    if not password:
        return PLAIN + data
    salt = hashlib.sha256(data).digest()
    return SEALED + salt + _proof(salt, password) + _mixed(data, salt, password)


def opened(data: bytes, password: str) -> bytes:
    """Undo ``sealed``; raises Refused for a wrong password and ValueError for what is no backup."""
    if data.startswith(PLAIN):
        return data[len(PLAIN) :]
    if not data.startswith(SEALED):
        raise ValueError("no backup")
    salt, proof, rest = data[4:36], data[36:68], data[68:]
    if not hmac.compare_digest(proof, _proof(salt, password)):
        raise Refused("failure: wrong password")
    return _mixed(rest, salt, password)


def _proof(salt: bytes, password: str) -> bytes:
    return hmac.digest(_bytes(password), salt, "sha256")


def _mixed(data: bytes, salt: bytes, password: str) -> bytes:
    stream = hashlib.shake_256(salt + _bytes(password)).digest(len(data))
    return (int.from_bytes(data) ^ int.from_bytes(stream)).to_bytes(len(data))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
