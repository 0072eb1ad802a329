"""The SSH client: one complete command and its output, and files by SFTP, on a connection whose host key is pinned.

async with await connect(host, login, timeout=timedelta(seconds=10)) as shell:
    output = await shell.exec("/export terse", timeout=timedelta(minutes=1))

Nothing of the user who runs it is read: no configuration, no known hosts, no keys, no agent.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import BinaryIO, Final, Self, TypeVar, cast

import asyncssh

from fleet.device import Login
from fleet.egress import Egress
from routeros import transport
from routeros.errors import SshFailed, TooLong, Unreachable
from routeros.handover import handed
from routeros.slots import Service, Slots, key, unlimited
from routeros.sshline import REACH, Guard, Host, mapped, options

__all__ = ["Host", "Output", "Shell", "connect"]

T = TypeVar("T")

UNGRANTED = Egress()
CHUNK: Final = 64 * 1024
"""What is written or read at once; the watchdog looks at each."""

LONGEST_OUTPUT: Final = 16 * 1024 * 1024
LONGEST_FILE: Final = 256 * 1024 * 1024
CLOSE_SECONDS: Final = 1.0
STALL: Final = timedelta(seconds=30)
_NAME: Final = "Use a user name of letters and digits."


@dataclass(frozen=True, slots=True)
class Output:
    """What a command wrote, with LF at the ends of lines. ``status`` is None where the router told none."""

    text: str
    status: int | None


async def connect(
    host: Host, login: Login, *, timeout: timedelta, egress: Egress = UNGRANTED, slots: Slots | None = None
) -> Shell:
    """Connect, judge the host key, and only then log in; all within ``timeout``, the wait for the slot included.

    The slot is given back when the connection has ended, however it ends.
    Raises EgressDenied, Unreachable, SshFailed, HostKeyMismatch, LoginFailed, ProtocolError or TimedOut.
    """
    deadline = asyncio.get_running_loop().time() + timeout.total_seconds()
    with ExitStack() as undo:
        release = await slots.take(Service.SSH, key(host), deadline) if slots else unlimited
        undo.callback(release)
        line = await transport.dial(host, deadline, egress, REACH)
        undo.callback(line.close)
        guard = Guard(host, release)
        with mapped(host, "the login", guard):
            async with asyncio.timeout_at(deadline):
                # Without its host the library asks the socket, which tells nothing once the router has hung up.
                where = {"host": host.address, "port": host.port, "sock": line}
                with handed(line):
                    connection = await asyncssh.connect(**where, config=None, options=_asked(host, login, guard))
        undo.pop_all()
    return Shell(host, connection, guard.seen)


def _asked(host: Host, login: Login, guard: Guard) -> asyncssh.SSHClientConnectionOptions:
    """Make the options of a connection; raises SshFailed for a user name that SSH cannot carry."""
    try:
        return asyncssh.SSHClientConnectionOptions(
            host=host.address,
            port=host.port,
            client_factory=lambda: guard,
            username=login.username,
            password=login.password,
            **options(host),
        )
    except ValueError as error:
        raise SshFailed(f"SSH cannot be spoken with {host}: {error}.", device=str(host), next_step=_NAME) from error


class Shell:
    """A logged-in SSH connection. ``fingerprint`` is its host key's: what to store after a first use.

    After a time-out the connection is at its end: whether the device still works on the command is not known.
    """

    __slots__ = ("_connection", "_host", "fingerprint")

    def __init__(self, host: Host, connection: asyncssh.SSHClientConnection, fingerprint: str) -> None:
        self._host = host
        self._connection = connection
        self.fingerprint = fingerprint

    @property
    def closed(self) -> bool:
        """Tell whether the connection has ended, by whichever side."""
        return bool(self._connection.is_closed())

    async def exec(self, command: str, *, timeout: timedelta, limit: int = LONGEST_OUTPUT) -> Output:
        """Run one complete command without a terminal; raises TooLong above ``limit`` bytes of output.

        Also raises Unreachable, SshFailed or TimedOut.
        """
        if "\n" in command or "\r" in command or not command.strip():
            raise ValueError("a command is one line and not empty")
        with self._doing(command.split()[0]):
            async with asyncio.timeout(timeout.total_seconds()):
                run = _Run(limit)
                channel, _ = await self._connection.create_session(
                    lambda: run, command, request_pty=False, encoding=None
                )
                await run.ended
        if run.overrun:
            text = f"{self._host} wrote more than {limit} bytes to {command.split()[0]}."
            raise TooLong(text, device=str(self._host), menu=command.split()[0])
        if not run.whole and channel.get_exit_status() is None:
            text = f"{self._host} hung up in the middle of {command.split()[0]}: what came may be a part only."
            raise Unreachable(text, device=str(self._host), menu=command.split()[0], next_step=REACH)
        return Output(_text(bytes(run.output)), channel.get_exit_status())

    async def get(self, path: str, into: BinaryIO, *, stall: timedelta = STALL, limit: int = LONGEST_FILE) -> int:
        """Read a file of the router and tell its size.

        Raises TimedOut when nothing comes for ``stall``, TooLong above ``limit`` bytes, FileRefused or Unreachable,
        and what ``into`` raises.
        """
        size = 0
        async with self._transfer(path, stall) as transfer:
            file = await transfer.step(transfer.sftp.open(path, "rb", block_size=CHUNK))
            while data := await transfer.step(cast(Awaitable[bytes], file.read(CHUNK))):
                size += len(data)
                if size > limit:
                    text = f"The file {path} of {self._host} is longer than {limit} bytes."
                    raise TooLong(text, device=str(self._host), menu=path)
                into.write(data)
            await transfer.step(file.close())
        return size

    async def put(self, path: str, source: BinaryIO, *, stall: timedelta = STALL) -> int:
        """Write a file of the router and tell its size.

        Raises TimedOut when the router takes nothing for ``stall``, FileRefused or Unreachable, and what ``source``
        raises.
        """
        size = 0
        async with self._transfer(path, stall) as transfer:
            file = await transfer.step(transfer.sftp.open(path, "wb"))
            while data := source.read(CHUNK):
                await transfer.step(file.write(data))
                size += len(data)
            await transfer.step(file.close())
        return size

    async def close(self) -> None:
        """Hang up, in good order where the device plays along."""
        self._connection.close()
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._connection.wait_closed(), CLOSE_SECONDS)
        finally:
            self._connection.abort()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @contextmanager
    def _doing(self, what: str) -> Iterator[None]:
        device = str(self._host)
        if self.closed:
            raise Unreachable(f"The SSH connection to {device} has ended.", device=device, menu=what)
        with mapped(self._host, what, abort=self._connection.abort):
            yield

    @asynccontextmanager
    async def _transfer(self, path: str, stall: timedelta) -> AsyncIterator[_Transfer]:
        """Hold an SFTP session; it is left however the transfer ends, for a router bears few."""
        what, seconds = f"SFTP of {path}", stall.total_seconds()
        with self._doing(what):
            sftp = await asyncio.wait_for(self._connection.start_sftp_client(), seconds)
        transfer = _Transfer(sftp, self._host, what, seconds, self._connection.abort)
        try:
            yield transfer
        finally:
            sftp.exit()
        await transfer.step(sftp.wait_closed())


@dataclass(frozen=True, slots=True)
class _Transfer:
    """One file on its way; only ``step`` speaks to the router, so what fails here is not its fault."""

    sftp: asyncssh.SFTPClient
    host: Host
    what: str
    seconds: float
    abort: Callable[[], None]

    async def step(self, step: Awaitable[T]) -> T:
        """Wait for one step, as long as a transfer may stand still."""
        with mapped(self.host, self.what, abort=self.abort):
            return await asyncio.wait_for(step, self.seconds)


class _Run(asyncssh.SSHClientSession[bytes]):
    """Gathers what one command writes, up to a limit."""

    def __init__(self, limit: int) -> None:
        self.output = bytearray()
        self.overrun = False
        self.whole = False
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._limit = limit

    def connection_made(self, chan: asyncssh.SSHClientChannel[bytes]) -> None:
        self._channel = chan

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        if self.overrun:
            return
        self.output += data
        if len(self.output) > self._limit:
            self.overrun = True
            self.output.clear()
            self._channel.abort()

    def eof_received(self) -> bool:
        self.whole = True
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        if self.ended.done():
            return
        if exc is None:
            self.ended.set_result(None)
        else:
            self.ended.set_exception(exc)


def _text(raw: bytes) -> str:
    """Read what a router wrote: UTF-8 or else latin-1, CR LF as LF."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return text.replace("\r\n", "\n")
