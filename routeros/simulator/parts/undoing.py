"""Taking back what the journal holds: the newest action, or all that was made in safe mode."""

from __future__ import annotations

from routeros.simulator.outcome import Refused
from routeros.simulator.parts.journal import Action, Journal
from routeros.simulator.router import Router
from routeros.simulator.writing import restore

NEVER = -1
"""The turn of an action that nothing is added to."""


def undo(router: Router) -> None:
    """Undo the newest action; raises Refused."""
    journal = router.part(Journal)
    if not journal.actions:
        raise Refused("failure: nothing to undo")
    done = _back(router, journal.actions.pop())
    if done.changes:
        journal.undone.append(done)


def redo(router: Router) -> None:
    """Do again what was undone last; raises Refused."""
    journal = router.part(Journal)
    if not journal.undone:
        raise Refused("failure: nothing to redo")
    action = _back(router, journal.undone.pop())
    action.floating = journal.floating
    if action.changes:
        journal.actions.append(action)


def sink(router: Router) -> None:
    """Undo all that was made in safe mode, which ends."""
    journal = router.part(Journal)
    journal.floating = False
    while journal.actions and journal.actions[-1].floating:
        _back(router, journal.actions.pop())
    journal.undone.clear()


def _back(router: Router, action: Action) -> Action:
    """Take an action back and tell the one that takes this back again."""
    taken = [restore(router, change) for change in reversed(action.changes)]
    return Action(action.number, NEVER, action.at, [back for back in taken if back is not None], action.floating)
