"""Two thousand clients in one process: ``python -m bench.web.crowd PORT``.

Each line of its input is a request in JSON, each line of its output the answer; it ends with its input. They read as
cheaply as can be, for the machine has to feed them as well: bytes are counted, and looked through for a word.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field
from typing import Any

import uvloop

OPENING = 16
"""Streams that are opened at the same time."""

TAIL = 64
PATIENCE = 120.0


@dataclass
class Crowd:
    """All clients, and what they have heard together."""

    port: int
    word: bytes = b""
    pieces: int = 0
    bytes: int = 0
    left: set[Reader] = field(default_factory=set)
    readers: list[Reader] = field(default_factory=list)
    quiet: asyncio.Event = field(default_factory=asyncio.Event)
    last: float = 0.0

    async def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Do what was asked for."""
        match request:
            case {"open": list(queries)}:
                begun, turns = time.monotonic(), asyncio.Semaphore(OPENING)
                await asyncio.gather(*(self._open(key, query, turns) for key, query in queries))
                return {"seconds": time.monotonic() - begun}
            case {"count": float(seconds)}:
                self.pieces = self.bytes = 0
                await asyncio.sleep(seconds)
                return {"pieces": self.pieces / seconds, "bytes": self.bytes / seconds}
            case {"await": str(word)}:
                self.word, self.left = word.encode(), set(self.readers)
                self.quiet.clear()
                print(json.dumps({"ready": True}), flush=True)
                async with asyncio.timeout(PATIENCE):
                    await self.quiet.wait()
                return {"at": self.last}
            case {"close": _}:
                for reader in self.readers:
                    reader.close()
                self.readers.clear()
                return {}
        raise ValueError(request)

    def found(self, reader: Reader) -> None:
        """Note that a client has heard the word; the last one ends the wait."""
        self.left.discard(reader)
        if not self.left:
            self.last, self.word = time.monotonic(), b""
            self.quiet.set()

    async def _open(self, key: str, query: str, turns: asyncio.Semaphore) -> None:
        async with turns:
            loop = asyncio.get_running_loop()
            _, reader = await loop.create_connection(lambda: Reader(self, key, query), "127.0.0.1", self.port)
            async with asyncio.timeout(PATIENCE):
                await reader.begun.wait()
            self.readers.append(reader)


class Reader(asyncio.Protocol):
    """One client: asks for its stream, and reads."""

    def __init__(self, crowd: Crowd, key: str, query: str) -> None:
        self._crowd = crowd
        self._asked = (
            f"GET /api/sse?{query} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {key}\r\n\r\n"
        ).encode()
        self._tail = b""
        self.begun = asyncio.Event()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        transport.write(self._asked)

    def data_received(self, data: bytes) -> None:
        crowd = self._crowd
        crowd.pieces += 1
        crowd.bytes += len(data)
        if not self.begun.is_set():
            if not data.startswith(b"HTTP/1.1 200") and not self._tail:
                raise SystemExit(data.decode(errors="replace"))
            self._tail += data
            if b"\nid: " in self._tail:
                self.begun.set()
        elif crowd.word and self in crowd.left:
            if crowd.word in self._tail[-TAIL:] + data:
                crowd.found(self)
            self._tail = data[-TAIL:]

    def close(self) -> None:
        self._transport.close()


async def main(port: int) -> None:
    crowd = Crowd(port)
    while line := await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(await crowd.answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
