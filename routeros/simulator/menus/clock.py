"""The router's own wall clock: ``/system/clock``."""

from __future__ import annotations

from collections.abc import Container, Sequence

from routeros.simulator import formats
from routeros.simulator.fields import flag, text
from routeros.simulator.menu import Menu
from routeros.simulator.outcome import Row
from routeros.simulator.router import Router


def _show(router: Router, rows: Sequence[Row], __: Container[str]) -> Sequence[Row]:
    local = router.local(router.now())
    return [
        {
            "time": f"{local:%H:%M:%S}",
            "date": formats.date(router.model.version, local),
            "gmt-offset": f"+{router.model.site.offset_hours:02d}:00",
            "dst-active": formats.flag(False),
            **row,
        }
        for row in rows
    ]


MENU = Menu(
    "/system/clock",
    lambda _: [{"time-zone-autodetect": "false"}],
    _show,
    single=True,
    fields={"time-zone-name": text("manual"), "time-zone-autodetect": flag(True)},
)
