"""Input that nobody means well with: texts, bodies, credentials and requests, and what a proper answer to it is."""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Iterator
from contextlib import closing, suppress
from http import HTTPStatus
from urllib.parse import urlsplit

from bench.attack import verdict
from bench.attack.contract import UNOWNED
from bench.attack.wire import Reply

INJECTED = "x-injected"
LARGEST_REFUSAL = 20_000
"""The name of a header that nobody sends, and the bytes of a refusal: it must cost less than what was sent."""
EVIL = "evil.example"

TEXTS = (
    "' OR '1'='1",
    "'; DROP TABLE devices; --",
    '" UNION SELECT secret FROM devices --',
    "$1 %s %(x)s {} \\",
    "%' OR name LIKE '%",
    "x\r\nX-Injected: 1\r\n\r\n<p>",
    "%0d%0aX-Injected:%201",
    "../../../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "\x00",
    "a\x00b",
    "\ud800".encode("utf-16", "surrogatepass").decode("utf-16", "replace") + "\u202e\ufeff",
    "<script>alert(1)</script>",
    "{{7*7}}${7*7}#{7*7}",
    f"//{EVIL}/%2e%2e",
    f"https:{EVIL}",
    "x" * 70_000,
    "٣" * 40,
    "-1",
    "9" * 400,
    "1e999",
    "NaN",
)
"""What is put in the place of a word: SQL, headers, paths, NUL, scripts, templates, length, other digits, numbers."""

_DEEP = 100_000
BODIES = {
    "nothing": b"",
    "half a member": b'{"name":',
    "a bracket": b"[",
    "no object": b'"text"',
    "null": b"null",
    "an array": b"[]",
    "deep arrays": b"[" * _DEEP,
    "deep and closed": b"[" * _DEEP + b"]" * _DEEP,
    "deep objects": b'{"a":' * _DEEP,
    "no UTF-8": b'{"name": "\xff\xfe"}',
    "an overlong slash": b'{"name": "\xc0\xaf"}',
    "half a surrogate": b'{"name": "\\ud800"}',
    "a mark at the beginning": b"\xef\xbb\xbf{}",
    "UTF-16": "{}".encode("utf-16"),
    "a huge number": b'{"streams": 1e400}',
    "many digits": b'{"streams": ' + b"9" * 100_000 + b"}",
    "no number": b'{"streams": NaN}',
    "an infinite one": b'{"interval_seconds": -Infinity}',
    "NUL": b'{"name": "a\\u0000b"}',
    "an unknown member": b'{"__proto__": {"role": "super_admin"}, "tenant_id": "x"}',
    "a comment": b"{/* */}",
    "msgpack": b"\x81\xa4name\xa1x",
}
"""Bodies that no operation takes, each as ``application/json``."""

ODD = {
    "a member twice": b'{"name": "a", "name": "b", "name": null}',
    "a large number": b'{"streams": 123456789012345678901234567890, "name": 1e-400}',
    "much white space": b" " * 200_000 + b"{}",
    "many members": b"{" + b",".join(b'"m%d": 1' % n for n in range(20_000)) + b"}",
    "a long text": b'{"name": "' + b"x" * 900_000 + b'"}',
    "a long name": b'{"' + b"x" * 900_000 + b'": 1}',
    "an emoji and its modifiers": '{"name": "\U0001f469\u200d\U0001f680\u0301\u202e"}'.encode(),
}
"""Bodies of JSON as it may be, which some operation might even take."""

MEDIA = (
    "",
    "text/plain",
    "application/msgpack",
    "application/xml",
    "multipart/form-data; boundary=x",
    "application/json;",
)
"""What a body may be called, which is no JSON, or is hardly called so."""


def unowned(reply: Reply) -> bool:
    """Tell whether a device was to be asked that nobody polls: here no device has an owner, who would answer."""
    told = reply.json if reply.status == HTTPStatus.SERVICE_UNAVAILABLE else None
    return isinstance(told, dict) and str(told.get("detail")).startswith(UNOWNED)


