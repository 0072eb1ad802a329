"""The router's own wall clock: ``/system/clock``."""

from __future__ import annotations

from collections.abc import Container, Sequence

from routeros.simulator import formats
from routeros.simulator.menu import Menu
from routeros.simulator.outcome import Row
from routeros.simulator.router import Router


def _show(router: Router, _: Sequence[Row], __: Container[str]) -> Sequence[Row]:
    local = router.local(router.now())
    return [
        {
            "time": f"{local:%H:%M:%S}",
            "date": formats.date(router.model.version, local),
            "time-zone-autodetect": formats.flag(False),
            "time-zone-name": "manual",
            "gmt-offset": f"+{router.model.site.offset_hours:02d}:00",
            "dst-active": formats.flag(False),
        }
    ]


MENU = Menu("/system/clock", show=_show, single=True)
