"""Connections that say nothing, or say it too slowly, are ended; what is no HTTP is refused with a problem."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn

from api.bodies import Bodies, Bounds
from cluster.connections import Patient

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
QUICK = 0.05


class Calm(Patient):
    """Hears who was refused for as long as it takes."""

    patience = linger = 60.0


class Hasty(Calm):
    patience = QUICK


class Brief(Calm):
    linger = QUICK


class Tiring(Calm):
    """Has time for the first request, and little for the next."""

    def _watch(self) -> None:
        self.patience = Calm.patience if self.cycle is None else QUICK
        super()._watch()


async def hello(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"hi"})


@contextmanager
def serving(protocol: type[Patient], bounds: Bounds | None = None) -> Iterator[int]:
    """Serve with a protocol; tells the port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(8)
        served: Any = hello if bounds is None else Bodies(hello, bounds)
        config = uvicorn.Config(served, log_level="error", http=protocol, lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
        yield client


def heard(client: socket.socket) -> tuple[int, dict[str, Any]]:
    """Read to the end of the connection; tells the status and the problem."""
    said = b""
    while part := client.recv(65536):
        said += part
    head, _, body = said.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)


@pytest.mark.parametrize("begun", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "])
def test_headers_that_do_not_come_end_the_connection(begun: bytes) -> None:
    with serving(Hasty) as port, connected(port) as client:
        client.sendall(begun)
        status, problem = heard(client)
    assert (status, problem["code"]) == (408, "request_timeout")


def test_a_byte_now_and_then_wins_no_time() -> None:
    with serving(Hasty) as port, connected(port) as client:
        client.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
        client.settimeout(QUICK / 20)
        said = b""
        while b"408" not in said:
            client.sendall(b"x")
            try:
                said += client.recv(65536)
            except TimeoutError:
                continue
    assert b"request_timeout" in said


def test_the_second_request_of_a_connection_has_its_own_time() -> None:
    with serving(Tiring) as port, connected(port) as client:
        client.sendall(REQUEST)
        assert client.recv(65536).startswith(b"HTTP/1.1 200")
        client.sendall(b"GET")
        assert heard(client)[0] == 408


def test_requests_that_are_whole_are_answered_one_after_the_other() -> None:
    with serving(Calm) as port, connected(port) as client:
        for _ in range(3):
            client.sendall(REQUEST)
            assert client.recv(65536).endswith(b"hi")


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    ],
    ids=["TLS", "NUL", "UTF-8", "length"],
)
def test_what_is_no_http_is_refused_with_a_problem(sent: bytes) -> None:
    with serving(Calm) as port, connected(port) as client:
        client.sendall(sent)
        status, problem = heard(client)
    assert (status, problem["code"]) == (400, "bad_request")
    assert problem["next_step"]


def test_a_body_that_does_not_come_ends_the_connection() -> None:
    with serving(Calm, Bounds(largest=100, patience=QUICK)) as port, connected(port) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab")
        status, problem = heard(client)
    assert (status, problem["code"]) == (408, "request_timeout")


LARGE = b" " * 1_000_000


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + LARGE, 413),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nf4240\r\n" + LARGE, 413),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + LARGE, 400),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n" + LARGE, 400),
    ],
    ids=["length", "chunks", "header", "no request"],
)
def test_a_refusal_is_read_by_a_client_that_sends_all_it_has_first(sent: bytes, told: int) -> None:
    with serving(Calm, Bounds(largest=100)) as port, connected(port) as client:
        client.sendall(sent)
        assert heard(client)[0] == told


def test_a_refused_client_that_never_ends_is_not_heard_for_ever() -> None:
    with serving(Brief, Bounds(largest=100)) as port, connected(port) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
        assert heard(client)[0] == 413
        with pytest.raises(ConnectionError):
            client.sendall(b" " * 100_000_000)
