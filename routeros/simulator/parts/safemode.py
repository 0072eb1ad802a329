"""Safe mode: one session's promise to say that all is well, else what was changed is taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from routeros.simulator.outcome import Refused
from routeros.simulator.parts import undoing
from routeros.simulator.parts.journal import Journal
from routeros.simulator.parts.log import Log
from routeros.simulator.router import Active, Router

NOTICED = timedelta(seconds=2.15)
"""So long after its holder's connection ended a router takes the changes back."""

HELD = "failure: safe mode is already taken by another session"
NOT_HELD = "failure: safe mode is not taken by this session"


class SafeMode:
    """A part of a router. What anyone changes while it is held is marked; more than the journal holds ends it."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self._holder: Active | None = None
        self._stop: Callable[[], None] | None = None
        router.left.append(self._left)
        router.down.append(self._forget)

    @property
    def holder(self) -> Active | None:
        """Who holds it; None also after it ended by itself."""
        return self._holder if self._router.part(Journal).floating else None

    def take(self, who: Active, on_error: str = "abort") -> None:
        """Hold it for a session; raises Refused where another one does, unless told to unroll or release that.

        Who holds it already goes on holding it.
        """
        held = self.holder
        if held is not None and held.id == who.id:
            return
        if held is not None and on_error not in ("unroll", "release"):
            raise Refused(HELD)
        self._end(on_error == "unroll")
        self._holder = who
        self._router.part(Journal).float()
        self._note("taken", who)

    def release(self, who: Active) -> None:
        """Let all changes stay; raises Refused for anyone but the holder."""
        self._require(who)
        self._end(False)
        self._note("released", who)

    def unroll(self, who: Active) -> None:
        """Take all changes back at once; raises Refused for anyone but the holder."""
        self._require(who)
        self._end(True)
        self._note("unrolled", who)

    def _require(self, who: Active) -> None:
        held = self.holder
        if held is None or held.id != who.id:
            raise Refused(NOT_HELD)

    def _end(self, back: bool) -> None:
        if self.holder is not None:
            if back:
                undoing.sink(self._router)
            else:
                self._router.part(Journal).settle()
        self._forget()

    def _left(self, who: Active) -> None:
        held = self.holder
        if held is not None and held.id == who.id and self._stop is None:
            self._stop = self._router.timers.later(NOTICED, lambda: self._miss(who))

    def _miss(self, who: Active) -> None:
        self._stop = None
        if self.holder is not None:
            self._end(True)
            self._note("unrolled", who)

    def _forget(self) -> None:
        """A restart empties the journal: nothing is left to take back."""
        self._holder = None
        if self._stop is not None:
            self._stop()
            self._stop = None

    def _note(self, what: str, who: Active) -> None:
        self._router.part(Log).add("system,info", f"safe mode {what} by {who.name}")
