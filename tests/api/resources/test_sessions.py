"""A person's own sessions: listed, ended one by one and all at once; and going to another tenant."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient

from api import auth
from fleet.identity import Role
from tests.fixtures.web import Web, guard, home

PATH = "/api/auth/sessions"
ENTER = "/api/auth/enter"
AGENT = "Mozilla/5.0 (X11; Linux x86_64) Gecko Firefox/140.0"


@pytest.fixture
def web(shared_web: Web) -> Web:
    """One application for all tests of the module; each makes people of its own."""
    return shared_web


def own(client: FlaskClient, query: str = "") -> list[dict[str, object]]:
    answer = client.get(f"{PATH}{query}")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, object]] = answer.get_json()["items"]
    return items


def test_a_person_sees_where_the_sign_ins_are(web: Web) -> None:
    email = web.person(web.north).email
    first, second, other = web.seat(email, web.north), web.seat(email, web.north), web.browser(web.north)
    listed = own(second)
    assert [one["current"] for one in listed].count(True) == 1
    assert {one["id"] for one in listed} == {one["id"] for one in own(first)}
    assert not {one["id"] for one in own(other)} & {one["id"] for one in listed}
    assert {one["address"] for one in listed} == {c.environ_base["REMOTE_ADDR"] for c in (first, second)}
    assert all(one["tenant"] == "north" for one in listed)
    times = {"2026-01-05T12:00:00Z"}
    assert {str(one[name]) for one in listed for name in ("created_at", "seen_at")} == times


def test_the_browser_is_named_and_cut(web: Web) -> None:
    client = web.client()
    agent = {"User-Agent": AGENT + "x" * 500}
    client.post("/api/auth/link", json={"token": web.link(web.north)}, headers=agent)
    told = str(own(client)[0]["user_agent"])
    assert told.startswith(AGENT)
    assert len(told) == 200


def test_sessions_come_by_pages(web: Web) -> None:
    email = web.person(web.north).email
    clients = [web.seat(email, web.north) for _ in range(3)]
    seen: list[object] = []
    query = "?limit=2"
    while query:
        page = clients[0].get(f"{PATH}{query}").get_json()
        seen += [one["id"] for one in page["items"]]
        query = f"?limit=2&after={page['next']}" if page["next"] else ""
    assert len(seen) == len(set(seen)) == 3


def test_one_session_is_ended_by_another_at_once(web: Web) -> None:
    email = web.person(web.north).email
    here, there = web.seat(email, web.north), web.seat(email, web.north)
    (other,) = [one["id"] for one in own(here) if not one["current"]]
    assert there.get(PATH).status_code == 200
    assert here.delete(f"{PATH}/{other}", headers=guard(here)).status_code == 204
    assert there.get(PATH).status_code == 401
    assert here.delete(f"{PATH}/{other}", headers=guard(here)).status_code == 404


def test_all_others_are_ended_at_once(web: Web) -> None:
    email = web.person(web.north).email
    clients = [web.seat(email, web.north) for _ in range(3)]
    stranger = web.browser(web.north)
    assert clients[1].delete(PATH, headers=guard(clients[1])).get_json() == {"ended": 2}
    assert [client.get(PATH).status_code for client in clients] == [401, 200, 401]
    assert stranger.get(PATH).status_code == 200


def test_anothers_session_is_one_that_is_not_there(shared_web: Web) -> None:
    me, other = shared_web.browser(shared_web.north), shared_web.browser(shared_web.north)
    shapes = []
    for session_id in (own(other)[0]["id"], uuid4(), "nonsense"):
        answer = me.delete(f"{PATH}/{session_id}", headers=guard(me))
        assert answer.status_code == 404
        shapes.append({k: v for k, v in answer.get_json().items() if k not in ("request_id", "detail", "next_step")})
    assert shapes[0] == shapes[1] == shapes[2]
    assert other.get(PATH).status_code == 200


def test_a_key_has_no_sessions(shared_web: Web) -> None:
    assert shared_web.client(shared_web.key(shared_web.north)).get(PATH).status_code == 403


def test_a_super_admin_goes_to_another_tenant_and_it_is_recorded_there(web: Web) -> None:
    client = web.browser(web.north, Role.SUPER_ADMIN)
    slugs = [one["slug"] for one in client.get("/api/tenants").get_json()["items"]]
    assert slugs == ["north", "south"]
    before = auth_cookie(client)
    assert client.get(home(web.south)).status_code == 404
    answer = client.post(ENTER, json={"tenant_id": str(web.south.id)}, headers=guard(client))
    assert answer.get_json() == {"to": "/t/south/"}
    assert client.get(home(web.south)).get_json()["slug"] == "south"
    assert client.get(home(web.north)).status_code == 404
    assert web.client(before).get("/api/tenants").status_code == 401, "the session of before has ended"
    operations = client.get(f"{home(web.south)}/operations?kind=tenant.entered").get_json()["items"]
    assert [one["detail"]["role"] for one in operations] == ["super_admin"]


def test_nobody_goes_where_he_does_not_belong(shared_web: Web) -> None:
    client = shared_web.browser(shared_web.north, Role.TENANT_ADMIN)
    bodies = []
    for tenant_id in (shared_web.south.id, uuid4()):
        answer = client.post(ENTER, json={"tenant_id": str(tenant_id)}, headers=guard(client))
        assert answer.status_code == 404
        bodies.append({k: v for k, v in answer.get_json().items() if k != "request_id"})
    assert bodies[0] == bodies[1]
    assert client.get(home(shared_web.north)).status_code == 200
    chief = shared_web.browser(shared_web.north, Role.SUPER_ADMIN)
    nowhere = {"tenant_id": str(UUID(int=5))}
    assert chief.post(ENTER, json=nowhere, headers=guard(chief)).status_code == 404


def auth_cookie(client: FlaskClient) -> str:
    cookie = client.get_cookie(auth.COOKIE)
    assert cookie is not None
    return cookie.value
