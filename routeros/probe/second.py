"""The second opinion: logs in with librouteros as well and reads the same menus as our client."""

from __future__ import annotations

import asyncio
import hashlib
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

import librouteros
from librouteros.api import Api
from librouteros.exceptions import FatalError, LibRouterosError, MultiTrapError, TrapError
from librouteros.login import plain, token

from fleet.device import Endpoint, Login, TlsMode
from routeros import transport
from routeros.client import connect
from routeros.errors import RouterOSError
from routeros.probe.opinion import Difference, Theirs, compare
from routeros.probe.probing import Call
from routeros.words import Command

COMPARED: Final = (
    Command("/system/identity/print", ("name",)),
    Command("/system/resource/print", ("version", "board-name", "architecture-name", "cpu-count", "total-memory")),
    Command("/system/routerboard/print", ("model", "serial-number", "current-firmware", "upgrade-firmware")),
    Command("/system/package/print", (".id", "name", "version", "disabled")),
    Command("/ip/service/print", (".id", "name", "port", "disabled", "certificate", "dynamic")),
    Command("/interface/print", (".id", "name", "type", "mac-address", "comment", "disabled", "dynamic")),
    Command("/interface/print", ("comment",)),
    Command("/ip/address/print", (".id", "address", "interface", "comment", "disabled", "dynamic")),
)
"""Read by both: what does not change by itself. Comments alone show rows that have no properties."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What came of the second opinion: differences, or why librouteros did not get in. ``login`` is how it did."""

    differences: tuple[Difference, ...] = ()
    menus: int = 0
    login: str = ""
    failure: str = ""

    @property
    def real(self) -> bool:
        """Tell whether something is not explained by what librouteros is known to lose."""
        return bool(self.failure) or any(one.real for one in self.differences)


async def ask(endpoint: Endpoint, login: Login, call: Call) -> Opinion:
    """Read the menus with our client, then with librouteros, and compare.

    Raises what the client raises; what librouteros raises is part of the opinion.
    """
    async with await connect(endpoint, login, timeout=call.timeout, egress=call.egress) as client:
        ours = await client.calls(COMPARED, timeout=call.timeout)
    deadline = asyncio.get_running_loop().time() + call.timeout.total_seconds()
    with await transport.dial(endpoint, deadline, call.egress) as line:
        address = str(line.getpeername()[0])
    reader = _Reader(endpoint, address, login, call.timeout.total_seconds())
    watchdog = asyncio.get_running_loop().call_later(2 * reader.seconds, reader.cut)
    try:
        answer = await asyncio.to_thread(reader.read)
    finally:
        watchdog.cancel()
        reader.cut()
    if isinstance(answer, str):
        return Opinion(failure=answer)
    theirs, how = answer
    pairs = zip(COMPARED, ours, theirs, strict=True)
    found = tuple(
        d for command, our, their in pairs for d in compare(command.menu.removesuffix("/print"), our, their)
    )
    return Opinion((*_entrance(how), *found), len(COMPARED), how)


_FAILURES: Final = (LibRouterosError, RouterOSError, OSError, TypeError, ValueError, LookupError, StopIteration)
"""What librouteros raises, also for replies that it did not expect: none of it is foreseen there."""

Method: TypeAlias = Callable[[Api, str, str], None]


@dataclass(slots=True)
class _Reader:
    """Reads by librouteros, on a thread. ``address`` is the endpoint's, looked up and allowed.

    librouteros bounds the wait for each byte only, so ``cut`` ends the whole from outside.
    """

    endpoint: Endpoint
    address: str
    login: Login
    seconds: float
    line: socket.socket | None = None
    over: bool = False

    def cut(self) -> None:
        """End whatever goes on, and let nothing more begin."""
        self.over = True
        if self.line is not None:
            with suppress(OSError):
                self.line.shutdown(socket.SHUT_RDWR)

    def read(self) -> tuple[list[Theirs], str] | str:
        """Read all menus and tell by which login, or tell why that failed."""
        try:
            return self._enter()
        except UnicodeEncodeError as error:
            # Its text shows the letter and where it stands, and that may be one of the password.
            return f"UnicodeEncodeError: librouteros cannot send the name or the password, {error.reason}"
        except _FAILURES as error:
            return f"{type(error).__name__}: {error}".strip(": ")
        finally:
            if self.line is not None:
                self.line.close()  # librouteros leaves it open where the login is refused.

    def _enter(self) -> tuple[list[Theirs], str]:
        try:
            return self._session(plain), "plain"
        except FatalError as error:
            # Before 6.43 a login by password is not refused, only the first command afterwards.
            if "not logged in" not in str(error):
                raise
            return self._session(token), "token"

    def _session(self, method: Method) -> list[Theirs]:
        with closing(
            librouteros.connect(
                self.address,
                self.login.username,
                self.login.password,
                port=self.endpoint.port,
                timeout=self.seconds,
                ssl_wrapper=self._wrap,
                login_method=method,
            )
        ) as api:
            return [_rows(api, command) for command in COMPARED]

    def _wrap(self, line: socket.socket) -> socket.socket:
        """Do the handshake as the endpoint wants it: the pin holds for librouteros, too."""
        mode = self.endpoint.tls
        with ExitStack() as undo:
            if mode is not TlsMode.PLAIN:
                verified = mode is TlsMode.VERIFY
                context = transport.contexts(mode, self.endpoint.authority if verified else None)
                line = context.wrap_socket(line, server_hostname=self.endpoint.address if verified else None)
            undo.callback(line.close)
            if mode is TlsMode.PIN:
                der = cast(ssl.SSLSocket, line).getpeercert(binary_form=True) or b""
                transport.compare(self.endpoint, hashlib.sha256(der).hexdigest())
            self.line = line
            if self.over:
                raise TimeoutError("it took too long")
            undo.pop_all()
        return line


def _rows(api: Api, command: Command) -> Theirs:
    try:
        return list(api(command.menu, **{".proplist": ",".join(command.properties)}))
    except (TrapError, MultiTrapError) as refusal:
        return str(refusal)


def _entrance(how: str) -> Iterator[Difference]:
    if how == "token":
        why = "librouteros takes the challenge of RouterOS before 6.43 for a success; login_method=token is needed"
        yield Difference("/login", "", "meets the challenge", "believes that it is in", why)
