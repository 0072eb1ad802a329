"""Signing in by password and Secret Key, enrolling by a link, changing the password."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.app import create_app
from api.srp import GROUP, ROUNDS
from db.limits import Limits
from db.signintables import Purpose
from fleet.identity import Role
from tests.fixtures.people import CHOSEN, X, begin, enrolled, finish, member, offered
from tests.fixtures.web import Web, guard

BEGIN, FINISH, PASSWORD = "/api/auth/srp/begin", "/api/auth/srp/finish", "/api/auth/password"
LOOK, ENROL = "/api/auth/enrolment/look", "/api/auth/enrolment"
A = GROUP.pad(GROUP.public(5)).hex()
OTHER = 4711
"""Stands for another password."""
RENEWED = {**CHOSEN, "verifier": GROUP.pad(GROUP.public(OTHER)).hex()}
NAMES = (f"person{number}@north.example" for number in itertools.count())


@pytest.fixture
def email(shared_web: Web) -> str:
    """Someone of the tenant north who has a password."""
    return enrolled(shared_web.context.stores, shared_web.north, next(NAMES), shared_web.clock.now())


def link(web: Web, email: str, purpose: Purpose = Purpose.SETUP) -> str:
    return offered(web.context.stores, web.north, email, web.clock.now(), purpose)


def signed_in(web: Web, email: str, x: int = X) -> FlaskClient:
    client = web.client()
    answer = finish(client, begin(client, email, x))
    assert answer.status_code == 200, answer.text
    return client


def test_who_knows_both_secrets_signs_in_and_is_shown_the_servers_proof(shared_web: Web, email: str) -> None:
    client = shared_web.client()
    begun = begin(client, email)
    answer = finish(client, begun)
    assert answer.get_json() == {"M2": begun.m2, "to": "/t/north/"}
    assert client.get("/api/tenants").get_json()["items"][0]["slug"] == "north"


def test_the_address_is_known_however_it_is_written(shared_web: Web, email: str) -> None:
    client = shared_web.client()
    assert finish(client, begin(client, f"{email.upper()}")).status_code == 200


def test_a_wrong_password_is_refused_and_sets_no_cookie(shared_web: Web, email: str) -> None:
    client = shared_web.client()
    answer = finish(client, begin(client, email, OTHER))
    assert (answer.status_code, answer.get_json()["code"]) == (401, "unauthenticated")
    assert "Set-Cookie" not in answer.headers
    assert "M2" not in answer.text


def test_a_handshake_is_answered_once_right_or_wrong(shared_web: Web, email: str) -> None:
    client = shared_web.client()
    begun = begin(client, email)
    assert finish(client, replace(begun, m1="0" * 64)).status_code == 401
    assert finish(client, begun).status_code == 401
    begun = begin(client, email)
    assert finish(client, begun).status_code == 200
    assert finish(client, begun).status_code == 401


def test_a_stranger_is_answered_as_a_person_is(shared_web: Web, email: str) -> None:
    client, stranger = shared_web.client(), next(NAMES)
    invited = member(shared_web.context.stores, shared_web.north, next(NAMES))
    known, unknown, waiting = (begin(client, who).offered for who in (email, stranger, invited))
    for made_up in (unknown, waiting):
        assert made_up.keys() == known.keys()
        assert {name: len(str(value)) for name, value in made_up.items()} == {
            name: len(str(value)) for name, value in known.items()
        }
        assert made_up["rounds"] == ROUNDS
    refused = [finish(client, begin(client, who, OTHER)).get_json() for who in (email, stranger, invited)]
    for problem in refused:
        del problem["request_id"]
    assert refused[0] == refused[1] == refused[2]


def test_a_strangers_salt_stays_the_same_and_is_nobody_elses(shared_web: Web, email: str) -> None:
    client, stranger = shared_web.client(), next(NAMES)
    first, again, upper, other = (
        begin(client, who).offered for who in (stranger, stranger, stranger.upper(), next(NAMES))
    )
    assert first["salt"] == again["salt"] == upper["salt"] != other["salt"]
    assert first["B"] != again["B"]
    assert begin(client, email).offered["salt"] == begin(client, email).offered["salt"]


@pytest.mark.parametrize("number", [0, GROUP.prime])
def test_a_public_value_that_opens_every_door_is_refused(shared_web: Web, email: str, number: int) -> None:
    answer = shared_web.client().post(BEGIN, json={"email": email, "A": GROUP.pad(number).hex()})
    assert (answer.status_code, answer.get_json()["code"]) == (422, "bad_public_value")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (BEGIN, {"email": "nobody", "A": A}),
        (BEGIN, {"email": "a\x00b@c", "A": A}),
        (BEGIN, {"email": "a@b", "A": A[2:]}),
        (BEGIN, {"email": "a@b", "A": A.replace("0", "G")}),
        (FINISH, {"handshake": "x", "M1": "00"}),
        (ENROL, {"token": "x", **CHOSEN, "rounds": ROUNDS - 1}),
        (ENROL, {"token": "x", **CHOSEN, "salt": "00"}),
        *((ENROL, {"token": "x", **CHOSEN, "verifier": GROUP.pad(v).hex()}) for v in (0, 1, GROUP.prime - 1)),
    ],
)
def test_what_is_no_proof_is_refused(shared_web: Web, path: str, body: dict[str, Any]) -> None:
    assert shared_web.client().post(path, json=body).status_code == 422


def test_another_site_cannot_sign_a_visitor_in_by_a_password(shared_web: Web, email: str) -> None:
    client = shared_web.client()
    begun = begin(client, email)
    foreign = {"Origin": "https://evil.example"}
    body = {"handshake": begun.offered["handshake"], "M1": begun.m1}
    assert client.post(FINISH, json=body, headers=foreign).get_json()["code"] == "cross_site"
    assert client.post(BEGIN, json={"email": email, "A": A}, headers=foreign).status_code == 403
    assert client.post(ENROL, json={"token": "x", **CHOSEN}, headers=foreign).status_code == 403


def test_guessing_is_slowed_down_for_an_address_and_for_a_person(shared_web: Web, email: str) -> None:
    client = shared_web.client()
    body = {"handshake": "none", "M1": "0" * 64}
    assert until_slowed(lambda: client.post(FINISH, json=body)) >= 60
    assert until_slowed(lambda: shared_web.client().post(BEGIN, json={"email": email, "A": A})) >= 20


def until_slowed(ask: Callable[[], TestResponse]) -> int:
    """Ask until it is too often, and tell how often that was well."""
    for count in range(1000):
        answer = ask()
        if answer.status_code == 429:
            assert int(answer.headers["Retry-After"]) >= 1
            return count
    raise AssertionError("nobody was slowed down")


def test_without_redis_nobody_signs_in_by_a_password(shared_web: Web, email: str) -> None:
    context = replace(shared_web.context, limits=Limits("redis://127.0.0.1:1"))
    client = replace(shared_web, app=create_app(context), context=context).client()
    assert client.post(BEGIN, json={"email": email, "A": A}).status_code == 503
    assert client.post(FINISH, json={"handshake": "x", "M1": "0" * 64}).status_code == 503
    assert client.post(ENROL, json={"token": link(shared_web, email), **CHOSEN}).status_code == 503


def test_no_answer_holds_a_verifier(shared_web: Web, email: str) -> None:
    client = shared_web.client()
    begun = begin(client, email)
    assert CHOSEN["verifier"] not in str(begun.offered) + finish(client, begun).text


def test_a_link_tells_whom_it_is_for_and_is_not_used_up_by_that(shared_web: Web) -> None:
    email = member(shared_web.context.stores, shared_web.north, next(NAMES))
    token = link(shared_web, email, Purpose.INVITATION)
    for _ in range(2):
        answer = shared_web.client().post(LOOK, json={"token": token}).get_json()
        assert (answer["email"], answer["tenant"], answer["purpose"]) == (email, "North", "invitation")


def test_a_link_enrols_once_and_signs_in(shared_web: Web) -> None:
    email = member(shared_web.context.stores, shared_web.north, next(NAMES))
    token, client = link(shared_web, email), shared_web.client()
    assert client.post(ENROL, json={"token": token, **CHOSEN}).get_json() == {"to": "/t/north/"}
    assert client.get("/api/tenants").status_code == 200
    signed_in(shared_web, email)
    for path, body in ((ENROL, {"token": token, **RENEWED}), (LOOK, {"token": token})):
        assert shared_web.client().post(path, json=body).status_code == 401
    signed_in(shared_web, email)


def test_a_recovery_ends_what_was_before(shared_web: Web, email: str) -> None:
    before = signed_in(shared_web, email)
    first, second = link(shared_web, email, Purpose.RECOVERY), link(shared_web, email, Purpose.RECOVERY)
    assert shared_web.client().post(ENROL, json={"token": second, **RENEWED}).status_code == 200
    assert before.get("/api/tenants").status_code == 401
    assert shared_web.client().post(ENROL, json={"token": first, **CHOSEN}).status_code == 401
    client = shared_web.client()
    assert finish(client, begin(client, email)).status_code == 401
    signed_in(shared_web, email, OTHER)


def test_a_tenants_link_does_not_open_what_the_person_became(shared_web: Web) -> None:
    email = member(shared_web.context.stores, shared_web.north, next(NAMES))
    token = link(shared_web, email, Purpose.INVITATION)
    member(shared_web.context.stores, shared_web.south, email, Role.TENANT_ADMIN)
    answer = shared_web.client().post(ENROL, json={"token": token, **CHOSEN})
    assert (answer.status_code, answer.get_json()["code"]) == (409, "belongs_elsewhere")


def test_a_password_is_changed_by_who_proves_the_old_one(shared_web: Web, email: str) -> None:
    mine, elsewhere = signed_in(shared_web, email), signed_in(shared_web, email)
    begun = begin(mine, email)
    body = {"handshake": begun.offered["handshake"], "M1": begun.m1, **RENEWED}
    answer = mine.post(PASSWORD, json=body, headers=guard(mine))
    assert answer.get_json() == {"M2": begun.m2, "to": "/t/north/"}
    assert mine.get("/api/tenants").status_code == 200
    assert elsewhere.get("/api/tenants").status_code == 401
    client = shared_web.client()
    assert finish(client, begin(client, email)).status_code == 401
    signed_in(shared_web, email, OTHER)


def test_the_record_tells_of_passwords(shared_web: Web, email: str) -> None:
    token = link(shared_web, email, Purpose.RECOVERY)
    assert shared_web.client().post(ENROL, json={"token": token, **CHOSEN}).status_code == 200
    (told,) = [
        one
        for one in shared_web.get("~/operations", shared_web.north).get_json()["items"]
        if (one["kind"], one["by"]) == ("password.chosen", email)
    ]
    assert told["detail"] == {"purpose": "recovery"}


def test_a_session_alone_changes_no_password(shared_web: Web, email: str) -> None:
    client = signed_in(shared_web, email)
    begun = begin(client, email, OTHER)
    body = {"handshake": begun.offered["handshake"], "M1": begun.m1, **RENEWED}
    assert client.post(PASSWORD, json=body, headers=guard(client)).status_code == 401
    assert client.get("/api/tenants").status_code == 200
    signed_in(shared_web, email)


def test_the_proof_of_another_person_changes_no_password(shared_web: Web, email: str) -> None:
    other = enrolled(shared_web.context.stores, shared_web.north, next(NAMES), shared_web.clock.now())
    client = signed_in(shared_web, email)
    begun = begin(client, other)
    body = {"handshake": begun.offered["handshake"], "M1": begun.m1, **RENEWED}
    answer = client.post(PASSWORD, json=body, headers=guard(client))
    assert (answer.status_code, answer.get_json()["code"]) == (403, "forbidden")
    signed_in(shared_web, other)


def test_a_key_changes_no_password(shared_web: Web, email: str) -> None:
    client = shared_web.client(shared_web.key(shared_web.north))
    begun = begin(client, email)
    body = {"handshake": begun.offered["handshake"], "M1": begun.m1, **RENEWED}
    assert client.post(PASSWORD, json=body).status_code == 403
