"""Credential profiles over REST: made, used by devices, changed in one place, and told by nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from api.app import create_app
from db import inventory
from db.vault import Vault
from fleet.device import Device
from fleet.events import DeviceChangedEvent, decode
from fleet.identity import DeviceId, Role, Scope
from tests.fixtures.database import Database, Tenant
from tests.fixtures.web import Web, guard, home

PASSWORD = "correct horse é"
NEW = {"name": "edge", "username": "watcher", "password": PASSWORD}


def send(web: Web, method: str, path: str, body: object = None, tenant: Tenant | None = None) -> TestResponse:
    """Ask as a key that may do everything; ``~`` at the beginning of ``path`` is the tenant's own."""
    tenant = tenant or web.north
    more = {} if body is None else {"json": body}
    return web.client(web.key(tenant)).open(path.replace("~", home(tenant)), method=method, **more)


def make(web: Web, tenant: Tenant | None = None, **fields: object) -> dict[str, Any]:
    answer = send(web, "POST", "~/profiles", {**NEW, **fields}, tenant)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def use(web: Web, profile: str, *numbers: int) -> None:
    """Let devices of north log in with a profile."""
    for number in numbers or (0,):
        answer = send(web, "PATCH", f"~/devices/{web.north.devices[number].id}", {"profile": profile})
        assert answer.status_code == 200, answer.text


def polled(web: Web, number: int = 0) -> Device:
    (found,) = inventory.some(web.context.stores, [web.north.devices[number].id])
    return found


def opened(web: Web, device: Device) -> object:
    (secret,) = web.context.vault.open(device.tenant_id, [device.secret])
    return secret


def letters(database: Database) -> list[DeviceChangedEvent]:
    with psycopg.connect(database.admin_url) as admin:
        events = [decode(data) for (data,) in admin.execute("SELECT event FROM outbox ORDER BY created_at, subject")]
    return [event for event in events if isinstance(event, DeviceChangedEvent)]


def everything(database: Database) -> str:
    """All rows that a write could leave."""
    tables = ("credential_profiles", "devices", "operations", "outbox")
    with psycopg.connect(database.admin_url) as admin:
        return repr([admin.execute(f"SELECT * FROM {t} ORDER BY 1".encode()).fetchall() for t in tables])


def code(answer: TestResponse) -> tuple[int, str]:
    problem = answer.get_json()
    assert problem["next_step"]
    return answer.status_code, problem["code"]


def test_a_profile_is_made_listed_changed_and_removed(web: Web) -> None:
    made = make(web)
    place = f"~/profiles/{made['id']}"
    assert {name: made[name] for name in ("name", "username", "devices")} == {
        "name": "edge", "username": "watcher", "devices": 0,
    }  # fmt: skip
    assert "password" not in made
    assert send(web, "GET", place).get_json() == made
    web.clock.advance(web.context.settings.interval)
    changed = send(web, "PATCH", place, {"name": "core"}).get_json()
    assert changed == {**made, "name": "core"}
    sealed = send(web, "PATCH", place, {"password": "other"}).get_json()
    assert sealed["sealed_at"] > made["sealed_at"]
    assert send(web, "GET", "~/profiles").get_json() == {"items": [sealed], "next": None}
    assert send(web, "DELETE", place).status_code == 204
    for method in ("GET", "DELETE"):
        assert code(send(web, method, place)) == (404, "not_found")
    found = send(web, "GET", "~/operations").get_json()["items"]
    told = {(one["kind"], tuple(one["detail"]["fields"])) for one in found}
    assert told == {
        ("profile.created", ()), ("profile.updated", ("name",)), ("profile.updated", ("password",)),
        ("profile.deleted", ()),
    }  # fmt: skip


def test_profiles_page_by_name(web: Web) -> None:
    for name in ("edge", "access", "core"):
        make(web, name=name)
    first = send(web, "GET", "~/profiles?limit=2").get_json()
    rest = send(web, "GET", f"~/profiles?limit=2&after={first['next']}").get_json()
    assert [one["name"] for one in first["items"] + rest["items"]] == ["access", "core", "edge"]
    assert rest["next"] is None


