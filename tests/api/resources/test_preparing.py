"""The script that prepares routers over REST: its login is a new profile, and stands nowhere else."""

from __future__ import annotations

import re
from dataclasses import replace

import psycopg
import pytest
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from api.app import create_app
from db import inventory
from db.vault import Vault
from fleet.identity import Scope
from fleet.settings import Settings
from tests.fixtures.database import Database
from tests.fixtures.web import Web, home


def prepare(web: Web, **body: object) -> TestResponse:
    place = f"{home(web.north)}/prepare"
    return web.client(web.key(web.north)).post(place, json={"profile": "edge", "username": "watch", **body})


def password(answer: TestResponse) -> str:
    (found,) = set(re.findall(r'password="(\w+)"', answer.text))
    return str(found)


def rows(database: Database) -> str:
    with psycopg.connect(database.admin_url) as admin:
        tables = ("credential_profiles", "operations", "outbox")
        return repr([admin.execute(f"SELECT * FROM {table}".encode()).fetchall() for table in tables])


def test_the_login_of_the_script_is_a_profile_that_devices_use(web: Web, database: Database) -> None:
    with capture_logs() as logged:
        answer = prepare(web)
    assert (answer.status_code, answer.mimetype) == (200, "text/plain")
    assert "flotilla.rsc" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"
    device = web.north.devices[0]
    changed = web.client(web.key(web.north)).patch(f"{home(web.north)}/devices/{device.id}", json={"profile": "edge"})
    assert changed.status_code == 200
    (polled,) = inventory.some(web.context.stores, [device.id])
    (opened,) = web.context.vault.open(web.north.id, [polled.secret])
    assert (polled.username, opened) == ("watch", password(answer).encode())
    assert password(answer) not in rows(database) + repr(logged) + changed.text
    (made,) = web.get("~/operations?kind=profile.created", web.north).get_json()["items"]
    assert made["detail"]["name"] == "edge"


def test_it_may_be_used_from_where_the_pollers_are(web: Web) -> None:
    assert "address=" not in prepare(web).text.replace("available", "")
    told = prepare(web, profile="b", sources=["198.51.100.7", "2001:db8::/64"]).text
    assert 'address="198.51.100.7/32,2001:db8::/64"' in told
    settings = Settings(poller_sources=("203.0.113.0/24",))
    context = replace(web.context, settings=settings)
    set_so = replace(web, app=create_app(context), context=context)
    assert 'address="203.0.113.0/24"' in prepare(set_so, profile="c").text
    assert "203.0.113" not in prepare(set_so, profile="d", sources=[]).text


@pytest.mark.parametrize(
    "body",
    [
        {"sources": ["nowhere"]},
        {"sources": ["10.0.0.1/8"]},
        {"sources": ['10.0.0.0/8" ; /system reboot ; "']},
        {"sources": "10.0.0.0/8"},
        {"profile": ""},
        {"username": ""},
        {"password": "mine"},
    ],
    ids=str,
)
def test_what_cannot_be_makes_nothing(web: Web, database: Database, body: dict[str, object]) -> None:
    before = rows(database)
    answer = prepare(web, **body)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "bad_input")
    assert rows(database) == before


def test_a_name_that_is_taken_is_refused(web: Web) -> None:
    assert [prepare(web).status_code, prepare(web).status_code] == [200, 409]


def test_sent_again_it_makes_no_second_login_and_shows_none(web: Web, database: Database) -> None:
    client, place = web.client(web.key(web.north)), f"{home(web.north)}/prepare"
    first, again = (
        client.post(place, json={"profile": "edge"}, headers={"Idempotency-Key": "edge"}) for _ in range(2)
    )
    assert (first.status_code, again.status_code, again.get_json()["code"]) == (200, 409, "shown_once")
    with psycopg.connect(database.admin_url) as admin:
        kept = admin.execute("SELECT * FROM kept_answers").fetchall()
    assert password(first) not in repr(kept)
    assert len(kept) == 1


def test_without_openbao_nothing_is_written(web: Web, database: Database) -> None:
    context = replace(web.context, vault=Vault("http://127.0.0.1:9", "role", "secret"))
    before = rows(database)
    assert prepare(replace(web, app=create_app(context), context=context)).status_code == 503
    assert rows(database) == before


def test_who_only_reads_prepares_nothing(web: Web) -> None:
    reader = web.client(web.key(web.north, Scope.DEVICES_READ))
    assert reader.post(f"{home(web.north)}/prepare", json={"profile": "edge"}).status_code == 403
