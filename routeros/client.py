"""The one client: a persistent connection on which all commands of a poll are in flight at once.

async with await connect(endpoint, login, timeout=timedelta(seconds=10)) as client:
    rows = await client.call(Command("/system/resource/print", ("uptime",)), timeout=timedelta(seconds=10))
    async with client.stream(Command("/interface/listen")) as changes:
        async for row in changes: ...
"""

from __future__ import annotations

import asyncio
import copy
import hashlib
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from math import inf
from types import TracebackType
from typing import Self, cast

from fleet.device import Endpoint, Login
from fleet.egress import Egress
from routeros import transport
from routeros.errors import LoginFailed, ProtocolError, RouterOSError, Trap, Unreachable
from routeros.exchange import Exchange, Flow, Limits, Reply
from routeros.exchanges import Exchanges
from routeros.slots import Release, Service, Slots, unlimited
from routeros.slots import key as slot
from routeros.stream import Stream
from routeros.words import Command, Row

__all__ = ["Client", "Command", "Limits", "Reply", "Row", "Slots", "Stream", "connect"]

DEFAULTS = Limits()
UNGRANTED = Egress()
"""What is allowed when nobody was asked: no loopback, no link-local, no metadata service."""


async def connect(
    endpoint: Endpoint,
    login: Login,
    *,
    timeout: timedelta,
    egress: Egress = UNGRANTED,
    limits: Limits = DEFAULTS,
    slots: Slots | None = None,
) -> Client:
    """Connect and log in, all within ``timeout``, the wait for one of the device's ``slots`` included.

    The slot is given back when the connection has ended, however it ends.
    Raises EgressDenied, Unreachable, TlsFailed, LoginFailed, Fatal, ProtocolError or TimedOut.
    """
    deadline = asyncio.get_running_loop().time() + timeout.total_seconds()
    with ExitStack() as undo:
        release = await slots.take(Service.API, slot(endpoint), deadline) if slots else unlimited
        undo.callback(release)
        wire = await transport.connect(endpoint, partial(_Wire, endpoint, limits, release), deadline, egress)
        undo.pop_all()
        undo.callback(wire.fail, Unreachable("The login did not succeed."))
        client = Client(wire)
        await _enter(client, login, deadline)
        undo.pop_all()
    return client


class Client:
    """A logged-in connection to one device. All its methods may be used by several tasks at once."""

    __slots__ = ("_wire",)

    def __init__(self, wire: _Wire) -> None:
        self._wire = wire

    @property
    def closed(self) -> bool:
        """Tell whether the connection has ended, by whichever side."""
        return self._wire.error is not None

    @property
    def strays(self) -> int:
        """Count the sentences that came after the end of their command: a device that is asked too much at once."""
        return self._wire.exchanges.strays

    @property
    def streams(self) -> int:
        """Tell how many commands are in flight at most: as the endpoint says, or 1 since the device answered late."""
        return self._wire.exchanges.streams

    async def call(self, command: Command, *, timeout: timedelta) -> list[Row]:
        """Run one command and return its rows; raises what ``calls`` returns as a value, too."""
        (reply,) = await self.calls((command,), timeout=timeout)
        if isinstance(reply, RouterOSError):
            raise reply
        return reply

    async def calls(self, commands: Sequence[Command], *, timeout: timedelta) -> list[Reply]:
        """Run commands at once, as many in flight as the endpoint bears; replies come in the order of ``commands``.

        ``timeout``, or less where a command says so, counts for each from when it is sent. A reply is the rows, or
        the Trap, TimedOut or TooManyRows of that command alone. Raises Unreachable, Fatal, ProtocolError or TimedOut
        when the connection ended before all was answered. When the caller is cancelled, so are the commands on the
        device.
        """
        wire, seconds = self._wire, timeout.total_seconds()
        if self.closed:
            raise wire.loss()
        batch = _Batch(len(commands), wire.loop.create_future())
        exchanges = [
            Exchange(command, min(seconds, command.seconds or seconds), partial(batch.settle, i))
            for i, command in enumerate(commands)
        ]
        wire.submit(exchanges)
        try:
            await batch.done
        except asyncio.CancelledError:
            wire.abandon(exchanges)
            raise
        if wire.error in batch.replies:
            raise wire.loss()
        return batch.replies

    def stream(self, command: Command, *, idle: timedelta | None = None) -> Stream:
        """Follow a command whose rows come by and by; see Stream for what it raises and what becomes of slow readers.

        It takes one of the places that commands have in flight, and one place is always kept for others: with none
        left, entering raises Busy. ``idle`` is how long the device may be silent before that is a TimedOut; by
        default as long as it likes, for the kernel notices a dead line.
        """
        return Stream(self._wire, command, idle)

    async def close(self) -> None:
        """Hang up; what is still under way fails as Unreachable."""
        await self._wire.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


