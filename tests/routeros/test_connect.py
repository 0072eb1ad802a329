"""A connect that fails leaves no socket behind, whatever it failed of; and no mode of TLS falls back to another."""

from __future__ import annotations

import asyncio
import gc
import os
import ssl
import warnings
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
import uvloop

from fleet.device import TlsMode
from fleet.errors import FleetError
from routeros.client import connect
from routeros.errors import (
    Fatal,
    LoginFailed,
    PinMismatch,
    ProtocolError,
    RouterOSError,
    TimedOut,
    TlsFailed,
    Unreachable,
)
from tests.routeros.certificates import anonymous, issue, serving
from tests.routeros.scripted import ADMIN, EGRESS, HERE, SURE, Peer, Router, Script, router

BRIEF = timedelta(milliseconds=50)
LOOPS = [asyncio.new_event_loop, uvloop.new_event_loop]


async def silent(peer: Peer) -> None:
    await peer.silence()


async def friendly(peer: Peer) -> None:
    """Accept the login and answer everything with nothing."""
    while True:
        _, tag = await peer.command()
        peer.say("!done", tag)


async def hasty(peer: Peer) -> None:
    """Hang up without a word."""


def saying(*words: str, raw: bytes = b"") -> Script:
    """A router that answers the login with these words, and is silent then."""

    async def script(peer: Peer) -> None:
        _, tag = await peer.command()
        if words:
            peer.say(*words, tag)
        peer.writer.write(raw)
        await peer.silence()

    return script


async def refusing(peer: Peer) -> None:
    _, tag = await peer.command()
    peer.say("!trap", "=message=cannot log in", tag)
    peer.say("!done", tag)
    await peer.silence()


def sockets() -> int:
    """Count the open sockets of this process."""
    count = 0
    for entry in os.scandir("/proc/self/fd"):
        try:
            count += os.readlink(entry.path).startswith("socket:")
        except FileNotFoundError:
            continue
    return count


async def leaves_nothing(attempt: Callable[[], Awaitable[None]]) -> None:
    """Attempt three times; afterwards no more sockets are open, without the collector's help or the peer's."""
    before = sockets()
    gc.disable()
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            for _ in range(3):
                await attempt()
            async with asyncio.timeout(60):
                while sockets() > before:
                    await asyncio.sleep(0)
    finally:
        gc.enable()
    assert [str(one.message) for one in caught if one.category is ResourceWarning] == []


def run(
    test: Callable[[Router], Awaitable[None]],
    script: Script,
    context: ssl.SSLContext | None = None,
    loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop,
    **endpoint: object,
) -> None:
    async def main() -> None:
        async with asyncio.timeout(60), router(script, context, **endpoint) as here:
            await test(here)

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(main())


def failing(error: type[FleetError], timeout: timedelta = SURE) -> Callable[[Router], Awaitable[None]]:
    async def test(here: Router) -> None:
        async def attempt() -> None:
            with pytest.raises(error):
                await connect(here.endpoint, ADMIN, timeout=timeout, egress=EGRESS)

        await leaves_nothing(attempt)

    return test


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize(
    ("script", "error"),
    [
        (refusing, LoginFailed),
        (saying("!fatal", "too many commands before login"), Fatal),
        (saying("!done", "=ret=nonsense"), ProtocolError),
        (saying(raw=b"\xff\xff"), ProtocolError),
        (silent, TimedOut),
        (hasty, Unreachable),
    ],
    ids=["refused", "fatal", "challenge", "garbage", "silent", "hasty"],
)
def test_a_login_that_fails_leaves_no_socket(
    script: Script, error: type[FleetError], loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    run(failing(error, BRIEF if error is TimedOut else SURE), script, loop=loop)


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("tls", [TlsMode.VERIFY, TlsMode.PIN, TlsMode.ANONYMOUS])
@pytest.mark.parametrize("script", [silent, hasty])
def test_a_handshake_that_fails_leaves_no_socket(
    tls: TlsMode, script: Script, loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    run(failing(TlsFailed, BRIEF), script, loop=loop, tls=tls, fingerprint="0" * 64)


@pytest.mark.parametrize("loop", LOOPS)
def test_a_certificate_that_is_refused_leaves_no_socket(
    tmp_path: Path, loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    context = serving(issue("router"), tmp_path)
    run(failing(PinMismatch), silent, context, loop=loop, tls=TlsMode.PIN, fingerprint="0" * 64)
    run(failing(TlsFailed), silent, context, loop=loop, tls=TlsMode.VERIFY)
    run(failing(TlsFailed), silent, context, loop=loop, tls=TlsMode.VERIFY, authority="nonsense")


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("tls", [TlsMode.PLAIN, TlsMode.PIN])
def test_a_connect_that_is_cancelled_at_any_step_leaves_no_socket(
    tmp_path: Path, tls: TlsMode, loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    issued = issue("router")

    async def test(here: Router) -> None:
        async def attempt() -> None:
            for steps in range(15):
                task = asyncio.ensure_future(connect(here.endpoint, ADMIN, timeout=SURE, egress=EGRESS))
                for _ in range(steps):
                    await asyncio.sleep(0)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task

        await leaves_nothing(attempt)

    context = serving(issued, tmp_path) if tls is TlsMode.PIN else None
    run(test, silent, context, loop=loop, tls=tls, fingerprint=issued.fingerprint)


ENTERED = {
    ("certificate", TlsMode.VERIFY),
    ("certificate", TlsMode.PIN),
    ("anonymous", TlsMode.ANONYMOUS),
    ("plain", TlsMode.PLAIN),
}
"""Which service is entered by which mode."""


@pytest.mark.parametrize("mode", TlsMode)
@pytest.mark.parametrize("service", ["certificate", "another", "anonymous", "plain"])
def test_each_mode_enters_its_own_kind_of_service_and_no_other(tmp_path: Path, service: str, mode: TlsMode) -> None:
    authority = issue("authority")
    mine, other = issue("router", HERE, authority), issue("router", HERE, issue("another"))
    contexts = {
        "certificate": lambda: serving(mine, tmp_path),
        "another": lambda: serving(other, tmp_path),
        "anonymous": lambda: anonymous(tmp_path),
        "plain": lambda: None,
    }

    async def test(here: Router) -> None:
        timeout = SURE if (service, mode) in ENTERED else 2 * BRIEF
        try:
            client = await connect(here.endpoint, ADMIN, timeout=timeout, egress=EGRESS)
        except RouterOSError:
            entered = False
        else:
            entered = True
            await client.close()
        assert entered is ((service, mode) in ENTERED)
        assert entered or not any(peer.heard for peer in here.peers)

    endpoint = {"tls": mode, "fingerprint": mine.fingerprint, "authority": authority.pem}
    run(test, friendly, contexts[service](), **endpoint)
