"""The people of a tenant over REST: invited, given roles, removed."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from db import accounts, enrolments
from db.platform import platform_session
from db.signintables import Purpose
from fleet.identity import Role
from tests.fixtures.web import Web, guard, home


def users(web: Web, path: str = "") -> str:
    return f"{home(web.north)}/users{path}"


def send(client: FlaskClient, method: str, path: str, **body: Any) -> TestResponse:
    return client.open(path, method=method, json=body, headers=guard(client))


def invite(web: Web, client: FlaskClient, email: str, role: str = "operator", **more: Any) -> TestResponse:
    return send(client, "POST", users(web), email=email, role=role, **more)


def test_a_person_is_invited_by_a_link_that_is_shown_once(web: Web) -> None:
    admin = web.browser(web.north, Role.TENANT_ADMIN)
    answer = invite(web, admin, "New@North.example", lasts="1d")
    made = answer.get_json()
    assert (answer.status_code, answer.headers["Location"]) == (201, users(web, f"/{made['id']}"))
    assert (made["email"], made["role"], made["expires_at"]) == (
        "new@north.example",
        "operator",
        "2026-01-06T12:00:00Z",
    )
    place, token = made["link"].split("#")
    assert place == "http://localhost/enrol"
    found = enrolments.look(web.context.stores, token, web.clock.now())
    assert (found.email, found.tenant_id, found.purpose) == ("new@north.example", web.north.id, Purpose.INVITATION)
    assert admin.get(answer.headers["Location"]).get_json() == {k: made[k] for k in ("id", "email", "role")}
    told = admin.get(f"{home(web.north)}/operations?kind=user.added").get_json()["items"]
    assert told[0]["detail"]["email"] == "new@north.example"
    assert token not in str(told)


def test_a_link_lasts_a_month_at_most(web: Web) -> None:
    admin = web.browser(web.north, Role.TENANT_ADMIN)
    assert invite(web, admin, "a@north.example", lasts="999d").get_json()["expires_at"] == "2026-02-04T12:00:00Z"


def test_nobody_is_invited_twice_or_out_of_another_tenant(web: Web) -> None:
    admin, theirs = web.browser(web.north, Role.TENANT_ADMIN), web.person(web.south)
    assert invite(web, admin, "a@north.example").status_code == 201
    bodies = [invite(web, admin, email) for email in ("a@north.example", theirs.email)]
    assert [answer.status_code for answer in bodies] == [409, 409]
    assert all(answer.get_json()["next_step"] for answer in bodies)
    assert theirs.email not in admin.get(users(web)).text


def test_a_super_admin_takes_a_person_of_another_tenant_in_without_a_link(web: Web) -> None:
    chief, theirs = web.browser(web.north, Role.SUPER_ADMIN), web.person(web.south)
    made = invite(web, chief, theirs.email).get_json()
    assert (made["id"], made["link"]) == (str(theirs.id), None)


@pytest.mark.parametrize("email", ["", "noc", "a@b@c", "a b@c", "\x00@x", "@", "x" * 260 + "@y"])
def test_what_is_no_address_is_refused(shared_web: Web, email: str) -> None:
    admin = shared_web.browser(shared_web.north, Role.TENANT_ADMIN)
    assert invite(shared_web, admin, email).status_code == 422


def test_only_a_super_admin_makes_and_unmakes_one(web: Web) -> None:
    admin, chief = web.browser(web.north, Role.TENANT_ADMIN), web.browser(web.north, Role.SUPER_ADMIN)
    first = web.person(web.north, Role.SUPER_ADMIN)
    assert invite(web, admin, "b@north.example", "super_admin").status_code == 403
    assert "b@north.example" not in admin.get(users(web)).text
    one = users(web, f"/{first.id}")
    assert send(admin, "PATCH", one, role="viewer").status_code == 403
    assert admin.delete(one, headers=guard(admin)).status_code == 403
    made = invite(web, chief, "b@north.example", "super_admin").get_json()
    found = enrolments.look(web.context.stores, made["link"].split("#")[1], web.clock.now())
    assert found.purpose is Purpose.SETUP
    assert send(chief, "PATCH", one, role="viewer").get_json()["role"] == "viewer"


def test_a_new_role_counts_at_the_next_request(web: Web) -> None:
    admin, person = web.browser(web.north, Role.TENANT_ADMIN), web.person(web.north, Role.OPERATOR)
    client, site = web.seat(person.email, web.north), f"{home(web.north)}/sites"
    assert send(client, "POST", site, name="first").status_code == 201
    assert send(admin, "PATCH", users(web, f"/{person.id}"), role="viewer").get_json()["role"] == "viewer"
    assert send(client, "POST", site, name="second").status_code == 403
    assert admin.delete(users(web, f"/{person.id}"), headers=guard(admin)).status_code == 204
    assert client.get(site).status_code == 401
    assert admin.get(users(web, f"/{person.id}")).status_code == 404


def test_who_comes_back_is_not_signed_in_by_a_session_of_before(web: Web) -> None:
    admin, person = web.browser(web.north, Role.TENANT_ADMIN), web.person(web.north)
    client = web.seat(person.email, web.north)
    admin.delete(users(web, f"/{person.id}"), headers=guard(admin))
    with platform_session(web.context.stores, "test") as session:
        accounts.grant(session, web.north.id, person.id, Role.VIEWER)
    assert client.get("/api/tenants").status_code == 401


def test_the_last_tenant_admin_stays(web: Web) -> None:
    first = web.person(web.north, Role.TENANT_ADMIN)
    admin, one = web.seat(first.email, web.north), users(web, f"/{first.id}")
    for answer in (send(admin, "PATCH", one, role="viewer"), admin.delete(one, headers=guard(admin))):
        assert (answer.status_code, answer.get_json()["code"]) == (409, "last_tenant_admin")
    web.person(web.north, Role.TENANT_ADMIN)
    assert send(admin, "PATCH", one, role="operator").status_code == 200
    assert admin.get(users(web)).status_code == 403


def test_who_lost_the_way_in_gets_a_new_link(web: Web) -> None:
    admin, person = web.browser(web.north, Role.TENANT_ADMIN), web.person(web.north)
    made = send(admin, "POST", users(web, f"/{person.id}/link"), lasts="1h").get_json()
    found = enrolments.look(web.context.stores, made["link"].split("#")[1], web.clock.now())
    assert (found.user_id, found.purpose) == (person.id, Purpose.RECOVERY)
    with platform_session(web.context.stores, "test") as session:
        accounts.grant(session, web.south.id, person.id, Role.VIEWER)
    refused = send(admin, "POST", users(web, f"/{person.id}/link"))
    assert (refused.status_code, refused.get_json()["code"]) == (409, "belongs_elsewhere")


def test_people_come_by_pages(web: Web) -> None:
    admin = web.browser(web.north, Role.TENANT_ADMIN)
    emails = {web.person(web.north).email for _ in range(4)}
    web.person(web.south)
    seen: list[str] = []
    query = "?limit=2"
    while query:
        page = admin.get(users(web, query)).get_json()
        seen += [one["email"] for one in page["items"]]
        query = f"?limit=2&after={page['next']}" if page["next"] else ""
    assert seen == sorted(set(seen))
    assert len(seen) == 5
    assert emails < set(seen)


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE", "POST"])
def test_a_person_of_another_tenant_is_one_who_is_not_there(shared_web: Web, method: str) -> None:
    admin, theirs = shared_web.browser(shared_web.north, Role.TENANT_ADMIN), shared_web.person(shared_web.south)
    more, body = {"POST": ("/link", {}), "PATCH": ("", {"role": "viewer"})}.get(method, ("", {}))
    shapes = []
    for user_id in (theirs.id, uuid4()):
        answer = send(admin, method, users(shared_web, f"/{user_id}{more}"), **body)
        assert answer.status_code == 404
        shapes.append({key: value for key, value in answer.get_json().items() if key != "request_id"})
    assert shapes[0] == shapes[1]
