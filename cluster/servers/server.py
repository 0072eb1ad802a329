"""What all embedded servers have in common: start, restart, stop, and how they wait until they are ready."""

from __future__ import annotations

import contextlib
import time
from abc import ABC, abstractmethod
from datetime import timedelta
from types import TracebackType
from typing import ClassVar, Self

from cluster.servers.process import Child, Launch
from cluster.servers.state import State
from fleet.errors import StartRefused

_PAUSE = 0.02


class Server(ABC):
    """An embedded server over one state directory; a context manager that starts and stops it."""

    name: ClassVar[str]
    start_patience: ClassVar[timedelta] = timedelta(minutes=2)
    stop_patience: ClassVar[timedelta] = timedelta(seconds=10)
    # What the log says, in small letters, of troubles that may be over in a moment or with another port.
    passing: ClassVar[tuple[str, ...]] = ("address already in use", "address in use", "already occupied")

    def __init__(self, state: State) -> None:
        self._state = state
        self._child: Child | None = None
        self._port = 0

    @property
    @abstractmethod
    def url(self) -> str:
        """Where programs connect, with what they need to get in where a URL can say that."""

    @abstractmethod
    def ready(self) -> bool:
        """Ask the server itself, and make sure that the one that answers is ours."""

    @abstractmethod
    def _launch(self) -> Launch:
        """Prepare the data directory and the configuration, and say what to start."""

    def _settle(self) -> None:  # noqa: B027  (most servers need nothing after they are ready)
        """Make what must exist inside the running server; safe to repeat."""

    @property
    def port(self) -> int:
        return self._port

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    def alive(self) -> bool:
        return self._child is not None and self._child.alive()

    def start(self) -> Self:
        """Start the server and wait until it is ready; raises StartRefused with the last line of its log."""
        self._port = self._state.port(self.name)
        self._bring_up(keep_port=False)
        return self

    def restart(self) -> Self:
        """Start the server again on its port, after it died or to be rid of one that hangs."""
        self.stop()
        self._bring_up(keep_port=True)
        return self

    def stop(self) -> None:
        if self._child is not None:
            self._child.stop(self.stop_patience)
            self._child = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _bring_up(self, keep_port: bool) -> None:
        """Try until the patience ends; a port that somebody took meanwhile is left to him at a first start."""
        until = time.monotonic() + self.start_patience.total_seconds()
        with contextlib.ExitStack() as undo:
            undo.callback(self.stop)
            self._try(until, keep_port)
            self._settle()
            undo.pop_all()

    def _try(self, until: float, keep_port: bool) -> None:
        while not self._attempt(until):
            why = self._last_words()
            self.stop()
            if time.monotonic() >= until or not self._may_pass(why):
                raise StartRefused(f"{self.name} did not start: {why}", f"Read {self._state.log(self.name)}.")
            if not keep_port:
                self._port = self._state.port(self.name)
            time.sleep(_PAUSE * 10)

    def _attempt(self, until: float) -> bool:
        """Start the process and wait; False when it ended or was not ready in time."""
        self._child = self._state.spawn(self.name, self._launch())
        while self._child.alive() and time.monotonic() < until:
            if self.ready():
                return True
            time.sleep(_PAUSE)
        return False

    def _may_pass(self, why: str) -> bool:
        return any(sign in why.lower() for sign in self.passing)

    def _last_words(self) -> str:
        """Return the line of this start's log that says why, or the last one."""
        said = self._child.said().strip().splitlines() if self._child else []
        telling = [line for line in said if self._may_pass(line)]
        return (telling or said or ["it said nothing"])[-1].strip()
