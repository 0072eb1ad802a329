"""Whether there is a newer RouterOS: ``/system/package/update``.

Once a day the device is asked to look at its vendor's server, which takes it seconds; what it found is read with the
other slow collectors, so that no poll waits for it. A user who may only read cannot have it look. What it found it
forgets at a restart; until it has looked again nothing is read, and what was known stays.
"""

from __future__ import annotations

from fleet.families import Cycle
from routeros.collector import Collector, Reading, Replies, first
from routeros.facts import sheet, word
from routeros.words import Command

firmware = sheet(
    "firmware",
    "Firmware check",
    (
        word("channel", "Where it looks: stable, long-term, testing, development."),
        word("installed_version", "The RouterOS that is installed.", "installed-version", "current-version"),
        word("latest_version", "The newest of the channel."),
        word("status", "What came of the last look.", volatile=True),
    ),
)

command = Command("/system/package/update/print", firmware.properties)
look = Command("/system/package/update/check-for-updates", firmware.properties, {"once": ""})


def read(replies: Replies) -> Reading:
    row = first(replies[0])
    return Reading() if row and not row.get("latest-version") else firmware.one(replies)


def looked(_: Replies) -> Reading:
    """Read nothing: while it looks there is nothing to tell yet."""
    return Reading()


collector = firmware.collector((command,), read)
looking = Collector("inventory.firmware.look", Cycle.DAILY, (look,), None, looked, lenient=True)
