"""The board and its boot firmware, from ``/system/routerboard``; a CHR has none."""

from __future__ import annotations

from routeros.facts import flag, sheet, word
from routeros.words import Command

routerboard = sheet(
    "routerboard",
    "RouterBOARD",
    (
        flag("routerboard", "Whether it is a RouterBOARD."),
        word("model", "The product code."),
        word("board", "The board's name, where it is another one.", "board-name"),
        word("revision", "The revision of the hardware."),
        word("serial", "The serial number.", "serial-number"),
        word("firmware_type", "Which firmware fits the board."),
        word("firmware_factory", "The RouterBOOT that it came with.", "factory-firmware"),
        word("firmware", "The RouterBOOT that runs.", "current-firmware"),
        word("firmware_upgrade", "The RouterBOOT that /system/routerboard/upgrade would write.", "upgrade-firmware"),
    ),
)

command = Command("/system/routerboard/print", routerboard.properties)

collector = routerboard.collector((command,), routerboard.one)