def proper(reply: Reply) -> str:
    """Tell what is wrong with an answer to hostile input; empty where it is as it should be.

    A refusal is one problem with a code, an id and a next step; no header came in from outside; nobody is sent to
    another host.
    """
    if reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR and not unowned(reply):
        return f"a fault: {reply.status} {reply.text[:300]}"
    if reply.header(INJECTED):
        return "a header came in"
    if away(reply.header("location")):
        return f"sent away to {reply.header('location')!r}"
    told = reply.json
    if isinstance(told, dict):
        for member in ("to", "next", "location", "redirect"):
            if isinstance(told.get(member), str) and away(told[member]):
                return f"{member} leads away to {told[member]!r}"
    if reply.status >= HTTPStatus.BAD_REQUEST:
        if len(reply.body) > LARGEST_REFUSAL:
            return f"a refusal of {len(reply.body)} bytes"
        problem = verdict.problem(reply)
        if problem is None:
            return f"no problem: {reply.status} {reply.header('content-type')} {reply.text[:200]}"
        if missing := [name for name, value in problem.items() if not value]:
            return f"a problem without {', '.join(missing)}: {reply.text[:300]}"
        if problem["status"] != reply.status:
            return f"a problem of status {problem['status']} under {reply.status}"
    return ""


def away(place: str) -> bool:
    """Tell whether an address leads to another host, as a browser reads it."""
    written = place.replace("\\", "/").strip()
    return (
        written.startswith("//")
        or bool(urlsplit(written).netloc)
        or urlsplit(written).scheme in ("javascript", "data")
    )


def tokens(now: float) -> Iterator[tuple[str, str]]:
    """Yield credentials that let nobody in, each with what it is."""
    claims = {"sub": "admin@north.example", "iss": "flotilla", "role": "super_admin", "iat": now, "exp": now + 900}
    yield "nothing", ""
    yield "a word", "Bearer"
    yield "another scheme", "Basic YWRtaW46YWRtaW4="
    yield "garbage", "Bearer !!!!"
    yield "dots", "Bearer ..."
    yield "long", "Bearer " + "a" * 7000
    yield "no letters", "Bearer \xe9\xff"
    yield "a key that is none", "Bearer flt_00000000_" + "A" * 43
    for name in ("none", "None", "NONE", "nOnE"):
        yield f"algorithm {name}", f"Bearer {_jwt({'alg': name, 'typ': 'JWT'}, claims, b'')}"
    yield "a wrong key", f"Bearer {_jwt({'alg': 'HS256', 'typ': 'JWT'}, claims, b'x' * 32)}"
    yield "an empty key", f"Bearer {_jwt({'alg': 'HS256', 'typ': 'JWT', 'kid': '../../dev/null'}, claims, b'y' * 32)}"
    yield "expired", f"Bearer {_jwt({'alg': 'HS256'}, {**claims, 'exp': now - 1}, b'x' * 32)}"
    yield "from the future", f"Bearer {_jwt({'alg': 'HS256'}, {**claims, 'nbf': now + 900}, b'x' * 32)}"
    yield "its own key", f"Bearer {_jwt({'alg': 'HS256', 'jwk': {'kty': 'oct', 'k': 'eA'}}, claims, b'x' * 32)}"
    yield (
        "claims that are none",
        f"Bearer {_part({'alg': 'HS256'})}.bnVsbA.{base64.urlsafe_b64encode(b'x' * 32).decode()}",
    )


def raw(url: str, request: bytes, patience: float = 60.0) -> bytes:
    """Send bytes as they are and read until the server ends it, or the patience does."""
    place, heard = urlsplit(url), b""
    with closing(socket.create_connection((place.hostname or "", place.port or 80), patience)) as line:
        line.settimeout(patience)
        with suppress(OSError):
            line.sendall(request)
            while piece := line.recv(65536):
                heard += piece
    return heard


def _jwt(header: dict[str, object], claims: dict[str, object], signature: bytes) -> str:
    signed = base64.urlsafe_b64encode(signature).decode().rstrip("=")
    return f"{_part(header)}.{_part(claims)}.{signed}"


def _part(told: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")
