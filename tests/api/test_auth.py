"""Who asks: API keys, sign-in links, sessions, and requests of other sites."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from api import auth
from api.app import create_app
from db.limits import Limits
from fleet.identity import Role, Scope
from tests.fixtures.web import Web, guard, home

LINK = "/api/auth/link"
SIGN_OUT = "/api/auth/sign-out"
TENANTS = "/api/tenants"
SLOW = 0.001
"""A rate at which no guess comes back within a test."""


def test_a_key_opens_its_own_tenant(shared_web: Web) -> None:
    assert shared_web.get(TENANTS, shared_web.south).get_json() == {
        "items": [{"id": str(shared_web.south.id), "slug": "south", "name": "South"}],
        "next": None,
    }


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Bearer flt_00000000_nonsense", "Basic dTpw", "Bearer flt_\u00e9", "flt_x"]
)
def test_a_bad_credential_is_told_what_to_send(shared_web: Web, header: str) -> None:
    answer = shared_web.client().get(TENANTS, headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.get_json()["code"] == "unauthenticated"
    assert answer.get_json()["next_step"]


def test_an_expired_key_opens_nothing(web: Web) -> None:
    key = web.key(web.north, expires=web.clock.now() + timedelta(hours=1))
    assert web.client(key).get(TENANTS).status_code == 200
    web.clock.advance(timedelta(hours=1))
    assert web.client(key).get(TENANTS).status_code == 401


def test_a_bad_key_is_not_saved_by_a_good_cookie(shared_web: Web) -> None:
    client = shared_web.browser(shared_web.north)
    assert client.get(TENANTS).status_code == 200
    assert client.get(TENANTS, headers={"Authorization": "Bearer flt_x"}).status_code == 401


def test_a_link_signs_in_and_leads_to_the_tenant(shared_web: Web) -> None:
    client = shared_web.client()
    answer = client.post(LINK, json={"token": shared_web.link(shared_web.south)})
    assert answer.get_json() == {"to": "/t/south/"}
    assert client.get(TENANTS).get_json()["items"][0]["slug"] == "south"
    assert client.get("/").headers["Location"] == "/t/south/"


def test_a_link_works_once(shared_web: Web) -> None:
    token = shared_web.link(shared_web.north)
    assert shared_web.client().post(LINK, json={"token": token}).status_code == 200
    again = shared_web.client().post(LINK, json={"token": token})
    assert (again.status_code, again.get_json()["code"]) == (401, "unauthenticated")
    assert "Set-Cookie" not in again.headers


def test_a_link_grows_old(web: Web) -> None:
    token = web.link(web.north, ttl=timedelta(minutes=5))
    web.clock.advance(timedelta(minutes=5))
    assert web.client().post(LINK, json={"token": token}).status_code == 401


def test_signing_out_twice_is_no_error(shared_web: Web) -> None:
    assert shared_web.client().post(SIGN_OUT).status_code == 204


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-CSRF-Token": "0" * 64},
        {"X-CSRF-Token": "\u00e9"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_site_cannot_act_with_the_cookie(shared_web: Web, headers: dict[str, str]) -> None:
    client = shared_web.browser(shared_web.north)
    sent = headers if "X-CSRF-Token" in headers or not headers else {**guard(client), **headers}
    answer = client.post(SIGN_OUT, headers=sent)
    assert (answer.status_code, answer.get_json()["code"]) == (403, "cross_site")
    assert client.get(TENANTS).status_code == 200


def test_another_site_cannot_sign_a_visitor_in(shared_web: Web) -> None:
    token = shared_web.link(shared_web.north)
    answer = shared_web.client().post(LINK, json={"token": token}, headers={"Origin": "https://evil.example"})
    assert (answer.status_code, answer.get_json()["code"]) == (403, "cross_site")
    assert shared_web.client().post(LINK, json={"token": token}).status_code == 200


def test_our_own_page_may_act(shared_web: Web) -> None:
    client = shared_web.browser(shared_web.north)
    headers = {**guard(client), "Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    assert client.post(SIGN_OUT, headers=headers).status_code == 204


def test_a_person_has_the_scopes_of_the_role(shared_web: Web) -> None:
    for role in Role:
        client = shared_web.browser(shared_web.north, role)
        assert client.get(f"{home(shared_web.north)}/devices").status_code == 200


def test_guessing_links_is_slowed_down(shared_web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    assert auth.LINKS == (1 / 6, 10)
    monkeypatch.setattr(auth, "LINKS", (SLOW, 10))
    client = shared_web.client()
    answers = [client.post(LINK, json={"token": f"guess{n}"}) for n in range(11)]
    assert {answer.status_code for answer in answers[:10]} == {401}
    assert answers[10].status_code == 429
    assert 900 < int(answers[10].headers["Retry-After"]) <= 1 / SLOW
    assert shared_web.client().post(LINK, json={"token": "guess"}).status_code == 401


def test_guessing_keys_is_slowed_down(shared_web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auth, "REFUSALS", (SLOW, auth.REFUSALS[1]))
    client = shared_web.client("flt_00000000_guess")
    assert [client.get(TENANTS).status_code for _ in range(31)] == [401] * 30 + [429]


def test_without_redis_nobody_signs_in_and_reads_go_on(shared_web: Web) -> None:
    context = replace(shared_web.context, limits=Limits("redis://127.0.0.1:1"))
    alone = replace(shared_web, app=create_app(context), context=context)
    assert alone.client().post(LINK, json={"token": "guess"}).status_code == 503
    assert alone.get("~/devices", alone.north, Scope.DEVICES_READ).status_code == 200
    assert alone.client("flt_00000000_guess").get(TENANTS).status_code == 401
