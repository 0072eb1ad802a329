"""Staying signed in: access runs out, refresh is used up, and what is over is over at once for everybody."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api import auth, csrf
from api.app import create_app
from api.tokens import ACCESS, Tokens
from db import accounts, sessions
from db.limits import Limits
from db.platform import platform_session
from db.sessions import GRACE
from fleet.identity import Role
from tests.fixtures.web import Web, guard, home

TENANTS = "/api/tenants"
REFRESH = "/api/auth/refresh"
SIGN_OUT = "/api/auth/sign-out"
SESSIONS = "/api/auth/sessions"
MOMENT = timedelta(seconds=1)


@pytest.fixture
def web(shared_web: Web) -> Web:
    """One application for all tests of the module: time goes on from one to the next."""
    return shared_web


def value(client: FlaskClient, name: str) -> str:
    cookie = client.get_cookie(name)
    assert cookie is not None
    return cookie.value


def twin(web: Web, client: FlaskClient, *names: str) -> FlaskClient:
    """Make a client that got hold of another's cookies."""
    thief = web.client()
    for name in names or (auth.COOKIE, auth.REFRESH, csrf.COOKIE):
        thief.set_cookie(name, value(client, name))
    return thief


def names(answer: TestResponse) -> list[str]:
    return [line.split("=")[0] for line in answer.headers.getlist("Set-Cookie")]


def test_a_sign_in_sets_two_hidden_cookies_and_the_one_for_scripts(shared_web: Web) -> None:
    answer = shared_web.client().post("/api/auth/link", json={"token": shared_web.link(shared_web.south)})
    told = {line.split("=")[0]: set(line.split("; ")[1:]) for line in answer.headers.getlist("Set-Cookie")}
    assert set(told) == {auth.COOKIE, auth.REFRESH, csrf.COOKIE}
    assert {"HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=900"} <= told[auth.COOKIE]
    assert {"HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=604800"} <= told[auth.REFRESH]
    assert "HttpOnly" not in told[csrf.COOKIE]


def test_under_tls_both_are_bound_to_the_host(shared_web: Web) -> None:
    client, address = shared_web.client(), "https://fleet.example"
    answer = client.post("/api/auth/link", json={"token": shared_web.link(shared_web.north)}, base_url=address)
    hidden = [line for line in answer.headers.getlist("Set-Cookie") if "HttpOnly" in line]
    assert [line.split("=")[0] for line in hidden] == [f"__Host-{auth.COOKIE}", f"__Host-{auth.REFRESH}"]
    assert all("Secure" in line.split("; ") and "Path=/" in line and "Domain" not in line for line in hidden)


def test_while_access_holds_nothing_is_renewed(web: Web) -> None:
    client = web.browser(web.north)
    web.clock.advance(ACCESS - MOMENT)
    assert names(client.get(TENANTS)) == []


def test_when_access_is_over_any_answer_brings_both_anew(web: Web) -> None:
    client = web.browser(web.north)
    before = {name: value(client, name) for name in (auth.COOKIE, auth.REFRESH, csrf.COOKIE)}
    web.clock.advance(ACCESS)
    answer = client.get(TENANTS)
    assert answer.status_code == 200
    assert sorted(names(answer)) == sorted(before)
    after = {name: value(client, name) for name in before}
    assert after[csrf.COOKIE] == before[csrf.COOKIE], "the token of an open page survives"
    assert after[auth.COOKIE] != before[auth.COOKIE]
    assert after[auth.REFRESH] != before[auth.REFRESH]
    assert names(client.get(TENANTS)) == []


def test_a_browser_that_dropped_its_access_cookie_is_renewed_too(web: Web) -> None:
    client = web.browser(web.north)
    client.delete_cookie(auth.COOKIE)
    assert client.get(TENANTS).status_code == 200
    assert client.get_cookie(auth.COOKIE) is not None


