"""A rollout's job as a process of its own, forked from one that is warm; it goes on when it is told what time it is.

It is killed from outside at any moment, or by itself at one of its writes: by a hook on its own connections.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import event

from db.access import PLATFORM
from db.engine import Stores
from fleet import logs
from jobs import rollout

WARM = (
    "tests.chaosroll.job",
    "sqlalchemy.dialects.postgresql.psycopg",
    "psycopg",
)
"""What the process knows already from which jobs are forked."""


@dataclass
class Told:
    """The time as it was told last."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    def real(self, span: timedelta) -> float:
        return span.total_seconds()


@dataclass(frozen=True, slots=True)
class Death:
    """At which of its writes a job dies, counted from 1, and whether before it or after, or in the commit of it."""

    write: int
    where: str


def work(line: Connection, urls: Mapping[str, str], rollout_id: UUID, at: datetime, death: Death | None) -> None:
    """Be the job: each rest is a word to who forked it, and lasts until that one tells the time."""
    sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 - it ends with the process
    logs.configure("rollout", "error")
    clock = Told(at)

    def rest(_: float) -> None:
        line.send("rests")
        clock.at = line.recv()

    with Stores(urls) as stores, suppress(EOFError):
        if death is not None:
            _hook(stores, death)
        line.send(rollout.work(stores, clock, rollout_id, rest).value)


def _hook(stores: Stores, death: Death) -> None:
    """Die at a write: right before it, right after it, or after the commit of what it belongs to."""
    engine, seen = stores.engine(PLATFORM), {"writes": 0}

    def die(*_: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def before(_: Any, __: Any, statement: str, *___: Any) -> None:
        seen["writes"] += statement.startswith(("UPDATE rollout", "INSERT INTO errands"))
        if seen["writes"] == death.write and death.where == "before":
            die()

    def after(*_: Any) -> None:
        if seen["writes"] >= death.write and death.where == "after":
            die()

    def given_back(*_: Any) -> None:
        if seen["writes"] >= death.write and death.where == "committed":
            die()

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    event.listen(engine, "checkin", given_back)


@cache
def _nursery() -> ForkServerContext:
    made = get_context("forkserver")
    made.set_forkserver_preload(list(WARM))
    return made


@dataclass
class Job:
    """A job that was submitted; ``turn`` blocks while it does something."""

    urls: Mapping[str, str]
    rollout_id: UUID
    at: datetime
    death: Death | None = None
    dead: bool = False
    ended: str = ""
    _line: Connection = field(init=False)
    _process: Any = field(init=False)

    def __post_init__(self) -> None:
        self._line, theirs = Pipe()
        given = (theirs, dict(self.urls), self.rollout_id, self.at, self.death)
        self._process = _nursery().Process(target=work, args=given, daemon=True)
        self._process.start()
        theirs.close()
        self._heard()

    def turn(self, at: datetime) -> None:
        """Let it go on for a turn."""
        if self.dead or self.ended:
            return
        try:
            self._line.send(at)
        except OSError:
            self.dead = True
            return
        self._heard()

    def kill(self) -> None:
        """Kill it, whatever it does just now."""
        if not self.ended:
            self.dead = True
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        """See it gone."""
        if not self.ended:
            self.kill()
        self._process.join()
        self._line.close()

    def _heard(self) -> None:
        try:
            said = self._line.recv()
        except (EOFError, OSError):
            self.dead = True
            return
        if said != "rests":
            self.ended = said
