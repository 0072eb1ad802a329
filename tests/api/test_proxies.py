"""Whose address a request has, behind as many proxies as are told."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from api.proxies import Proxies, told


def scope(*headers: tuple[str, str], peer: str = "10.0.0.1") -> dict[str, Any]:
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    return {"type": "http", "headers": raw, "client": (peer, 5), "scheme": "http"}


@pytest.mark.parametrize(
    ("count", "said", "expected"),
    [
        (1, ["203.0.113.9"], "203.0.113.9"),
        (1, ["1.1.1.1, 203.0.113.9"], "203.0.113.9"),
        (2, ["1.1.1.1, 203.0.113.9, 10.0.0.7"], "203.0.113.9"),
        (2, ["1.1.1.1", "203.0.113.9,10.0.0.7"], "203.0.113.9"),
        (2, ["203.0.113.9"], None),
        (1, ["203.0.113.9:4711"], "203.0.113.9"),
        (1, ["[2001:db8::1]:4711"], "2001:db8::1"),
        (1, ["2001:DB8::1"], "2001:db8::1"),
        (1, ["unknown"], None),
        (1, ["1.1.1.1, "], None),
        (1, ["'; DROP TABLE x"], None),
        (1, [], None),
    ],
    ids=str,
)
def test_the_word_that_counts_stands_so_far_from_the_right(count: int, said: list[str], expected: str | None) -> None:
    found = told(scope(*(("X-Forwarded-For", line) for line in said)), count)
    assert found.get("client", (None, 0))[0] == expected


@pytest.mark.parametrize(("said", "expected"), [("https", "https"), ("https, http", "http"), ("gopher", None)])
def test_the_scheme_is_told_likewise(said: str, expected: str | None) -> None:
    assert told(scope(("X-Forwarded-Proto", said)), 1).get("scheme") == expected


@pytest.mark.parametrize(("count", "expected"), [(0, "10.0.0.1"), (1, "203.0.113.9")])
def test_without_proxies_nobody_is_believed(count: int, expected: str) -> None:
    seen: list[str] = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["client"][0])

    asyncio.run(Proxies(inner, count)(scope(("X-Forwarded-For", "203.0.113.9")), _nothing, _nothing))
    assert seen == [expected]


async def _nothing(*_: Any) -> Any:
    raise AssertionError
