"""The services that the router offers: ``/ip/service``. Disabling one closes its door to new sessions."""

from __future__ import annotations

from collections.abc import Container, Sequence

from routeros.simulator import formats
from routeros.simulator.menu import Menu, number, switch, words
from routeros.simulator.model import Model
from routeros.simulator.outcome import Row
from routeros.simulator.router import Router
from routeros.simulator.services import PORTS, SECURE, STORE, stored
from routeros.values import Version

CONNECTED = Version(7, 24)
"""From here on living connections are rows, and ``address`` is called ``available-from``."""


def _is_old(model: Model) -> bool:
    return model.version < Version(7, 16)


def _is_new(model: Model) -> bool:
    return not _is_old(model)


def _show(router: Router, rows: Sequence[Row], _: Container[str]) -> Sequence[Row]:
    version = router.model.version
    modern = {"dynamic": formats.flag(False)} if version >= CONNECTED else {}
    shown = [{**_renamed(row, version), **modern, "invalid": formats.flag(_no_certificate(row))} for row in rows]
    return shown + (_connections(router) if version >= CONNECTED else [])


def _renamed(row: Row, version: Version) -> Row:
    if version >= CONNECTED:
        row = {"available-from" if name == "address" else name: value for name, value in row.items()}
        return {**row, "proto": "tcp"}
    if version < Version(7, 16):
        return {name: value for name, value in row.items() if name != "max-sessions"}
    return row


def _no_certificate(row: Row) -> bool:
    return row["name"] in SECURE and row.get("certificate") == "none"


def _connections(router: Router) -> list[Row]:
    return [
        {
            ".id": f"*{0x100 + number:X}",
            "name": active.via,
            "port": str(PORTS[active.via]),
            "proto": "tcp",
            "connection": formats.flag(True),
            "local": router.model.address,
            "remote": active.address,
            "dynamic": formats.flag(True),
            "invalid": formats.flag(False),
            "disabled": formats.flag(False),
        }
        for number, active in enumerate(router.active.values())
    ]


_WRITABLE = {"disabled": switch, "address": words, "port": number(1, 65535), "certificate": words}
OLD = Menu("/ip/service", stored, _show, store=STORE, exists=_is_old, writable=_WRITABLE)
NEW = Menu(
    "/ip/service",
    stored,
    _show,
    store=STORE,
    exists=_is_new,
    writable={**_WRITABLE, "max-sessions": number(1, 1000)},
)