def test_an_unsafe_request_is_renewed_if_our_own_page_made_it(web: Web) -> None:
    client = web.browser(web.north)
    web.clock.advance(ACCESS)
    refused = client.delete(SESSIONS)
    assert (refused.status_code, refused.get_json()["code"]) == (403, "cross_site")
    assert names(refused) == []
    assert client.delete(SESSIONS, headers=guard(client)).status_code == 200


def test_refresh_before_its_time_is_asked_for_with_the_token_of_the_page(web: Web) -> None:
    client = web.browser(web.north)
    before = value(client, auth.REFRESH)
    assert client.post(REFRESH).status_code == 403
    assert client.post(REFRESH, headers=guard(client)).status_code == 204
    assert value(client, auth.REFRESH) != before
    assert client.get(TENANTS).status_code == 200
    assert web.client().post(REFRESH).status_code == 401


def test_a_replayed_refresh_token_ends_the_whole_family(web: Web) -> None:
    client = web.browser(web.north)
    stolen = twin(web, client, auth.REFRESH)
    web.clock.advance(ACCESS)
    assert client.get(TENANTS).status_code == 200
    web.clock.advance(GRACE + MOMENT)
    assert stolen.get(TENANTS).status_code == 401
    assert client.get(TENANTS).status_code == 401, "nobody can tell who of the two is the thief"
    assert client.post(REFRESH, headers=guard(client)).status_code == 401


def test_a_thief_who_is_first_is_found_out_by_the_person(web: Web) -> None:
    client = web.browser(web.north)
    thief = twin(web, client, auth.REFRESH)
    web.clock.advance(ACCESS)
    assert thief.get(TENANTS).status_code == 200
    web.clock.advance(GRACE + MOMENT)
    assert client.get(TENANTS).status_code == 401
    assert thief.get(TENANTS).status_code == 401


def test_two_tabs_that_renew_at_once_stay_signed_in(web: Web) -> None:
    client = web.browser(web.north)
    tab = twin(web, client)
    web.clock.advance(ACCESS)
    assert client.get(TENANTS).status_code == 200
    web.clock.advance(GRACE)
    assert tab.get(TENANTS).status_code == 200
    assert value(tab, auth.REFRESH) == value(client, auth.REFRESH)
    web.clock.advance(ACCESS)
    assert client.get(TENANTS).status_code == 200
    assert tab.get(TENANTS).status_code == 200


def test_an_answer_that_got_lost_costs_nothing_for_a_moment(web: Web) -> None:
    client = web.browser(web.north)
    lost = twin(web, client)
    web.clock.advance(ACCESS)
    for _ in range(3):
        assert lost.get(TENANTS).status_code == 200
        lost = twin(web, client)


def test_a_request_without_an_answer_uses_no_refresh_token_up(web: Web) -> None:
    client = web.browser(web.north)
    web.clock.advance(ACCESS)
    cookies = {"HTTP_COOKIE": f"{auth.REFRESH}={value(client, auth.REFRESH)}"}
    for _ in range(2):
        with web.app.test_request_context(TENANTS, environ_base=cookies):
            assert auth.signed_in().slug == "north"
        web.clock.advance(GRACE + MOMENT)
    assert client.get(TENANTS).status_code == 200


def test_a_session_ends_after_a_week_without_use(web: Web) -> None:
    idle, busy = web.browser(web.north), web.browser(web.north)
    for _ in range(4):
        web.clock.advance(timedelta(days=2))
        assert busy.get(TENANTS).status_code == 200
    assert idle.get(TENANTS).status_code == 401


def test_signing_out_clears_all_and_ends_access_and_refresh(web: Web) -> None:
    client = web.browser(web.north)
    stolen = twin(web, client)
    assert client.post(SIGN_OUT, headers=guard(client)).status_code == 204
    assert not [name for name in (auth.COOKIE, auth.REFRESH, csrf.COOKIE) if client.get_cookie(name)]
    assert stolen.get(TENANTS).status_code == 401
    web.clock.advance(ACCESS)
    assert stolen.get(TENANTS).status_code == 401


