"""A router on the desk: one session without a socket, spoken to in words and answered in sentences."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fleet.clock import FakeClock
from routeros.simulator.device.model import Model
from routeros.simulator.doors.api import Session
from routeros.simulator.doors.wire import encode
from routeros.simulator.ledger import Ledger
from routeros.simulator.outcome import Row
from routeros.simulator.router import Router
from routeros.words import TAG, Parser

PASSWORD = "secret ñ"


class Swift(FakeClock):
    """A clock that stands still, and on which no span takes any time."""

    def real(self, span: timedelta) -> float:
        return 0.0


@dataclass
class Hands:
    """Timers that are turned by hand."""

    clock: FakeClock
    waiting: list[tuple[datetime, Callable[[], None]]] = field(default_factory=list)

    def later(self, span: timedelta, act: Callable[[], None]) -> Callable[[], None]:
        entry = (self.clock.now() + span, act)
        self.waiting.append(entry)
        return lambda: self.waiting.remove(entry) if entry in self.waiting else None

    def turn(self, span: timedelta) -> None:
        """Let time pass, and do what falls due in it, in order."""
        end = self.clock.now() + span
        while due := [entry for entry in self.waiting if entry[0] <= end]:
            entry = min(due, key=lambda one: one[0])
            self.waiting.remove(entry)
            self.clock.advance(max(timedelta(), entry[0] - self.clock.now()))
            entry[1]()
        self.clock.advance(end - self.clock.now())


@dataclass
class Paper:
    """What a session writes to."""

    parser: Parser = field(default_factory=Parser)
    said: list[tuple[str, Row]] = field(default_factory=list)
    raw: bytes = b""
    writes: int = 0
    end: str = ""

    def write(self, data: bytes) -> None:
        self.raw += data
        self.writes += 1
        self.said += self.parser.feed(data)

    def close(self) -> None:
        self.end = "closed"

    def abort(self) -> None:
        self.end = "aborted"


class Desk:
    """One router of a persona, one session with it, and all that was answered."""

    def __init__(self, persona: str = "hap_ax2", *, router: Router | None = None, login: bool = True) -> None:
        self.clock = Swift()
        self.hands = Hands(self.clock)
        self.router = router or Router(Model(1, 0, (persona,)), self.clock, PASSWORD, "admin", self.hands)
        self.paper, self.ledger = Paper(), Ledger()
        self.session = Session(self.router, "api", "192.0.2.7:40000", self.paper, self.ledger)
        if login:
            ((word, row),) = self.ask("/login", "=name=admin", f"=password={PASSWORD}")
            if "ret" in row:
                ((word, _),) = self.ask("/login", "=name=admin", f"=response={response(row['ret'], PASSWORD)}")
            assert word == "!done"

    def ask(self, *words: str) -> list[tuple[str, Row]]:
        """Say one sentence and return what is answered at once."""
        return self.send(encode(words))

    def send(self, data: bytes) -> list[tuple[str, Row]]:
        before = len(self.paper.said)
        self.session.receive(data)
        return self.paper.said[before:]

    def rows(self, *words: str) -> list[Row]:
        """Say one sentence and return the rows of a good answer."""
        *rows, (last, _) = self.ask(*words)
        assert last == "!done"
        assert all(word in ("!re", "!empty") for word, _ in rows), rows
        return [row for word, row in rows if word == "!re"]

    def trap(self, *words: str) -> Row:
        """Say one sentence and return the refusal."""
        (word, trap), (last, _) = self.ask(*words)
        assert (word, last) == ("!trap", "!done")
        return trap


def running(persona: str, version: str) -> Desk:
    """Sit down at a router of a persona that runs a version."""
    model = next(m for m in (Model(1, n, (persona,)) for n in range(200)) if str(m.version) == version)
    clock = Swift()
    hands = Hands(clock)
    desk = Desk(router=Router(model, clock, PASSWORD, "admin", hands))
    desk.clock, desk.hands = clock, hands
    return desk


def response(challenge: str, password: str) -> str:
    """Answer the challenge of a router before 6.43."""
    return "00" + hashlib.md5(b"\0" + password.encode() + bytes.fromhex(challenge)).hexdigest()


def spoken(sentences: Sequence[tuple[str, Row]]) -> list[tuple[str, str | None]]:
    """Reduce sentences to their reply word and tag."""
    return [(word, row.get(TAG)) for word, row in sentences]
