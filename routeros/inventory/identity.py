"""What the device is called and what it is licensed for: ``/system/identity`` and ``/system/license``."""

from __future__ import annotations

from routeros.facts import sheet, word
from routeros.words import Command

identity = sheet(
    "identity",
    "Identity",
    (
        word("name", "What the device is called (/system/identity)."),
        word("software_id", "The licence's software id; a CHR has a system id instead."),
        word("system_id", "The system id of a CHR's licence."),
        word("license_level", "The licence's level: 3 to 6; free, p1, p10 of a CHR.", "nlevel", "level"),
    ),
)

commands = (
    Command("/system/identity/print", ("name",)),
    Command("/system/license/print", ("software-id", "system-id", "nlevel", "level")),
)

collector = identity.collector(commands, identity.one)
