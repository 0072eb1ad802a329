"""A write with an Idempotency-Key is done once, however often it comes."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from api.app import create_app
from api.resources import sites
from api.tokens import Tokens
from db import repeats
from db.repeats import Underway
from db.requesttables import answers
from db.tenancy import tenant_session
from tests.fixtures.web import Web, home

KEY = "Idempotency-Key"


@pytest.fixture
def client(shared_web: Web) -> FlaskClient:
    return shared_web.client(shared_web.key(shared_web.north))


def path(web: Web) -> str:
    return f"{home(web.north)}/sites"


def named(client: FlaskClient, web: Web, name: str) -> int:
    found = client.get(path(web), query_string={"limit": 500}).get_json()["items"]
    return len([site for site in found if site["name"] == name])


def fresh() -> tuple[str, dict[str, str]]:
    """A name that nobody has, and the header of a key."""
    name = f"site {uuid4()}"
    return name, {KEY: f"make-{name[5:]}"}


def test_the_second_is_answered_as_the_first_and_done_no_more(shared_web: Web, client: FlaskClient) -> None:
    name, key = fresh()
    first, second = (client.post(path(shared_web), json={"name": name}, headers=key) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.data == second.data
    for header in ("Location", "ETag", "Content-Type"):
        assert first.headers[header] == second.headers[header]
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert named(client, shared_web, name) == 1


def test_what_is_kept_of_a_request_tells_nobody_without_the_key_what_it_was(
    shared_web: Web, client: FlaskClient
) -> None:
    name, key = fresh()
    body = json.dumps({"name": name}).encode()
    place = path(shared_web)
    headers = {**key, "Content-Type": "application/json"}
    assert client.post(place, data=body, headers=headers).status_code == 201
    with tenant_session(shared_web.context.stores, shared_web.north.principal) as session:
        kept = session.scalars(select(answers.c.fingerprint).where(answers.c.key == key[KEY])).one()
    parts = (b"POST", f"{place}?".encode(), b"application/json", body)
    assert bytes(kept) == shared_web.context.tokens.likeness(*parts)
    assert bytes(kept) != Tokens("another key").likeness(*parts)
    assert bytes(kept) != sha256(b"".join(sha256(part).digest() for part in parts)).digest()


def test_an_answer_without_a_body_is_repeated_too(shared_web: Web, client: FlaskClient) -> None:
    name, key = fresh()
    site = client.post(path(shared_web), json={"name": name}).headers["Location"]
    assert [client.delete(site, headers=key).status_code for _ in range(3)] == [204, 204, 204]
    assert client.delete(site).status_code == 404


@pytest.mark.parametrize("what", ["body", "path", "method"])
def test_the_same_key_with_another_request_is_refused(shared_web: Web, client: FlaskClient, what: str) -> None:
    name, key = fresh()
    site = client.post(path(shared_web), json={"name": name}, headers=key).headers["Location"]
    others: dict[str, Callable[[], int]] = {
        "body": lambda: client.post(path(shared_web), json={"name": f"{name} 2"}, headers=key).status_code,
        "path": lambda: client.patch(site, json={"name": name}, headers=key).status_code,
        "method": lambda: client.delete(site, headers=key).status_code,
    }
    assert others[what]() == 422
    assert client.get(site).get_json()["name"] == name


def test_a_refusal_is_not_kept(shared_web: Web, client: FlaskClient) -> None:
    name, key = fresh()
    site = client.post(path(shared_web), json={"name": name}).headers["Location"]
    assert client.post(path(shared_web), json={"name": name}, headers=key).status_code == 409
    client.delete(site)
    assert client.post(path(shared_web), json={"name": name}, headers=key).status_code == 201


def test_a_key_is_its_principals_own(shared_web: Web, client: FlaskClient) -> None:
    name, key = fresh()
    other = shared_web.client(shared_web.key(shared_web.north))
    assert client.post(path(shared_web), json={"name": name}, headers=key).status_code == 201
    assert other.post(path(shared_web), json={"name": name}, headers=key).status_code == 409
    south = shared_web.client(shared_web.key(shared_web.south))
    answer = south.post(f"{home(shared_web.south)}/sites", json={"name": name}, headers=key)
    assert (answer.status_code, "Idempotency-Replayed" in answer.headers) == (201, False)


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "two words"])
def test_what_is_no_key_is_refused(shared_web: Web, client: FlaskClient, key: str) -> None:
    answer = client.post(path(shared_web), json={"name": f"site {uuid4()}"}, headers={KEY: key})
    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["name"] == KEY


def test_after_a_day_a_key_is_new(web: Web) -> None:
    client = web.client(web.key(web.north))
    name, key = fresh()
    site = client.post(path(web), json={"name": name}, headers=key).headers["Location"]
    web.clock.advance(repeats.KEPT)
    assert client.post(path(web), json={"name": name}, headers=key).status_code == 409
    client.delete(site)
    assert client.post(path(web), json={"name": name}, headers=key).headers["Location"] != site


def test_of_many_at_once_one_does_it(shared_web: Web) -> None:
    key = shared_web.key(shared_web.north)
    name, header = fresh()
    with ThreadPoolExecutor(6) as pool:
        answers = [*pool.map(lambda _: _post(shared_web, key, name, header), range(6))]
    assert {answer[0] for answer in answers} == {201}
    assert len({answer[1] for answer in answers}) == 1


def _post(web: Web, key: str, name: str, header: dict[str, str]) -> tuple[int, bytes]:
    """Post, again where the one before is still at work after the server's patience."""
    while True:
        answer = web.client(key).post(path(web), json={"name": name}, headers=header)
        if answer.status_code != 409 or answer.get_json()["code"] != Underway.code:
            return answer.status_code, answer.data


def test_a_secret_that_is_shown_once_is_not_kept(shared_web: Web) -> None:
    create = next(route for route in sites.resource.routes if route.method == "POST")
    secret = replace(sites.resource, routes=(replace(create, once=True),))
    name, header = fresh()
    client = create_app(shared_web.context, [secret]).test_client()
    shown = {"Authorization": f"Bearer {shared_web.key(shared_web.north)}", **header}
    assert client.post(path(shared_web), json={"name": name}, headers=shown).status_code == 201
    again = client.post(path(shared_web), json={"name": name}, headers=shown)
    assert (again.status_code, again.get_json()["code"]) == (409, "shown_once")
    with tenant_session(shared_web.context.stores, shared_web.north.principal) as session:
        kept = session.execute(select(answers.c.status, answers.c.body).where(answers.c.key == header[KEY])).one()
    assert tuple(kept) == (201, None)
