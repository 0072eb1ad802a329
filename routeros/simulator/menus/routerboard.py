"""The board and its boot firmware: ``/system/routerboard``, and the licence, ``/system/license``."""

from __future__ import annotations

from collections.abc import Container, Sequence

from routeros.simulator.device import formats, naming
from routeros.simulator.device.model import Model
from routeros.simulator.doors.wire import Call
from routeros.simulator.fields import one_of
from routeros.simulator.menu import Menu, switch
from routeros.simulator.outcome import Outcome, Reply, Row
from routeros.simulator.parts.boot import FLASHED, Boot
from routeros.simulator.router import Router


def _is_board(model: Model) -> bool:
    return model.persona.board.model is not None


def _show(router: Router, _: Sequence[Row], __: Container[str]) -> Sequence[Row]:
    model, boot = router.model, router.part(Boot)
    board = model.persona.board
    row = {
        "routerboard": formats.flag(True),
        "board-name": board.name,
        "model": board.model or "",
        "serial-number": model.serial,
        "firmware-type": board.firmware,
        "factory-firmware": model.persona.factory,
        "current-firmware": boot.firmware,
        "upgrade-firmware": str(model.version),
    }
    if board.name == board.model:
        del row["board-name"]
    return [row | ({".about": FLASHED} if boot.flashed and model.version.major > 6 else {})]


def _upgrade(router: Router, _: Call) -> Outcome:
    """Write the firmware, if it is another one; over the API nobody is asked whether he means it."""
    if router.part(Boot).firmware != str(router.model.version):
        router.part(Boot).flash()
    return Reply()


def _settings(_: Model) -> list[Row]:
    return [{"auto-upgrade": formats.flag(False), "boot-device": "nand-if-fail-then-ethernet"}]


def _set_auto(router: Router, _: Row, after: Row) -> None:
    router.part(Boot).auto_upgrade = after["auto-upgrade"] == "true"


def _licence(model: Model) -> list[Row]:
    if not _is_board(model):
        return [{"system-id": naming.system_id(model.root), "level": "p1", "limited-upgrades": formats.flag(False)}]
    return [{"software-id": naming.software_id(model.root), "nlevel": "4", "features": ""}]


BOARD = Menu("/system/routerboard", show=_show, single=True, exists=_is_board, commands={"upgrade": _upgrade})
SETTINGS = Menu(
    "/system/routerboard/settings",
    _settings,
    single=True,
    exists=_is_board,
    fields={"enter-setup-on": one_of("any-key delete-key", "any-key")},
    writable={"auto-upgrade": switch},
    changed=_set_auto,
)
LICENCE = Menu("/system/license", _licence, single=True)
