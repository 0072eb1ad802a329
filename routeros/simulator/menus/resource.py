"""CPU, memory, disk and uptime: ``/system/resource``."""

from __future__ import annotations

from collections.abc import Container, Sequence

import numpy as np

from routeros.simulator.device import formats, measures
from routeros.simulator.device.noise import key
from routeros.simulator.faults import Kind
from routeros.simulator.menu import Menu
from routeros.simulator.outcome import Row
from routeros.simulator.parts.files import Files
from routeros.simulator.router import Router


def _show(router: Router, _: Sequence[Row], __: Container[str]) -> Sequence[Row]:
    model, board = router.model, router.model.persona.board
    now = measures.resource(model, np.array([router.now()]))
    uptime = int(now.uptime[0])
    free_disk = router.part(Files).free if router.has(Files) else now.free_disk[0]
    free_disk = 0 if Kind.DISK_FULL in router.faults else free_disk
    written = uptime // 40
    row = {
        "uptime": formats.span(uptime),
        "version": f"{model.version} ({'stable' if model.version.major > 6 else 'long-term'})",
        "build-time": formats.build_time(model.version),
        "factory-software": model.persona.factory,
        "free-memory": formats.number(now.free_memory[0]),
        "total-memory": str(board.memory),
        "cpu": board.cpu,
        "cpu-count": str(board.cores),
        "cpu-frequency": str(board.frequency),
        "cpu-load": formats.number(now.cpu_load[0]),
        "free-hdd-space": formats.number(free_disk),
        "total-hdd-space": str(board.disk),
        "write-sect-since-reboot": str(written),
        "write-sect-total": str(written + key(model.root, "sectors") % 4_000_000),
        "bad-blocks": "0",
        "architecture-name": board.architecture,
        "board-name": board.name,
        "platform": "MikroTik",
    }
    if not board.nand:
        del row["bad-blocks"]
    if not board.model:
        del row["factory-software"]
    return [row]


MENU = Menu("/system/resource", show=_show, single=True)
