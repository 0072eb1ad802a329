"""API keys over REST: made once, listed by prefix, revoked at once."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from fleet.identity import Role
from tests.fixtures.web import NUMBERS, Web, guard, home

WISH = {"scopes": ["metrics:read", "devices:read"], "lasts": "30d"}


@pytest.fixture
def web(shared_web: Web) -> Web:
    """One application for all tests of the module; each makes people of its own."""
    return shared_web


def keys(web: Web, path: str = "") -> str:
    return f"{home(web.north)}/keys{path}"


def make(web: Web, client: FlaskClient, **changes: Any) -> TestResponse:
    wish = {"name": f"grafana {next(NUMBERS)}", **WISH, **changes}
    return client.post(keys(web), json=wish, headers=guard(client))


def listed(web: Web, client: FlaskClient) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in client.get(keys(web, "?limit=500")).get_json()["items"]}


def test_a_key_is_shown_once_and_works(web: Web) -> None:
    admin = web.browser(web.north, Role.TENANT_ADMIN)
    answer = make(web, admin)
    made = answer.get_json()
    assert (answer.status_code, answer.headers["Location"]) == (201, keys(web, f"/{made['id']}"))
    assert made["key"].startswith(made["prefix"])
    assert made["expires_at"] == "2026-02-04T12:00:00Z"
    assert web.client(made["key"]).get(f"{home(web.north)}/devices").status_code == 200
    told = listed(web, admin)[made["id"]]
    assert admin.get(answer.headers["Location"]).get_json() == told
    assert told == {k: v for k, v in made.items() if k != "key"} | {"last_used_at": "2026-01-05T12:00:00Z"}
    assert told["created_by"].endswith("@north.example")
    assert made["key"] not in admin.get(f"{home(web.north)}/operations").text


def test_a_revoked_key_is_refused_at_once(web: Web) -> None:
    admin = web.browser(web.north, Role.TENANT_ADMIN)
    made = make(web, admin).get_json()
    program = web.client(made["key"])
    assert program.get("/api/tenants").status_code == 200
    assert admin.delete(keys(web, f"/{made['id']}"), headers=guard(admin)).status_code == 204
    assert program.get("/api/tenants").status_code == 401
    assert admin.delete(keys(web, f"/{made['id']}"), headers=guard(admin)).status_code == 404
    assert made["id"] not in listed(web, admin)
    done = admin.get(f"{home(web.north)}/operations").get_json()["items"]
    kinds = {one["kind"] for one in done if one["detail"].get("name") == made["name"]}
    assert kinds == {"key.created", "key.revoked"}


def test_an_operator_makes_and_revokes_keys_of_the_own_scopes(web: Web) -> None:
    operator, admin = web.browser(web.north, Role.OPERATOR), web.browser(web.north, Role.TENANT_ADMIN)
    assert make(web, operator, scopes=["metrics:read", "config:secrets"]).status_code == 403
    own = make(web, operator).get_json()
    powerful = make(web, admin, scopes=["audit:read"]).get_json()
    assert operator.delete(keys(web, f"/{powerful['id']}"), headers=guard(operator)).status_code == 403
    assert operator.delete(keys(web, f"/{own['id']}"), headers=guard(operator)).status_code == 204


def test_a_key_cannot_make_keys_or_hold_what_is_for_people(shared_web: Web) -> None:
    program = shared_web.client(shared_web.key(shared_web.north))
    assert program.post(keys(shared_web), json={"name": "x", **WISH}).status_code == 403
    admin = shared_web.browser(shared_web.north, Role.TENANT_ADMIN)
    for scope in ("users:write", "keys:write", "self", "platform", "everything"):
        assert make(shared_web, admin, scopes=[scope]).status_code == 422


@pytest.mark.parametrize(
    "change", [{"name": ""}, {"scopes": []}, {"lasts": "0d"}, {"lasts": "soon"}, {"name": "\x00"}]
)
def test_a_wish_that_is_none_is_refused(shared_web: Web, change: dict[str, Any]) -> None:
    admin = shared_web.browser(shared_web.north, Role.TENANT_ADMIN)
    assert make(shared_web, admin, **change).status_code == 422


def test_a_name_is_used_once_and_a_key_may_last(web: Web) -> None:
    admin = web.browser(web.north, Role.TENANT_ADMIN)
    assert make(web, admin, name="once", lasts=None).get_json()["expires_at"] is None
    assert make(web, admin, name="once").status_code == 409


def test_keys_come_by_pages(web: Web) -> None:
    admin = web.browser(web.north, Role.TENANT_ADMIN)
    made = {make(web, admin).get_json()["id"] for _ in range(3)}
    seen: list[str] = []
    query = "?limit=2"
    while query:
        page = admin.get(keys(web, query)).get_json()
        seen += [one["id"] for one in page["items"]]
        query = f"?limit=2&after={page['next']}" if page["next"] else ""
    assert seen == list(listed(web, admin))
    assert made <= set(seen)


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_key_of_another_tenant_is_one_that_is_not_there(shared_web: Web, method: str) -> None:
    admin, theirs = shared_web.browser(shared_web.north, Role.TENANT_ADMIN), shared_web.made_key(shared_web.south)
    shapes = []
    for key_id in (theirs, uuid4()):
        answer = admin.open(keys(shared_web, f"/{key_id}"), method=method, headers=guard(admin))
        assert answer.status_code == 404
        shapes.append({key: value for key, value in answer.get_json().items() if key != "request_id"})
    assert shapes[0] == shapes[1]
