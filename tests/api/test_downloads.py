"""Answers that are sent while they are made: they end with their client, and break off where they fail."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, Event
from typing import Any

import httpx
import pytest
import uvicorn
from flask import Flask

from api import downloads
from api.resource import Download
from cluster import threads
from fleet.errors import TooMany

PIECE = bytes(2**16)
PATIENCE = 60


class Endless:
    """Pieces without end, that tell when they are closed."""

    def __init__(self) -> None:
        self.closed = Event()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return PIECE

    def close(self) -> None:
        self.closed.set()


@contextmanager
def served(make: Callable[[], Any], slots: BoundedSemaphore) -> Iterator[str]:
    """Serve one download as the product does."""
    app = Flask("downloads")
    app.add_url_rule("/", view_func=lambda: downloads.respond(Download("application/x", "x", make()), slots))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        server = uvicorn.Server(uvicorn.Config(threads.served(app, workers=2), log_level="critical"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            server.should_exit = True
            thread.join()


def test_a_client_that_goes_ends_what_is_made_for_it() -> None:
    pieces, slots = Endless(), BoundedSemaphore(1)
    with served(lambda: pieces, slots) as url:
        with httpx.stream("GET", url) as response:
            assert next(response.iter_raw(2**16))
        assert pieces.closed.wait(PATIENCE)
        assert slots.acquire(timeout=PATIENCE)


def test_an_error_in_the_middle_breaks_the_answer_off() -> None:
    def failing() -> Iterator[bytes]:
        yield PIECE
        raise ValueError("the store went away")

    with served(failing, BoundedSemaphore(1)) as url, pytest.raises(httpx.RemoteProtocolError):
        httpx.get(url)


def test_a_whole_download_is_whole() -> None:
    with served(lambda: iter([b"one", b"two"]), BoundedSemaphore(1)) as url:
        answer = httpx.get(url)
    assert answer.content == b"onetwo"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="x"'


def test_an_error_before_the_first_piece_is_raised_and_takes_no_slot() -> None:
    def failing() -> Iterator[bytes]:
        raise ValueError("at once")
        yield b""

    slots = BoundedSemaphore(1)
    with Flask("downloads").test_request_context():
        for _ in range(3):
            with pytest.raises(ValueError, match="at once"):
                downloads.respond(Download("text/plain", "x", failing()), slots)
        held = downloads.respond(Download("text/plain", "x", iter([b"held"])), slots)
        with pytest.raises(TooMany):
            downloads.respond(Download("text/plain", "x", iter([])), slots)
        held.close()
        assert slots.acquire(blocking=False)
