"""The work of one poll: seven commands, whole and with the properties that a collector would name."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from routeros.collectors import health, interfaces, resource, wireless
from routeros.words import Command

MENUS: Final = (
    "/system/identity",
    "/system/resource",
    "/system/health",
    "/system/routerboard",
    "/interface",
    "/interface/wifi/registration-table",
    "/ip/address",
)

WHOLE: Final = tuple(Command(f"{menu}/print") for menu in MENUS)

NAMED: Final = tuple(
    replace(command, properties=properties)
    for command, properties in zip(
        WHOLE,
        (
            ("name",),
            resource.command.properties,
            health.command.properties,
            ("routerboard", "model", "serial-number", "current-firmware", "upgrade-firmware"),
            interfaces.command.properties,
            wireless.MODERN,
            ("address", "network", "interface", "disabled"),
        ),
        strict=True,
    )
)
"""The same commands with ``.proplist``: the product's own collectors, and what one would ask of addresses."""
