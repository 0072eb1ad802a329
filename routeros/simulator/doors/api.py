"""One session of the API, from the first byte to the last; it knows neither sockets nor TLS."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from routeros.simulator.doors import replies
from routeros.simulator.doors.canned import Can, is_poll
from routeros.simulator.doors.login import Door, Knock
from routeros.simulator.doors.running import Running
from routeros.simulator.doors.wire import LONGEST_WORD, Broken, Call, Reader, Wire, call, encode
from routeros.simulator.faults import GARBAGE, Kind
from routeros.simulator.ledger import POLL, Ledger
from routeros.simulator.outcome import INTERRUPTED, Lasting, Outcome, Refused, Repeated, Reply, Row, Watched
from routeros.simulator.parts.runs import Run
from routeros.simulator.parts.trouble import Plight, Spout, flaps, is_deaf, plight, spout
from routeros.simulator.router import Active, Router
from routeros.simulator.tree import run

LONGEST_BEFORE_LOGIN = 1024
FLUSHED = 64 * 1024
"""Replies are written when so many bytes of them are there, or when all commands that came are answered."""

MOST_WORDS_BEFORE_LOGIN, MOST_WORDS = 16, 4096


@dataclass(eq=False)
class Session:
    """Takes commands and answers them. ``service`` is ``api`` or ``api-ssl``, ``peer`` the client's address."""

    router: Router
    service: str
    peer: str
    wire: Wire
    ledger: Ledger
    _reader: Reader = field(default_factory=lambda: Reader(LONGEST_BEFORE_LOGIN))
    _running: list[Running] = field(default_factory=list)
    _waiting: deque[list[bytes]] = field(default_factory=deque)
    _out: list[bytes] = field(default_factory=list)
    _paused: bool = False
    _active: Active | None = None
    _over: bool = False
    _words: list[bytes] = field(default_factory=list)
    _asked: int = 0
    _mute: bool = False
    _spout: Spout | None = None

    def __post_init__(self) -> None:
        self._door = Door(self.router, self.service, self.peer.rpartition(":")[0])
        self.router.guests.add(self)
        self.ledger.sessions += 1

    def receive(self, data: bytes) -> None:
        """Take bytes as they come; the commands that they complete are answered together."""
        if self._mute or is_deaf(self.router) or self._is_canned(data):
            return
        try:
            self._waiting += self._reader.feed(data)
        except Broken:
            self.cut()
            return
        self._work()
        if self._reader.held > (MOST_WORDS if self._active else MOST_WORDS_BEFORE_LOGIN):
            self.cut()

    def _is_canned(self, data: bytes) -> bool:
        """Answer from prepared bytes, where all commands are known and nothing else is going on."""
        if not self.router.canned or self._active is None or self._waiting or self._paused or self.router.faults:
            return False
        found = None if self._reader.busy else self.router.part(Can).answer(data)
        if found is None:
            return False
        self.wire.write(found[0])
        self.ledger.commands += len(found[1])
        for key in found[1]:
            if is_poll(key):
                self.ledger.answered(self.router.model.index)
        return True

    def pause(self) -> None:
        """Answer nothing more for now: the client does not take what was written."""
        self._paused = True

    def resume(self) -> None:
        """Go on with what waits."""
        self._paused = False
        self._work()

    def _work(self) -> None:
        while self._waiting and not self._paused and not self._over:
            self._words = self._waiting.popleft()
            self._take(call(self._words, self._active))
            if sum(map(len, self._out)) > FLUSHED:
                self._flush()
        self._flush()

    def lost(self) -> None:
        """Let go of everything: the connection is gone."""
        self._over = True
        if self in self.router.guests:
            self.router.guests.discard(self)
            self.ledger.sessions -= 1
        for running in self._running:
            running.stop()
            self._miss(running.call)
        self._running.clear()
        if self._spout:
            self._spout.stop()
        if self._active:
            self.router.leave(self._active)

    def cut(self) -> None:
        """End the session without a farewell."""
        self._over = True
        self._out.clear()
        self.wire.abort()

    def _take(self, asked: Call) -> None:
        if asked.path == "/login":
            self._login(asked)
        elif self._active is None:
            self._fatal("not logged in")
        elif asked.path == "/quit":
            self._fatal("session terminated on request")
        elif asked.path == "/cancel":
            self._cancel(asked)
        else:
            self.ledger.commands += 1
            self._command(asked)

    def _login(self, asked: Call) -> None:
        knock = self._door.knock(asked)
        if knock is Knock.ENTERED:
            if self._active is None:
                self._active = self.router.enter(asked.attributes.get("name", ""), self.peer, self.service)
                self._reader.allow(LONGEST_WORD)
            self.ledger.logins += 1
            self._out.append(replies.done(asked))
        elif knock is Knock.CHALLENGED:
            self._out.append(replies.done(asked, self._door.challenge.hex()))
        else:
            self.ledger.missed(self.router.model.index)
            if knock is Knock.LAST:
                self._fatal("too many commands before login")
            else:
                self._out.append(replies.trap(asked, Refused(self._door.refusal)))
                self._out.append(replies.done(asked))

    def _command(self, asked: Call) -> None:
        if not self.router.faults:
            self._answer(asked)
            return
        self._asked += 1
        quiet = self.router.faults.get(Kind.HALF_OPEN)
        if quiet and self._asked > quiet.number("after"):
            self._mute = True
        if asked.path == POLL and flaps(self.router, self.ledger.polls(self.router.model.index)):
            self._miss(asked)
            self.cut()
            return
        fare = plight(self.router, asked, self.ledger.commands)
        if fare.lost or self._mute:
            self._miss(asked)
        elif fare.seconds:
            self._later(Running(asked, lambda: None), fare.seconds, lambda running: self._late(running, fare))
        else:
            self._suffer(asked, fare)

    def _late(self, running: Running, fare: Plight) -> None:
        self._running.remove(running)
        self._suffer(running.call, fare)
        self._flush()

    def _suffer(self, asked: Call, fare: Plight) -> None:
        """Answer as a router with faults does."""
        if fare.garbage:
            self._out.append(GARBAGE)
            self._miss(asked)
        elif fare.refused:
            self._refuse(asked, fare.refused)
        else:
            self._answer(asked)

    def _answer(self, asked: Call) -> None:
        try:
            outcome = run(self.router, asked)
        except Refused as refused:
            self._learn(asked, refused)
            self._refuse(asked, refused)
            return
        self._learn(asked, outcome)
        self._begin(asked, outcome)

    def _learn(self, asked: Call, came: Outcome | Refused) -> None:
        """Prepare the answer to a command that only reads, for the next time."""
        reads = asked.verb in ("print", "getall") and not self.router.faults
        if self.router.canned and reads and isinstance(came, Reply | Refused):
            self.router.part(Can).learn(self._words, came)

    def _refuse(self, asked: Call, refused: Refused) -> None:
        self._out.append(replies.trap(asked, refused))
        self._out.append(replies.done(asked))
        self._miss(asked)

    def _begin(self, asked: Call, outcome: Outcome) -> None:
        match outcome:
            case Reply(rows, returned, listing):
                self._out += replies.rows(asked, rows)
                if listing and not rows and returned is None and self.router.model.version >= replies.EMPTY_SINCE:
                    self._out.append(replies.empty(asked))
                self._out.append(replies.done(asked, returned))
                if asked.path == POLL:
                    self.ledger.answered(self.router.model.index)
            case Repeated(interval=interval):
                real = self.router.clock.real(timedelta(seconds=interval))
                self._later(Running(asked, lambda: None), 0, lambda running: self._tick(running, outcome, real))
            case Watched():
                self._watch(asked, outcome)
            case Lasting():
                self._last(asked, outcome)

    def _tick(self, running: Running, outcome: Repeated, interval: float) -> None:
        """Tell one section of a monitor and come back for the next."""
        self._out += replies.rows(
            running.call, [{**row, ".section": str(running.sections)} for row in outcome.rows()]
        )
        running.sections += 1
        self._running.remove(running)
        if running.sections == outcome.count or outcome.over():
            self._out.append(replies.done(running.call))
        else:
            self._later(running, interval, lambda again: self._tick(again, outcome, interval))
        self._flush()

    def _watch(self, asked: Call, outcome: Watched) -> None:
        def tell(store: str, row: Row) -> None:
            if store == outcome.store:
                self._out += replies.rows(asked, outcome.show(row))
                self._flush()

        self._out += replies.rows(asked, outcome.first)
        self.router.watchers.add(tell)
        self._running.append(Running(asked, lambda: self.router.watchers.discard(tell)))

    def _last(self, asked: Call, outcome: Lasting) -> None:
        """Answer when it is done; whoever leaves before calls it off."""
        running = Running(asked, lambda: None)
        self._running.append(running)

        def done(came: Reply | Refused) -> None:
            if running in self._running:
                self._running.remove(running)
                self._refuse(asked, came) if isinstance(came, Refused) else self._begin(asked, came)
                self._flush()

        running.stop = Run(self.router, outcome.steps, done).stop

    def _later(self, running: Running, seconds: float, act: Callable[[Running], None]) -> None:
        timer = asyncio.get_running_loop().call_later(seconds, act, running)
        running.stop = timer.cancel
        self._running.append(running)

    def _cancel(self, asked: Call) -> None:
        """Interrupt one command or all; the order of the replies is that of a real router."""
        wanted = asked.attributes.get("tag")
        stopped = [running for running in self._running if wanted in (None, running.call.tag)]
        for running in stopped:
            running.stop()
            self._running.remove(running)
            self._out.append(replies.trap(running.call, Refused("interrupted", INTERRUPTED)))
            self._miss(running.call)
        self._out.append(replies.done(asked))
        for running in stopped:
            self._out.append(replies.done(running.call))

    def _miss(self, asked: Call) -> None:
        if asked.path == POLL:
            self.ledger.missed(self.router.model.index)

    def _fatal(self, reason: str) -> None:
        self._out.append(encode(["!fatal", reason]))
        self._over = True
        self._flush()
        if self._spout:
            self._spout.drain()
        self.wire.close()

    def _flush(self) -> None:
        if self._out and not self._mute and not is_deaf(self.router):
            self._spout = self._spout or spout(self.router, self.wire)
            (self._spout or self.wire).write(b"".join(self._out))
        self._out.clear()