def test_a_device_is_made_with_a_profile(web: Web) -> None:
    profile = make(web)
    for number, which in enumerate((profile["name"], profile["id"])):
        body = {"name": f"core-{number}", "address": f"198.51.100.{number}", "profile": which}
        made = send(web, "POST", "~/devices", body).get_json()
        assert (made["profile"], made["profile_id"]) == ("edge", profile["id"])
        (device,) = inventory.some(web.context.stores, [DeviceId(UUID(made["id"]))])
        assert (device.username, opened(web, device)) == ("watcher", PASSWORD.encode())
    assert send(web, "GET", f"~/profiles/{profile['id']}").get_json()["devices"] == 2


def test_a_device_goes_to_a_profile_and_back_to_its_own_login(web: Web) -> None:
    make(web)
    use(web, "edge")
    assert (polled(web).username, opened(web, polled(web))) == ("watcher", PASSWORD.encode())
    place = f"~/devices/{web.north.devices[0].id}"
    assert code(send(web, "PATCH", place, {"password": "own"})) == (422, "bad_input")
    assert code(send(web, "PATCH", place, {"username": "own"})) == (422, "bad_input")
    assert code(send(web, "PATCH", place, {"username": "own", "profile": "edge"})) == (422, "bad_input")
    assert code(send(web, "PATCH", place, {"profile": "egde"})) == (422, "bad_input")
    assert polled(web).username == "watcher"
    web.clock.advance(web.context.settings.interval)
    told = send(web, "PATCH", place, {"username": "own", "password": "mine"}).get_json()
    assert (told["profile"], told["profile_id"]) == (None, None)
    assert (polled(web).username, opened(web, polled(web))) == ("own", b"mine")
    last = send(web, "GET", "~/operations?limit=1").get_json()["items"][0]["detail"]["fields"]
    assert sorted(last) == ["password", "profile", "username"]


def test_what_changes_of_a_login_is_told_to_the_poller_of_each_device(web: Web, database: Database) -> None:
    profile = make(web)
    use(web, "edge", 0, 2)
    web.clock.advance(web.context.settings.interval)
    before = len(letters(database))
    place = f"~/profiles/{profile['id']}"
    for body in ({"name": "core"}, {"username": "watcher"}, {}):
        assert send(web, "PATCH", place, body).status_code == 200
    assert len(letters(database)) == before
    web.clock.advance(web.context.settings.interval)
    assert send(web, "PATCH", place, {"password": "new"}).status_code == 200
    news = letters(database)[before:]
    theirs = {web.north.devices[n].id for n in (0, 2)}
    assert {(one.device_id, one.change, one.fields) for one in news} == {(d, "updated", ("profile",)) for d in theirs}
    assert [opened(web, polled(web, n)) for n in (0, 2)] == [b"new"] * 2
    (done,) = send(web, "GET", "~/operations?kind=profile.updated&limit=1").get_json()["items"]
    assert (done["detail"]["devices"], done["detail"]["fields"]) == (2, ["password"])


def test_a_profile_in_use_is_not_removed(web: Web) -> None:
    profile = make(web)
    use(web, "edge", 0, 1)
    answer = send(web, "DELETE", f"~/profiles/{profile['id']}")
    assert code(answer) == (409, "conflict")
    assert "2 devices" in answer.get_json()["detail"]
    assert send(web, "DELETE", f"~/devices/{web.north.devices[0].id}").status_code == 204
    assert "1 device " in send(web, "DELETE", f"~/profiles/{profile['id']}").get_json()["detail"]
    assert polled(web, 1).username == "watcher"


