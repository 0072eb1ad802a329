"""The commands under way on one connection: who waits for which reply, and until when; without input or output.

A tag is used once. Whatever is given up (a time-out, too many rows, nobody waits any more) is cancelled on the
device, and its tag stays known until the device has ended it; so a late reply can never reach another command.
A device that answers late is asked one command at a time from then on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from math import inf
from typing import Final

from routeros.errors import Busy, Category, Fatal, ProtocolError, TimedOut, TooManyRows, Trap
from routeros.exchange import Exchange, Flow, Limits, Reply
from routeros.words import TEXT, Command, Parser, Row, weigh

CANCEL_SECONDS: Final = 2.0
"""How long a device may take to end a cancelled command."""

STEP: Final = 1024 * 1024
"""How many bytes may come until what is kept of them is weighed."""

MOST_TRAPS: Final = 16
MOST_STRAYS: Final = 1000
"""How many sentences may come after the end of their command before the connection is of no more use."""


class Exchanges:
    """Up to ``streams`` commands in flight; further ones wait. Times are the caller's, in seconds of a steady clock.

    ``output`` is what must be written next. The methods raise Fatal, ProtocolError or TimedOut when the connection
    has come to its end; the caller then calls ``lose``. ``streams`` falls to 1 when the device answers late.
    """

    __slots__ = ("_ceiling", "_device", "_flying", "_limits", "_number", "_output", "_parser",
                 "_received", "_soonest", "_waiting", "strays", "streams")  # fmt: skip

    def __init__(self, device: str, streams: int, limits: Limits) -> None:
        self._device = device
        self.streams = streams
        self._limits = limits
        self._parser = Parser(limits.bounds)
        self._waiting: deque[Exchange] = deque()
        self._flying: dict[str, Exchange] = {}
        self._output: list[bytes] = []
        self._number = 0
        self._received = 0
        self._soonest = inf
        self._ceiling = min(limits.bytes, STEP)
        self.strays = 0

    @property
    def due(self) -> float | None:
        """When ``expire`` must be called next; None when nothing is under way that has a time."""
        due = min([exchange.deadline for exchange in self._flying.values()], default=inf)
        return due if due < inf else None

    def due_before(self, ring: float) -> float | None:
        """``due``, where that may be before ``ring``: it is not while nothing with an earlier time was sent since."""
        if self._soonest >= ring:
            return None
        self._soonest = inf
        return self.due

    def output(self) -> bytes:
        """Take what is to be written."""
        data = b"".join(self._output)
        self._output.clear()
        return data

    def submit(self, exchanges: Iterable[Exchange], now: float) -> None:
        """Send commands, or queue them behind those in flight."""
        for exchange in exchanges:
            exchange.begun = self._received
            if self._waiting or len(self._flying) >= self.streams:
                self._waiting.append(exchange)
            else:
                self._begin(exchange, now)

    def follow(self, flow: Flow, now: float) -> None:
        """Send a command that may have no end; raises Busy where no place would be left for other commands."""
        if len(self._flows()) >= self.streams - 1:
            raise self._busy(flow, f"bears {self.streams} at a time, and one place is kept for others")
        self.submit((flow,), now)

    def receive(self, data: bytes, now: float) -> None:
        """Take what the device sent and settle what it completes."""
        self._received += len(data)
        if self._received > self._ceiling:
            self._weigh()
        flying = self._flying
        for reply, tag, rows in self._parser.runs(data):
            exchange = flying.get(tag)
            if exchange is None:
                for row in rows:
                    self._stray(reply, tag, row, now)
            elif reply == "!re":
                if exchange.collects:
                    if exchange.rows:
                        exchange.rows += rows
                    else:
                        exchange.rows = rows
                    if len(exchange.rows) > exchange.most:
                        self._overrun(tag, exchange, now)
                else:
                    for row in rows:
                        self._pass_on(tag, exchange, row, now)
            elif reply == "!done":
                del flying[tag]
                if not flying:
                    flying.clear()  # A connection at rest keeps no room for keys.
                self._finish(exchange, rows[0], now)
            elif reply == "!trap":
                if len(exchange.traps) < MOST_TRAPS:
                    exchange.traps = (*exchange.traps, *rows)
            elif reply != "!empty":
                self._stray(reply, "", rows[0], now)
        self._fill(now)

    def abandon(self, exchanges: Iterable[Exchange], now: float) -> None:
        """Give up commands whose caller went away."""
        gone = set(exchanges)
        self._waiting = deque(e for e in self._waiting if e not in gone)
        for tag, exchange in list(self._flying.items()):
            if exchange in gone and not exchange.given_up:
                self._cancel(tag, exchange, now)

    def expire(self, now: float) -> None:
        """Give up what is overdue; raise TimedOut where a cancelled command has not ended either."""
        for tag, exchange in [(t, e) for t, e in self._flying.items() if e.deadline <= now]:
            if exchange.given_up:
                raise self._late(exchange, f" and did not end it within {CANCEL_SECONDS:g} s of a /cancel")
            error = self._trap(exchange) if exchange.traps else self._late(exchange)
            exchange.overdue = not isinstance(exchange, Flow)
            self._cancel(tag, exchange, now)
            exchange.settle(error)
        self._fill(now)

    def lose(self) -> list[Exchange]:
        """Forget everything and return the commands that nobody will answer now."""
        lost = [e for e in (*self._flying.values(), *self._waiting) if not e.given_up]
        self._flying.clear()
        self._waiting.clear()
        self._output.clear()
        return lost

    def _fill(self, now: float) -> None:
        while self._waiting and len(self._flying) < self.streams:
            self._begin(self._waiting.popleft(), now)

    def _begin(self, exchange: Exchange, now: float) -> None:
        exchange.deadline = now + exchange.seconds
        exchange.most = min(exchange.command.rows or self._limits.rows, self._limits.rows)
        self._send(exchange.command, exchange)

    def _send(self, command: Command, exchange: Exchange) -> None:
        self._number += 1
        tag = str(self._number)
        self._flying[tag] = exchange
        if exchange.deadline < self._soonest:
            self._soonest = exchange.deadline
        self._output.append(command.tagged(tag))

    def _weigh(self) -> None:
        """Let more come, properties counted, from when the oldest command was asked: a poll shares its bytes."""
        oldest = next((e.begun for e in self._flying.values() if e.collects), self._received)
        last = oldest + self._limits.bytes
        self._ceiling = min(last, self._received + STEP)
        if self._received + sum(weigh(e.rows) for e in self._flying.values()) > last:
            raise ProtocolError(f"The router sent more than {self._limits.bytes} bytes without an end.")

    def _pass_on(self, tag: str, exchange: Exchange, row: Row, now: float) -> None:
        """Tell a row as it comes, or drop one that nobody waits for any more."""
        if exchange.given_up:
            if exchange.overdue:
                self._slow_down(now)
        elif isinstance(exchange, Flow):
            exchange.deadline = now + exchange.seconds
            if not exchange.take(row):
                self._overrun(tag, exchange, now)

    def _finish(self, exchange: Exchange, row: Row, now: float) -> None:
        """Settle a command at its ``!done``, whose own attributes (``ret``) count as a row."""
        if exchange.given_up:
            if exchange.overdue and not any(map(_interrupted, exchange.traps)):
                self._slow_down(now)
            return
        if row:
            exchange.rows.append(row)
        if self._received - exchange.begun > STEP:
            self._received += weigh(exchange.rows)
        exchange.settle(self._trap(exchange) if exchange.traps else exchange.rows)

    def _cancel(self, tag: str, exchange: Exchange, now: float) -> None:
        """Ask the device to end a command; until it did, the command and the request count as in flight."""
        exchange.given_up, exchange.collects, exchange.deadline = True, False, now + CANCEL_SECONDS
        exchange.rows = []
        command = Command("/cancel", attributes={"tag": tag})
        request = Exchange(command, 0.0, _ignore, deadline=exchange.deadline, collects=False, given_up=True)
        self._send(command, request)

    def _overrun(self, tag: str, exchange: Exchange, now: float) -> None:
        self._cancel(tag, exchange, now)
        menu = exchange.command.menu
        flowing = isinstance(exchange, Flow)
        more = "rows faster than they were read" if flowing else f"more than {exchange.most} rows"
        advice = "Read it faster, or ask for less." if flowing else ""
        exchange.settle(TooManyRows(f"{menu} gave {more}.", device=self._device, menu=menu, next_step=advice))

    def _flows(self) -> list[Flow]:
        return [e for e in (*self._flying.values(), *self._waiting) if isinstance(e, Flow) and not e.given_up]

    def _slow_down(self, now: float) -> None:
        """Ask one command at a time from now on; what has no end would leave no place for others, so it ends."""
        flows, self.streams = self._flows(), 1
        self.abandon(flows, now)
        for flow in flows:
            flow.settle(self._busy(flow, "answers late and is asked one command at a time now"))

    def _stray(self, reply: str, tag: str, row: Row, now: float) -> None:
        """Judge a sentence that answers no command in flight."""
        if reply == "!fatal":
            raise Fatal(f"The router ended the session: {row.get(TEXT) or row.get('message') or 'no reason given'}.")
        known = tag.isascii() and tag.isdigit() and len(tag) < 16 and 0 < int(tag) <= self._number
        if not known:
            raise ProtocolError(f"The router sent {reply[:20]!r} with the tag {tag[:20]!r}, which answers nothing.")
        self.strays += 1
        if self.strays > MOST_STRAYS:
            raise ProtocolError(f"The router sent {self.strays} replies to commands that it had ended.")
        self._slow_down(now)

    def _trap(self, exchange: Exchange) -> Trap:
        attributes = {name: value for row in reversed(exchange.traps) for name, value in row.items()}
        category = attributes.pop("category", "")
        message = "; ".join(row["message"] for row in exchange.traps if row.get("message"))
        attributes.pop("message", None)
        return Trap(
            Category(int(category)) if category in _CATEGORIES else None,
            message,
            device=self._device,
            menu=exchange.command.menu,
            attributes=attributes,
        )

    def _busy(self, flow: Flow, why: str) -> Busy:
        menu = flow.command.menu
        return Busy(f"{menu} cannot be followed: {self._device} {why}.", device=self._device, menu=menu)

    def _late(self, exchange: Exchange, more: str = "") -> TimedOut:
        menu = exchange.command.menu
        text = f"The router did not answer {menu} in time{more}."
        return TimedOut(text, device=self._device, menu=menu)


_CATEGORIES: Final = frozenset(str(category.value) for category in Category)


def _interrupted(trap: Row) -> bool:
    return trap.get("category") == str(Category.INTERRUPTED.value) or trap.get("message") == "interrupted"


def _ignore(_: Reply) -> None:
    """Settle a command whose reply means nothing: the ``/cancel`` itself."""
