"""What cannot be read is one clear problem, and never a fault of ours."""

from __future__ import annotations

from dataclasses import replace

import pytest

from api.app import create_app, largest_body
from api.resources import sites
from tests.fixtures.web import Web, home


@pytest.mark.parametrize(
    "query",
    [
        "q=%00",
        "q=a%00b",
        "after=%ff%fe",
        "q=%f0%28",
        "limit=1&limit=2",
        "limit=1e9",
        "tag=%0d%0aX-Evil:%201",
        "%00=1",
    ],
)
def test_a_query_that_makes_no_sense_is_refused(shared_web: Web, query: str) -> None:
    client = shared_web.client(shared_web.key(shared_web.north))
    answer = client.get(f"{home(shared_web.north)}/devices?{query}")
    assert answer.status_code in (200, 422)
    assert answer.status_code == 422 or "ff" in query or "f0" in query
    assert "X-Evil" not in answer.headers


@pytest.mark.parametrize(
    "body",
    [
        b'{"name": "a\\u0000b"}',
        b'{"name": "\xff"}',
        b'{"name": "a\x00b"}',
        b'{"name": "\\ud800"}',
        b'{"name"',
        b"[" * 5000,
        b'{"name": 1e999}',
        b"NaN",
        b"",
    ],
    ids=["escaped NUL", "UTF-8", "NUL", "surrogate", "half", "deep", "infinite", "NaN", "empty"],
)
def test_a_body_that_makes_no_sense_is_refused(shared_web: Web, body: bytes) -> None:
    client = shared_web.client(shared_web.key(shared_web.north))
    path = f"{home(shared_web.north)}/sites"
    answer = client.post(path, data=body, content_type="application/json")
    assert (answer.status_code, answer.get_json()["code"]) == (422, "bad_input")
    assert {fault["place"] for fault in answer.get_json()["errors"]} == {"body"}


@pytest.mark.parametrize("name", ["X-Request-ID", "Idempotency-Key", "If-Match", "Origin"])
def test_what_is_put_into_a_header_comes_back_in_none(shared_web: Web, name: str) -> None:
    client = shared_web.client(shared_web.key(shared_web.north))
    answer = client.get(f"{home(shared_web.north)}/sites", headers={name: "https://evil.example"})
    assert "evil.example" not in str(answer.headers)
    assert not [header for header in answer.headers if header[0].startswith("Access-Control-")]


def test_a_preflight_of_another_site_gets_no_leave(shared_web: Web) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    answer = shared_web.client().options(f"{home(shared_web.north)}/sites", headers=asked)
    assert not [header for header in answer.headers if header[0].startswith("Access-Control-")]


@pytest.mark.parametrize(("largest", "status"), [(1_000_000, 413), (2_000_000, 201)])
def test_a_route_may_take_a_longer_body_than_others(shared_web: Web, largest: int, status: int) -> None:
    create = next(route for route in sites.resource.routes if route.method == "POST")
    app = create_app(shared_web.context, [replace(sites.resource, routes=(replace(create, largest=largest),))])
    body = b'{"name": "Oslo"' + b" " * 1_500_000 + b"}"
    shown = {"Authorization": f"Bearer {shared_web.key(shared_web.north)}", "Content-Type": "application/json"}
    answer = app.test_client().post(f"{home(shared_web.north)}/sites", data=body, headers=shown)
    assert (answer.status_code, largest_body(app)) == (status, largest)
