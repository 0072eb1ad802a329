"""The last actions, newest first, with the commands that undo them: ``/system/history``, ``/undo`` and ``/redo``."""

from __future__ import annotations

from collections.abc import Container, Sequence

from routeros.simulator.device import formats
from routeros.simulator.doors.wire import Call
from routeros.simulator.menu import Menu
from routeros.simulator.outcome import Outcome, Reply, Row
from routeros.simulator.parts import deeds, undoing
from routeros.simulator.parts.journal import Action, Journal
from routeros.simulator.router import Router


def _show(router: Router, _: Sequence[Row], __: Container[str]) -> Sequence[Row]:
    if not router.has(Journal):
        return []
    journal = router.part(Journal)
    done = [_row(router, action, undone=False) for action in reversed(journal.actions)]
    return [_row(router, action, undone=True) for action in journal.undone] + done


def _row(router: Router, action: Action, *, undone: bool) -> Row:
    version = router.model.version
    changes = [deeds.opposite(change) for change in reversed(action.changes)] if undone else action.changes
    who = changes[0].who
    return {
        ".id": f"*{action.number:X}",
        "undoable": formats.flag(not undone),
        "redoable": formats.flag(undone),
        "floating-undo": formats.flag(action.floating),
        "action": deeds.deed(changes[0]),
        "by": who.name if who else "",
        "policy": "write",
        "time": formats.moment(version, router.local(action.at)),
        "redo": "\n".join(map(deeds.command, changes)),
        "undo": "\n".join(deeds.command(deeds.opposite(change)) for change in reversed(changes)),
    }


def _undo(router: Router, _: Call) -> Outcome:
    undoing.undo(router)
    return Reply()


def _redo(router: Router, _: Call) -> Outcome:
    undoing.redo(router)
    return Reply()


MENU = Menu("/system/history", show=_show)
COMMANDS = Menu("", bare=True, commands={"undo": _undo, "redo": _redo})
