"""The board and its boot firmware: ``/system/routerboard``, and the licence, ``/system/license``."""

from __future__ import annotations

from routeros.simulator import formats, naming
from routeros.simulator.menu import Menu
from routeros.simulator.model import Model
from routeros.simulator.outcome import Row


def _is_board(model: Model) -> bool:
    return model.persona.board.model is not None


def _stored(model: Model) -> list[Row]:
    board = model.persona.board
    row = {
        "routerboard": formats.flag(True),
        "board-name": board.name,
        "model": board.model or "",
        "serial-number": model.serial,
        "firmware-type": board.firmware,
        "factory-firmware": model.persona.factory,
        "current-firmware": str(model.version),
        "upgrade-firmware": str(model.version),
    }
    if board.name == board.model:
        del row["board-name"]
    return [row]


def _licence(model: Model) -> list[Row]:
    if not _is_board(model):
        return [{"system-id": naming.system_id(model.root), "level": "p1", "limited-upgrades": formats.flag(False)}]
    return [{"software-id": naming.software_id(model.root), "nlevel": "4", "features": ""}]


BOARD = Menu("/system/routerboard", _stored, single=True, exists=_is_board)
LICENCE = Menu("/system/license", _licence, single=True)
