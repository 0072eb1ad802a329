"""What takes a router time: steps that are taken by its timers, until they are at an end or called off."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final, Generic, TypeVar

from routeros.simulator.outcome import Refused, Steps
from routeros.simulator.router import Router

T = TypeVar("T")

LINES: Final = 20
PACE: Final = timedelta(milliseconds=40)
"""So many lines of a script take so long."""


class Run(Generic[T]):
    """Takes the first steps at once; ``done`` hears what they come to, or what is refused, unless it is stopped.

    Steps tell how long they wait; those that wait for nothing are lines of a script. A restart stops a run.
    """

    def __init__(self, router: Router, steps: Steps[T], done: Callable[[T | Refused], None]) -> None:
        self._router, self._steps, self._done = router, steps, done
        self._lines = 0
        self._over = False
        self._wake: Callable[[], None] | None = None
        router.down.append(self.stop)
        self._go()

    def stop(self) -> None:
        """Take no further step. A script may stop its own run, as when it restarts the router."""
        if self._over:
            return
        self._over = True
        self._router.down.remove(self.stop)
        if self._wake is not None:
            self._wake()
            self._steps.close()

    def _go(self) -> None:
        self._wake = None
        try:
            while not (span := self._pause(next(self._steps))):
                pass
        except StopIteration as end:
            self._end(end.value)
        except Refused as refused:
            self._end(refused)
        else:
            self._wait(span)

    def _pause(self, span: timedelta) -> timedelta:
        """Tell how long to wait after a step."""
        if span or self._over:
            return span or PACE
        self._lines += 1
        return timedelta() if self._lines % LINES else PACE

    def _wait(self, span: timedelta) -> None:
        if self._over:
            self._steps.close()
        else:
            self._wake = self._router.timers.later(span, self._go)

    def _end(self, came: T | Refused) -> None:
        self.stop()
        self._done(came)


def finish(steps: Steps[T]) -> T:
    """Take all steps at once, as if they took no time."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            came: T = end.value
            return came