class _Batch:
    """Replies that are awaited together."""

    __slots__ = ("_left", "done", "replies")

    def __init__(self, count: int, done: asyncio.Future[None]) -> None:
        self.replies: list[Reply] = [[]] * count
        self.done = done
        self._left = count
        if not count:
            done.set_result(None)

    def settle(self, place: int, reply: Reply) -> None:
        self.replies[place] = reply
        self._left -= 1
        if not self._left and not self.done.done():
            self.done.set_result(None)


class _Wire(asyncio.Protocol):
    """Carries the exchanges of one connection between the loop and the device. ``error`` is why it ended."""

    __slots__ = ("_device", "_gone", "_release", "_rings", "_timer", "_transport", "error", "exchanges", "loop")

    def __init__(self, endpoint: Endpoint, limits: Limits, release: Release) -> None:
        self.loop = asyncio.get_running_loop()
        self._release = release
        self.error: RouterOSError | None = None
        self._device = str(endpoint)
        self.exchanges = Exchanges(self._device, endpoint.streams, limits)
        self._gone = self.loop.create_future()
        self._timer: asyncio.TimerHandle | None = None
        self._rings = inf

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        try:
            self.exchanges.receive(data, self.loop.time())
        except RouterOSError as error:
            self.fail(error)
        else:
            self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        reason = f": {exc}" if exc else ""
        self._end(Unreachable(f"{self._device} closed the connection{reason}.", next_step=_CLOSED))
        self._release()
        if not self._gone.done():
            self._gone.set_result(None)

    def submit(self, exchanges: list[Exchange]) -> None:
        """Send what may be in flight in one write."""
        self.exchanges.submit(exchanges, self.loop.time())
        self._flush()

    def follow(self, flow: Flow) -> None:
        """Send a command that may have no end; raises Busy, or why the connection ended."""
        if self.error is not None:
            raise self.loss()
        self.exchanges.follow(flow, self.loop.time())
        self._flush()

    def abandon(self, exchanges: Iterable[Exchange]) -> None:
        """Cancel on the device what nobody waits for any more."""
        self.exchanges.abandon(exchanges, self.loop.time())
        self._flush()

    def fail(self, error: RouterOSError) -> None:
        """End the connection at once."""
        self._end(error)
        self._transport.abort()

    async def close(self) -> None:
        """End the connection in good order, within a second or two."""
        self._end(Unreachable("The connection was closed from this side."))
        self._transport.close()
        try:
            await asyncio.wait((self._gone,), timeout=transport.SHUTDOWN_SECONDS)
        finally:
            self._transport.abort()

    def loss(self) -> RouterOSError:
        """Tell why the connection ended, as an error of the caller's own."""
        return copy.copy(self.error or Unreachable("The connection has ended."))

    def _end(self, error: RouterOSError) -> None:
        if self.error is not None:
            return
        error.device = self._device
        self.error = error
        if self._timer is not None:
            self._timer.cancel()
        for exchange in self.exchanges.lose():
            exchange.settle(error)

    def _flush(self) -> None:
        if data := self.exchanges.output():
            self._transport.write(data)
            self._wake(self.exchanges.due_before(self._rings))

    def _wake(self, due: float | None) -> None:
        """See to it that ``_expire`` runs by ``due``. A ring for nothing is cheaper than a timer for each command."""
        if due is None or self._rings <= due:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._rings = due
        self._timer = self.loop.call_at(due, self._expire)

    def _expire(self) -> None:
        self._timer, self._rings = None, inf
        try:
            self.exchanges.expire(self.loop.time())
        except RouterOSError as error:
            self.fail(error)
        else:
            self._flush()
            self._wake(self.exchanges.due)


_CLOSED = "It may be restarting, or its limit of sessions is used up (/ip/service, max-sessions)."


async def _enter(client: Client, login: Login, deadline: float) -> None:
    """Log in as 6.43 and later want it; an older router answers with a challenge, which is then met."""
    try:
        rows = await client.call(_login(name=login.username, password=login.password), timeout=_until(deadline))
        if rows and (challenge := rows[0].get("ret")):
            response = _response(challenge, login.password)
            await client.call(_login(name=login.username, response=response), timeout=_until(deadline))
    except Trap as refusal:
        text = f"The router refused the login of {login.username!r}: {refusal.message}"
        raise LoginFailed(text, device=refusal.device, menu="/login") from None


def _until(deadline: float) -> timedelta:
    return timedelta(seconds=max(0.0, deadline - asyncio.get_running_loop().time()))


def _login(**attributes: str) -> Command:
    return Command("/login", attributes=attributes)


def _response(challenge: str, password: str) -> str:
    """Answer the challenge of RouterOS before 6.43: 00 and the MD5 of a zero byte, the password and the challenge."""
    try:
        salt = bytes.fromhex(challenge)
    except ValueError:
        raise ProtocolError(f"The router answered the login with {challenge[:40]!r}.", menu="/login") from None
    return "00" + hashlib.md5(b"\0" + password.encode() + salt, usedforsecurity=False).hexdigest()