def test_who_signs_out_with_access_that_is_over_is_not_renewed(web: Web) -> None:
    client = web.browser(web.north)
    stolen = twin(web, client)
    web.clock.advance(ACCESS)
    assert client.post(SIGN_OUT, headers=guard(client)).status_code == 204
    assert client.get_cookie(auth.REFRESH) is None
    assert stolen.get(TENANTS).status_code == 401


def test_an_ended_session_is_refused_at_the_next_request_also_without_redis(web: Web) -> None:
    alone = replace(web.context, limits=Limits("redis://127.0.0.1:1"))
    client = web.browser(web.north)
    other = replace(web, app=create_app(alone), context=alone)
    there = twin(other, client)
    assert there.get(TENANTS).status_code == 200
    session_id = web.context.tokens.session(value(client, auth.COOKIE), web.clock.now())
    assert session_id is not None
    sessions.end(web.context.stores, session_id, web.clock.now())
    assert there.get(TENANTS).status_code == 401
    assert client.get(TENANTS).status_code == 401


def test_a_change_of_role_counts_at_the_next_request(web: Web) -> None:
    person = web.person(web.north, Role.TENANT_ADMIN)
    client, users = web.seat(person.email, web.north), f"{home(web.north)}/users"
    assert client.get(users).status_code == 200
    with platform_session(web.context.stores, "test") as session:
        accounts.grant(session, web.north.id, person.id, Role.VIEWER)
    assert client.get(users).status_code == 403


def test_a_cookie_of_before_the_sign_in_is_worth_nothing_afterwards(web: Web) -> None:
    """Session fixation: whoever planted a session in a browser is not signed in with whom uses it then."""
    planted = web.browser(web.south)
    victim = twin(web, planted)
    answer = victim.post("/api/auth/link", json={"token": web.link(web.north)})
    assert answer.status_code == 200
    for name in (auth.COOKIE, auth.REFRESH, csrf.COOKIE):
        assert value(victim, name) != value(planted, name)
    assert planted.get(TENANTS).status_code == 401, "the planted session ended"
    assert victim.get(TENANTS).get_json()["items"][0]["slug"] == "north"


def test_a_token_of_another_session_does_not_guard_this_one(web: Web) -> None:
    client, other = web.browser(web.north), web.browser(web.north)
    answer = client.delete(SESSIONS, headers=guard(other))
    assert (answer.status_code, answer.get_json()["code"]) == (403, "cross_site")


@pytest.mark.parametrize("forged", ["", "x", "a.b.c", "\u00e9", "0" * 2000])
def test_forged_cookies_and_headers_let_nobody_in(shared_web: Web, forged: str) -> None:
    client = shared_web.client()
    client.set_cookie(auth.COOKIE, forged)
    client.set_cookie(auth.REFRESH, forged)
    assert client.get(TENANTS).status_code == 401
    assert shared_web.client(forged.replace("\u00e9", "?")).get(TENANTS).status_code == 401


def test_tokens_of_another_key_let_nobody_in(shared_web: Web) -> None:
    client = shared_web.browser(shared_web.north)
    now = shared_web.clock.now()
    session_id = shared_web.context.tokens.session(value(client, auth.COOKIE), now)
    assert session_id is not None
    other = Tokens("another key")
    assert shared_web.client(other.access(session_id, now)).get(TENANTS).status_code == 401
    forger = shared_web.client()
    forger.set_cookie(auth.REFRESH, other.refresh(session_id, 1))
    assert forger.get(TENANTS).status_code == 401
    assert client.get(TENANTS).status_code == 200


def test_an_access_token_in_the_header_ends_with_its_time_and_its_session(web: Web) -> None:
    client = web.browser(web.north)
    program = web.client(value(client, auth.COOKIE))
    assert program.get(TENANTS).status_code == 200
    assert program.delete(SESSIONS).status_code == 200, "a header needs no token against other sites"
    web.clock.advance(ACCESS)
    assert program.get(TENANTS).status_code == 401
    assert client.get(TENANTS).status_code == 200
    fresh = web.client(value(client, auth.COOKIE))
    assert client.post(SIGN_OUT, headers=guard(client)).status_code == 204
    assert fresh.get(TENANTS).status_code == 401
