"""What an answer gives away: marks of another tenant, or a difference between theirs and nowhere. Pure."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from bench.attack import words
from bench.attack.wire import Reply

PASSING = frozenset({"date", "x-request-id", "ratelimit-limit", "ratelimit-remaining", "ratelimit-reset", "ratelimit",
                     "ratelimit-policy", "retry-after", "server-timing", "set-cookie"})  # fmt: skip
"""Headers that differ from one answer to the next by themselves."""
MADE = frozenset({"content-length", "etag", "location", "last-modified", "content-disposition"})
"""Headers that of an answer of success say no more than its body."""
_CODED = re.compile(r"[A-Za-z0-9_-]{22,}={0,2}")

Shape = tuple[int, tuple[tuple[str, str], ...], str]


def leaks(reply: Reply, marks: frozenset[str]) -> set[str]:
    """Find the other tenant's marks in an answer, in its headers too, and within what is written in base64."""
    text = "\n".join([reply.text, *(value for _, value in reply.headers)])
    seen = words.marks(text)
    for plain in _decoded(text):
        seen |= words.marks(plain)
    return seen & marks


def shape(reply: Reply, values: Iterable[str]) -> Shape:
    """Tell all of an answer that may not depend on whether a thing is another's or nowhere."""
    text, headers = _body(reply), _headers(reply)
    for value in values:
        text, headers = words.blank(text, value), [(name, words.blank(told, value)) for name, told in headers]
    if reply.ok:
        text, headers = words.smooth(text), [(name, words.smooth(told)) for name, told in headers]
    return reply.status, tuple(sorted(headers)), text


def brief(shape: Shape) -> str:
    """Tell a shape in a line."""
    status, headers, text = shape
    return f"{status} {text[:300]} {dict(headers)}"


def core(reply: Reply) -> tuple[int, str]:
    """Tell the status and the code alone, of an answer that differs from itself."""
    told = reply.json
    return reply.status, str(told.get("code", "")) if isinstance(told, dict) else ""


def _headers(reply: Reply) -> list[tuple[str, str]]:
    left_out = PASSING | MADE if reply.ok else PASSING
    return [(name, value) for name, value in reply.headers if name not in left_out]


def _body(reply: Reply) -> str:
    told = reply.json
    if not isinstance(told, dict | list):
        return reply.text if not reply.ok else ""
    if isinstance(told, dict):
        told = {name: value for name, value in told.items() if name != "request_id"}
    return json.dumps(told, sort_keys=True, ensure_ascii=False)


def _decoded(text: str) -> Iterator[str]:
    """Read what looks like base64 in an answer that is not long, for a cursor may hold an id."""
    if len(text) > 20_000:
        return
    for found in _CODED.finditer(text):
        word = found.group().rstrip("=")
        try:
            yield base64.urlsafe_b64decode(word + "=" * (-len(word) % 4)).decode(errors="ignore")
        except (binascii.Error, ValueError):
            continue


def problem(reply: Reply) -> Any:
    """Give the members of a refusal that tell a program and a person what to do; None where it is none."""
    told = reply.json
    if not isinstance(told, dict) or reply.header("content-type") != "application/problem+json":
        return None
    return {name: told.get(name) for name in ("status", "code", "detail", "next_step", "request_id")}
