"""Where the list of what was done on the device stands: ``/system/history``, the newest action's number alone.

It is read in every poll, and only of devices that are to be backed up after a change. Who did what is read with the
backup. The menu is the same in RouterOS 6 and 7, and empty after a restart.
"""

from __future__ import annotations

from fleet.backups import HISTORY, WATCHING
from fleet.families import Cycle
from routeros.backup import history as actions
from routeros.collector import Collector, Reading, Replies
from routeros.facts import sheet, word

history = sheet(
    HISTORY,
    "History",
    (word("marker", "Where the history stands: the newest action's number, and how many actions are undone."),),
)

command = actions.asking(actions.PLACE)


def read(replies: Replies) -> Reading:
    """Sum up the rows; a device without the menu has no history, and one without actions stands at 0."""
    rows = replies[0]
    return history.items([] if rows is None else [{"marker": actions.understood(rows).marker}])


collector = Collector(WATCHING, Cycle.FAST, (command,), None, read, kind=history.kind, lenient=True)
