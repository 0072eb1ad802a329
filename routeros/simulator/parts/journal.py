"""What was changed on a router, newest last, so that it can be undone: ``/system/history`` and safe mode."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from routeros.simulator.parts import deeds
from routeros.simulator.parts.log import Log
from routeros.simulator.router import Change, Router

KEPT = 100
"""A router remembers so many actions, and forgets the oldest."""


@dataclass(eq=False, slots=True)
class Action:
    """What one command changed. A ``floating`` one was made in safe mode."""

    number: int
    turn: int
    at: float
    changes: list[Change]
    floating: bool = False


class Journal:
    """A part of a router. A restart empties it.

    While it is ``floating``, what is recorded may have to be undone together, because someone holds safe mode.
    """

    def __init__(self, router: Router) -> None:
        self._router = router
        self._count = 0
        self.actions: deque[Action] = deque(maxlen=KEPT)
        self.undone: list[Action] = []
        self.floating = False
        router.down.append(self.forget)

    @property
    def changes(self) -> list[Change]:
        """All changes that could be undone, the newest last."""
        return [change for action in self.actions for change in action.changes]

    def record(self, change: Change) -> None:
        """Keep a change; those of one command are one action."""
        turn = self._router.turn
        if self.actions and self.actions[-1].turn == turn:
            self.actions[-1].changes.append(change)
        else:
            self._begin(Action(self._count + 1, turn, self._router.now(), [change], self.floating))
        self._router.part(Log).add("system,info", deeds.line(self._router.model.version, change))

    def _begin(self, action: Action) -> None:
        if len(self.actions) == KEPT and self.actions[0].floating:
            # No room to undo all of it together: safe mode ends without a word, and all of it stays.
            self.settle()
            action.floating = False
        self._count += 1
        self.actions.append(action)
        self.undone.clear()

    def float(self) -> None:
        """Begin to mark what is recorded."""
        self.floating = True

    def settle(self) -> None:
        """Keep what was marked, and stop marking."""
        self.floating = False
        for action in (*self.actions, *self.undone):
            action.floating = False

    def forget(self) -> None:
        """Let go of everything."""
        self.floating = False
        self.actions.clear()
        self.undone.clear()


def note(router: Router, change: Change) -> None:
    """Keep a change so that it can be undone, and tell those who listen."""
    router.part(Journal).record(change)
    router.changed(change)
