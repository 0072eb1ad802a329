"""A body is whole before a thread is given to it, and one that comes too slowly or too long never is."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest

from api.bodies import Bodies, Bounds

BOUNDS = Bounds(largest=100, patience=60.0, pace=50_000, room=150)


class Client:
    """What a client sends, and what it hears; after its last part it says nothing more."""

    def __init__(self, *parts: bytes, more: bool = False, gone: bool = False) -> None:
        last = len(parts) - 1
        self.messages: list[dict[str, Any]] = [
            {"type": "http.request", "body": part, "more_body": more or n < last} for n, part in enumerate(parts)
        ]
        if gone:
            self.messages.append({"type": "http.disconnect"})
        self.heard: list[dict[str, Any]] = []
        self.silent = asyncio.Event()

    async def receive(self) -> Any:
        if not self.messages:
            self.silent.set()
            await asyncio.Event().wait()
        return self.messages.pop(0)

    async def send(self, message: Any) -> None:
        self.heard.append(message)

    @property
    def code(self) -> str:
        assert dict(self.heard[0]["headers"])[b"connection"] == b"close"
        return str(json.loads(self.heard[1]["body"])["code"])


class Threads:
    """What stands for the application on threads: it notes the bodies that it is given."""

    def __init__(self) -> None:
        self.seen: list[bytes] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        message = await receive()
        assert not message["more_body"]
        self.seen.append(message["body"])


def scope(headers: Sequence[tuple[bytes, bytes]] = ((b"transfer-encoding", b"chunked"),)) -> dict[str, Any]:
    return {"type": "http", "method": "POST", "headers": list(headers)}


async def ask(bodies: Bodies, client: Client, *headers: tuple[bytes, bytes]) -> None:
    await bodies(scope(headers) if headers else scope(), client.receive, client.send)


def asked(bodies: Bodies, client: Client, *headers: tuple[bytes, bytes]) -> None:
    asyncio.run(ask(bodies, client, *headers))


def test_a_body_in_pieces_is_given_whole() -> None:
    threads = Threads()
    asked(Bodies(threads, BOUNDS), Client(b"one ", b"two ", b"three"))
    assert threads.seen == [b"one two three"]


@pytest.mark.parametrize("parts", [[b"x" * 101], [b"x" * 60, b"x" * 60]])
def test_one_that_is_too_long_is_refused(parts: list[bytes]) -> None:
    threads, client = Threads(), Client(*parts)
    asked(Bodies(threads, BOUNDS), client)
    assert (threads.seen, client.code) == ([], "request_entity_too_large")


def test_one_that_says_that_it_is_too_long_is_not_read() -> None:
    threads, client = Threads(), Client(b"x")
    asked(Bodies(threads, BOUNDS), client, (b"content-length", b"101"))
    assert (threads.seen, client.code, len(client.messages)) == ([], "request_entity_too_large", 1)


def test_one_that_does_not_come_to_its_end_is_given_up() -> None:
    threads, client = Threads(), Client(b"x", more=True)
    asked(Bodies(threads, Bounds(largest=100, patience=0.01)), client)
    assert (threads.seen, client.code) == ([], "request_timeout")


def test_a_client_that_goes_is_let_go() -> None:
    threads, client = Threads(), Client(b"x", more=True, gone=True)
    asked(Bodies(threads, BOUNDS), client)
    assert (threads.seen, client.heard) == ([], [])


def test_all_bodies_together_have_so_much_room() -> None:
    threads = Threads()
    bodies = Bodies(threads, BOUNDS)
    first, second, third = Client(b"x" * 90, more=True), Client(b"y" * 90), Client(b"z" * 90)

    async def run() -> None:
        waiting = asyncio.create_task(ask(bodies, first))
        await first.silent.wait()
        await ask(bodies, second)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await ask(bodies, third)

    asyncio.run(run())
    assert second.code == "unavailable"
    assert threads.seen == [b"z" * 90]
