"""The installed packages: ``/system/package``."""

from __future__ import annotations

from routeros.simulator import formats
from routeros.simulator.menu import Menu
from routeros.simulator.model import Model
from routeros.simulator.outcome import Row
from routeros.values import Version

BUNDLED = ("advanced-tools", "dhcp", "hotspot", "ipv6", "mpls", "ppp", "routing", "security", "system", "wireless")
"""What a v6 main package is made of."""

SINCE = {"wireless": Version(7, 13)}
"""Drivers that were part of the main package before."""


def _stored(model: Model) -> list[Row]:
    version = model.version
    rows = []
    for name, size in model.persona.packages.items():
        if version >= SINCE.get(name, version):
            rows.append({"name": name} | ({"size": str(size)} if version >= Version(7, 18) else {}))
    if version.major < 7:
        main = rows[0]["name"]
        rows += [{"name": name, "bundle": main} for name in BUNDLED]
    available = {"available": formats.flag(False)} if version >= Version(7, 18) else {}
    common = {"version": str(version), "build-time": formats.build_time(version), "scheduled": "", **available}
    return [
        {".id": f"*{number:X}", **row, **common, "disabled": formats.flag(False)}
        for number, row in enumerate(rows, start=1)
    ]


MENU = Menu("/system/package", _stored)
