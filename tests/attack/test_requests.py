"""Requests that are none, credentials that are none, slow senders, and addresses that lead away."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from bench.attack import hostile
from bench.attack.people import Asker
from bench.attack.wire import Ask
from tests.attack.grounds import Ground

SLOW = 48
"""Senders of a byte now and then: more than the server has threads."""
LARGEST = 1_000_001
PATHS = (
    *("/../../../etc/passwd", "/assets/../../../etc/passwd", "/static/..%2f..%2f..%2fetc%2fpasswd"),
    *(
        "/static/%2e%2e/%2e%2e/pyproject.toml",
        "/static//etc/passwd",
        "/assets/%2fetc%2fpasswd",
        "/static/..%5c..%5cx",
    ),
    *(
        "/api/../secrets",
        "/api/tenants/%00",
        "/api/tenants/../../etc/passwd",
        "/%c0%ae%c0%ae/etc/passwd",
        "//etc/passwd",
    ),
)
LEADING = ("?to={}", "?next={}", "?url={}", "?return={}", "#{}")
AWAY = ("//evil.example", "https://evil.example/", "\\\\evil.example", "/\\evil.example", "javascript:alert(1)")


def everything_works(ground: Ground) -> bool:
    return ground.south.admin.send(ground.wire, Ask("GET", "/api/tenants")).ok


def status(answer: bytes) -> int:
    """Tell the status of a raw answer; 0 where the server only hung up."""
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else 0


def heads(ground: Ground) -> str:
    """Write the headers of a signed-in request."""
    return "".join(f"{name}: {value}\r\n" for name, value in ground.south.admin.headers.items())


def test_no_credential_that_is_none_lets_anybody_in_or_is_told_from_another(ground: Ground) -> None:
    told = set()
    for what, value in hostile.tokens(time.time()):
        for headers in ({"Authorization": value}, {"Cookie": f"flotilla_session={value.split(' ')[-1]}"}):
            reply = ground.wire.send(Ask("GET", "/api/tenants", headers=headers))
            assert not (said := hostile.proper(reply)), (what, said)
            assert reply.status == 401, (what, reply.text)
            assert reply.header("www-authenticate"), what
            told.add(reply.json["code"])
    assert told == {"unauthenticated"}


def test_a_session_that_was_planted_is_not_taken_up(ground: Ground) -> None:
    """Who had a cookie before signing in gets another one."""
    reply = ground.wire.send(Ask("GET", "/login", headers={"Cookie": "flotilla_session=planted"}))
    assert "planted" not in "".join(value for _, value in reply.headers)
    cookie = dict(part.split("=", 1) for part in str(ground.south.admin.headers["Cookie"]).split("; "))
    assert all(len(value) >= 32 for value in cookie.values())


@pytest.mark.parametrize("path", PATHS)
def test_no_path_leads_out_of_the_house(ground: Ground, path: str) -> None:
    answer = hostile.raw(
        ground.house.url, f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{heads(ground)}\r\n".encode()
    )
    assert 300 <= status(answer) < 500, answer[:200]
    assert b"root:" not in answer
    assert b"[project]" not in answer


def test_nobody_is_sent_to_another_host(ground: Ground) -> None:
    nobody = Asker("nobody", ground.south.tenant)
    pages = ("/", "/login", f"/t/{ground.south.tenant.slug}/", "/t/nothing/", "/t", "/api")
    for who in (nobody, ground.south.admin):
        for page in pages:
            for form in LEADING:
                for place in AWAY:
                    reply = who.send(ground.wire, Ask("GET", page + form.format(place)))
                    assert not hostile.away(reply.header("location")), (page, place, reply.header("location"))
            reply = who.send(
                ground.wire, Ask("GET", page, headers={"Host": hostile.EVIL, "X-Forwarded-Host": hostile.EVIL})
            )
            assert hostile.EVIL not in reply.header("location")


HEALTH = b"GET /api/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
LINK = b"POST /api/auth/link HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"


@pytest.mark.parametrize(
    ("request_", "answered"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
        (b"GET / HTTP/9.9\r\nConnection: close\r\n\r\n", 303),
        (b"GET\r\n\r\n", 400),
        (LINK + b"Content-Length: -1\r\n\r\n", 400),
        (LINK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}", 400),
        (LINK + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n{}\r\n0\r\n\r\n", 400),
        (LINK + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 415),
        (HEALTH + b"X: " + b"a" * 200_000 + b"\r\n\r\n", 400),
        (HEALTH + b"X-Request-ID: a\r\n X-Injected: 1\r\n\r\n", 200),
        (b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET /api/health HTTP/1.1\r\n\xff\xfe: 1\r\n\r\n", 400),
    ],
    ids=lambda sent: repr(sent[:24]) if isinstance(sent, bytes) else str(sent),
)
def test_what_is_hardly_a_request_is_answered_and_stops_none(ground: Ground, request_: bytes, answered: int) -> None:
    answer = hostile.raw(ground.house.url, request_, patience=60.0)
    assert status(answer) == answered, answer[:200]
    assert b"X-Injected" not in answer
    assert everything_works(ground)


def test_too_large_a_body_is_refused_however_it_comes(ground: Ground) -> None:
    """By its length, in chunks, and by a length that lies; before it was sent whole."""
    line = f"POST /api/tenants/{ground.south.tenant.id}/sites HTTP/1.1"
    head = f"{line}\r\nHost: x\r\nConnection: close\r\n{heads(ground)}Content-Type: application/json\r\n"
    whole = b" " * LARGEST
    sized = f"{head}Content-Length: {LARGEST}\r\n\r\n".encode() + whole
    chunked = f"{head}Transfer-Encoding: chunked\r\n\r\n{LARGEST:x}\r\n".encode() + whole + b"\r\n0\r\n\r\n"
    promised = f"{head}Content-Length: {10**12}\r\n\r\n".encode()
    for sent in (sized, chunked, promised):
        answer = hostile.raw(ground.house.url, sent)
        assert status(answer) == 413, answer[:300]
        assert json.loads(answer.split(b"\r\n\r\n", 1)[1].strip(b"0123456789abcdef\r\n") or b"{}")


def test_slow_senders_do_not_hold_the_server(ground: Ground) -> None:
    """More of them than there are threads, each with a body that never ends: others are served meanwhile."""
    with ExitStack() as stack:
        for line in slow(ground, SLOW):
            stack.callback(line.close)
        place = urlsplit(ground.house.url)
        other = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
        other.request("GET", "/api/health")
        assert other.getresponse().status == 200


def slow(ground: Ground, count: int) -> Iterator[socket.socket]:
    """Begin requests whose bodies come a byte at a time, by somebody signed in and by nobody."""
    place = urlsplit(ground.house.url)
    for number in range(count):
        path = "/api/auth/link" if number % 2 else f"/api/tenants/{ground.south.tenant.id}/sites"
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\n{heads(ground) if number % 2 == 0 else ''}"
        line = socket.create_connection((place.hostname or "", place.port or 80), 60)
        line.sendall(f"{head}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{{".encode())
        yield line