def test_a_password_is_nowhere_but_in_the_safe(web: Web, database: Database) -> None:
    with capture_logs() as logged:
        profile = make(web)
        use(web, "edge")
        answers = [
            send(web, "PATCH", f"~/profiles/{profile['id']}", {"password": PASSWORD}),
            send(web, "POST", "~/profiles", NEW),
            send(web, "POST", "~/profiles", {**NEW, "name": ""}),
            send(web, "GET", "~/profiles"),
            send(web, "GET", "~/operations"),
            send(web, "DELETE", f"~/profiles/{profile['id']}"),
        ]
    assert [answer.status_code for answer in answers] == [200, 409, 422, 200, 200, 409]
    told = repr([profile, *(answer.text for answer in answers), logged, letters(database)])
    assert "correct" not in told + everything(database)
    assert polled(web).secret not in told


def test_without_openbao_nothing_is_written(web: Web, database: Database) -> None:
    profile = make(web)
    context = replace(web.context, vault=Vault("http://127.0.0.1:9", "role", "secret"))
    alone = replace(web, app=create_app(context), context=context)
    before = everything(database)
    assert code(send(alone, "POST", "~/profiles", {**NEW, "name": "core"})) == (503, "unavailable")
    patched = send(alone, "PATCH", f"~/profiles/{profile['id']}", {"name": "core", "password": "x"})
    assert code(patched) == (503, "unavailable")
    assert everything(database) == before


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"name": ""}, 422),
        ({"name": "x" * 121}, 422),
        ({"name": "a\x00b"}, 422),
        ({"name": "taken"}, 409),
        ({"username": ""}, 422),
        ({"username": 5}, 422),
        ({"password": ""}, 422),
        ({"password": "x" * 1001}, 422),
        ({"password": None}, 422),
        ({"secret": "vault:v1:x"}, 422),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_is_refused(web: Web, database: Database, fields: dict[str, object], status: int) -> None:
    make(web, name="taken")
    before = everything(database)
    answer = send(web, "POST", "~/profiles", {**NEW, **fields})
    assert (answer.status_code, bool(answer.get_json()["next_step"])) == (status, True)
    assert PASSWORD not in answer.text
    assert everything(database) == before


def test_another_tenants_profile_is_not_there(web: Web, database: Database) -> None:
    mine, theirs = make(web), make(web, web.south, name="theirs")
    before = everything(database)
    for which in (theirs["id"], "theirs"):
        told = send(web, "PATCH", f"~/devices/{web.north.devices[0].id}", {"profile": which})
        nobody = send(web, "PATCH", f"~/devices/{web.north.devices[0].id}", {"profile": str(uuid4())})
        assert code(told) == code(nobody) == (422, "bad_input")
        assert told.get_json()["next_step"] == nobody.get_json()["next_step"] == "Choose one of: edge."
    body = {"name": "core", "address": "198.51.100.1", "profile": theirs["id"]}
    assert code(send(web, "POST", "~/devices", body)) == (422, "bad_input")
    for method in ("GET", "PATCH", "DELETE"):
        answer = send(web, method, f"~/profiles/{theirs['id']}", None if method != "PATCH" else {"password": "x"})
        assert code(answer) == (404, "not_found")
    assert everything(database) == before
    assert [one["id"] for one in send(web, "GET", "~/profiles").get_json()["items"]] == [mine["id"]]


def test_who_only_reads_writes_nothing(web: Web, database: Database) -> None:
    profile = make(web)
    place = f"{home(web.north)}/profiles/{profile['id']}"
    viewer = web.browser(web.north, Role.VIEWER)
    reader = web.client(web.key(web.north, Scope.DEVICES_READ))
    before = everything(database)
    for client, headers in ((viewer, guard(viewer)), (reader, {})):
        assert client.get(place).status_code == 200
        assert client.patch(place, json={"name": "x"}, headers=headers).status_code == 403
        assert client.delete(place, headers=headers).status_code == 403
        assert client.post(f"{home(web.north)}/profiles", json=NEW, headers=headers).status_code == 403
    assert everything(database) == before
