"""A router that does as a test tells it: a small server that speaks sentences, and nothing else."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

from librouteros.protocol import decode_length, determine_length, encode_sentence

from fleet.device import Endpoint, Login, TlsMode
from fleet.egress import Egress
from routeros.client import Client, Command, Limits, connect

HERE = "127.64.200.1"
EGRESS = Egress.of(["127.64.0.0/10"])
SECOND = timedelta(seconds=1)
SURE = 60 * SECOND
"""What is certain to come may take so long: a machine that has much else to do is no router that is silent."""

ADMIN = Login("admin", "hunter2")
RESOURCE = Command("/system/resource/print", ("uptime",))
IDENTITY = Command("/system/identity/print", ("name",))


@dataclass
class Peer:
    """One connection, seen from the router. ``heard`` keeps every sentence that came."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    heard: list[list[str]] = field(default_factory=list)

    async def hear(self) -> list[str]:
        """Wait for a sentence; raises IncompleteReadError at the end of the stream."""
        words: list[str] = []
        while word := await self._word():
            words.append(word)
        self.heard.append(words)
        return words

    async def command(self) -> tuple[str, str]:
        """Wait for a sentence and tell its menu and its tag."""
        words = await self.hear()
        return words[0], next(word for word in words if word.startswith(".tag="))

    async def welcome(self) -> None:
        """Accept the login."""
        _, tag = await self.command()
        self.say("!done", tag)

    def say(self, *words: str) -> None:
        self.writer.write(encode_sentence(*words, encoding="utf-8"))

    async def silence(self) -> None:
        """Hear everything and answer nothing until the client hangs up."""
        while True:
            await self.hear()

    async def _word(self) -> str:
        first = await self.reader.readexactly(1)
        length = decode_length(first + await self.reader.readexactly(determine_length(first)))
        return (await self.reader.readexactly(length)).decode()


Script = Callable[[Peer], Awaitable[None]]


@dataclass
class Router:
    """Where the scripted router listens, what it heard, and whether its scripts went wrong."""

    endpoint: Endpoint
    peers: list[Peer] = field(default_factory=list)
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)

    async def enter(self, limits: Limits | None = None) -> Client:
        """Connect a client to it."""
        return await connect(self.endpoint, ADMIN, timeout=30 * SECOND, egress=EGRESS, limits=limits or Limits())


@asynccontextmanager
async def router(script: Script, context: ssl.SSLContext | None = None, **endpoint: object) -> AsyncIterator[Router]:
    """Serve ``script`` for each connection; a connection ends when its script does."""
    here = Router(Endpoint(HERE, 0, TlsMode.PLAIN))
    faults: list[BaseException] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = Peer(reader, writer)
        here.peers.append(peer)
        try:
            await script(peer)
        except (asyncio.IncompleteReadError, ConnectionError):
            here.hung_up.set()
        except AssertionError as fault:
            faults.append(fault)
        finally:
            writer.close()

    server = await asyncio.start_server(serve, HERE, 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    here.endpoint = replace(here.endpoint, port=port, **endpoint)  # type: ignore[arg-type]
    async with server:
        yield here
    if faults:
        raise faults[0]
