"""The services that the router offers: ``/ip/service``. Disabling one closes its door to new sessions."""

from __future__ import annotations

from collections.abc import Container, Sequence

from routeros.simulator.device import formats
from routeros.simulator.fields import flag, listed, one_of, prefix, since, text, until, whole
from routeros.simulator.menu import Menu
from routeros.simulator.outcome import Row
from routeros.simulator.parts.services import CONNECTED, MOST_SESSIONS, PORTS, SECURE, STORE, stored
from routeros.simulator.router import Router


def _show(router: Router, rows: Sequence[Row], _: Container[str]) -> Sequence[Row]:
    modern = router.model.version >= CONNECTED
    more = {"proto": "tcp", "dynamic": formats.flag(False)} if modern else {}
    shown = [_own(row) | more | {"invalid": formats.flag(_no_certificate(row))} for row in rows]
    return shown + (_connections(router) if modern else [])


def _own(row: Row) -> Row:
    """Only a secure service has a certificate."""
    if row["name"] in SECURE:
        return row
    return {name: value for name, value in row.items() if name not in ("certificate", "tls-version")}


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


MENU = Menu(
    "/ip/service",
    stored,
    _show,
    store=STORE,
    fields={
        "port": whole(1, 65535),
        "address": until("7.24", listed(prefix(), "")),
        "available-from": since("7.24", listed(prefix(), "")),
        "certificate": text("none"),
        "tls-version": one_of("any only-1.2", "any"),
        "vrf": since("7.0", text("main")),
        "max-sessions": since("7.16", whole(1, 1000, str(MOST_SESSIONS))),
        "disabled": flag(),
    },
    kept=lambda _: "failure: can not remove service",
)
