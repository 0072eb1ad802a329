"""What was changed on a router, newest last, so that it can be undone: ``/system/history`` and safe mode."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from routeros.simulator import deeds
from routeros.simulator.log import Log
from routeros.simulator.outcome import Refused
from routeros.simulator.router import Active, Change, Router

KEPT = 100
"""A router remembers so many actions, and forgets the oldest."""


@dataclass(eq=False, slots=True)
class Action:
    """What one command changed. A ``floating`` one was made in safe mode."""

    number: int
    at: float
    changes: tuple[Change, ...]
    floating: bool = False

    @property
    def who(self) -> Active | None:
        return self.changes[0].who


class Journal:
    """A part of a router. A restart empties it.

    ``floating`` says that what is recorded now may have to be undone together, because someone holds safe mode.
    """

    def __init__(self, router: Router) -> None:
        self._router = router
        self._count = 0
        self.actions: deque[Action] = deque(maxlen=KEPT)
        self.undone: list[Action] = []
        self.floating = False
        router.down.append(self.forget)

    def record(self, *changes: Change) -> None:
        """Keep the changes of one command as one action."""
        if len(self.actions) == KEPT and self.actions[0].floating:
            self.settle()
        self._count += 1
        self.actions.append(Action(self._count, self._router.now(), changes, self.floating))
        self.undone.clear()
        for change in changes:
            self._router.part(Log).add("system,info", deeds.line(self._router.model.version, change))

    def undo(self) -> None:
        """Undo the newest action; raises Refused."""
        if not self.actions:
            raise Refused("failure: nothing to undo")
        action = self.actions.pop()
        self.undone.append(Action(action.number, action.at, self._revert(action), action.floating))

    def redo(self) -> None:
        """Do again what was undone last; raises Refused."""
        if not self.undone:
            raise Refused("failure: nothing to redo")
        action = self.undone.pop()
        self.actions.append(Action(action.number, action.at, self._revert(action), self.floating))

    def float(self) -> None:
        """Begin to mark what is recorded."""
        self.floating = True

    def settle(self) -> None:
        """Keep what was marked, and stop marking."""
        self.floating = False
        for action in (*self.actions, *self.undone):
            action.floating = False

    def sink(self) -> None:
        """Undo all that was marked, and stop marking."""
        self.floating = False
        while self.actions and self.actions[-1].floating:
            self._revert(self.actions.pop())
        self.undone.clear()

    def forget(self) -> None:
        """Let go of everything."""
        self.floating = False
        self.actions.clear()
        self.undone.clear()

    def _revert(self, action: Action) -> tuple[Change, ...]:
        """Undo an action and tell the changes that undo this again."""
        return tuple(revert(self._router, change) for change in reversed(action.changes))


def note(router: Router, *changes: Change) -> None:
    """Keep the changes of one command so that they can be undone, and tell those who listen."""
    if changes:
        router.part(Journal).record(*changes)
    for change in changes:
        router.changed(change)


def revert(router: Router, change: Change) -> Change:
    """Undo one change and tell the one that undoes this again."""
    table = router.tables[change.store]
    order = tuple(table.rows)
    back = Change(change.menu, change.store, change.after, change.before, order, change.who, change.told)
    if change.before is None:
        del table.rows[(change.after or {}).get(".id", "")]
    elif change.after is None:
        table.rows[change.before.get(".id", "")] = dict(change.before)
    else:
        _restore(router, change, table.rows[change.before.get(".id", "")])
    if change.order:
        table.arrange(change.order)
    router.changed(back)
    return back


def _restore(router: Router, change: Change, row: dict[str, str]) -> None:
    """Bring a row back to what it was; what has changed in it without a record, as counts do, stays."""
    before, after = change.before or {}, change.after or {}
    was = dict(row)
    for name in before.keys() | after.keys():
        if before.get(name) == after.get(name):
            continue
        if name in before:
            row[name] = before[name]
        else:
            row.pop(name, None)
    if change.told:
        change.told(router, was, row)
