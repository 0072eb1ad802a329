"""Name, serial number, product code and RouterBOOT firmware, from the menus of ``/system``."""

from __future__ import annotations

from fleet.families import Cycle
from routeros.collector import Collector, Notes, Reading, Replies, first
from routeros.words import Command

commands = (
    Command("/system/identity/print", ("name",)),
    Command(
        "/system/routerboard/print",
        ("routerboard", "model", "serial-number", "current-firmware", "upgrade-firmware"),
    ),
    Command("/system/license/print", ("software-id", "system-id", "nlevel", "level")),
)

BOARD = {
    "product_code": "model",
    "serial": "serial-number",
    "firmware": "current-firmware",
    "firmware_upgrade": "upgrade-firmware",
}
LICENSE = (
    {"license_level": "nlevel"},
    {"license_level": "level"},
    {"serial": "software-id"},
    {"serial": "system-id"},
)


def read(replies: Replies) -> Reading:
    """Read facts. A CHR or PC is no RouterBOARD and has no serial number: its licence's id stands in for it."""
    notes = Notes()
    identity, board, licence = (first(rows) for rows in replies)
    facts: dict[str, str] = {}
    for names in LICENSE:
        facts |= notes.facts(licence, names)
    return Reading(facts=facts | notes.facts(identity, {"identity": "name"}) | notes.facts(board, BOARD))


collector = Collector("identity", Cycle.SLOW, commands, None, read)
