"""Devices made, changed and removed over REST: what is done, what is refused, and that a refusal leaves nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from api.app import create_app
from db import inventory
from db.platform import platform_session
from db.vault import Vault
from fleet.device import Device, TlsMode
from fleet.events import DeviceChangedEvent, decode
from fleet.identity import DeviceId, Role, Scope
from tests.fixtures.database import Database, Tenant
from tests.fixtures.web import Web, guard, home

PASSWORD = "correct horse é"
PIN = "ab" * 32
NEW: dict[str, Any] = {"name": "core-1", "address": "198.51.100.7", "username": "flotilla", "password": PASSWORD}


def send(web: Web, method: str, path: str, body: object = None, tenant: Tenant | None = None) -> TestResponse:
    """Ask as a key that may do everything in north; ``~`` at the beginning of ``path`` is the tenant's own."""
    tenant = tenant or web.north
    more = {} if body is None else {"json": body}
    return web.client(web.key(tenant)).open(path.replace("~", home(tenant)), method=method, **more)


def post(web: Web, **fields: object) -> TestResponse:
    """Add a device like NEW, but for these fields; ``...`` leaves one out."""
    return send(web, "POST", "~/devices", {k: v for k, v in {**NEW, **fields}.items() if v is not ...})


def patch(web: Web, number: int = 0, **fields: object) -> TestResponse:
    return send(web, "PATCH", f"~/devices/{web.north.devices[number].id}", fields)


def stored(web: Web, device_id: str | UUID) -> Device:
    (found,) = inventory.some(web.context.stores, [DeviceId(UUID(str(device_id)))])
    return found


def opened(web: Web, device: Device) -> object:
    (secret,) = web.context.vault.open(device.tenant_id, [device.secret])
    return secret


def letters(database: Database) -> list[DeviceChangedEvent]:
    with psycopg.connect(database.admin_url) as admin:
        events = [decode(data) for (data,) in admin.execute("SELECT event FROM outbox ORDER BY created_at")]
    assert all(isinstance(event, DeviceChangedEvent) for event in events)
    return events  # type: ignore[return-value]


def everything(database: Database) -> tuple[Any, ...]:
    """All rows that a write could leave."""
    with psycopg.connect(database.admin_url) as admin:
        return tuple(
            admin.execute(f"SELECT * FROM {table} ORDER BY 1".encode()).fetchall()
            for table in ("devices", "operations", "outbox")
        )


def refused(answer: TestResponse, status: int, code: str, *names: str) -> dict[str, Any]:
    """Check that a refusal says what is wrong, where, and what to do."""
    problem: dict[str, Any] = answer.get_json()
    assert (answer.status_code, problem["code"]) == (status, code), problem
    assert [fault["name"] for fault in problem["errors"]] == list(names)
    assert all(fault["detail"] and fault["place"] == "body" for fault in problem["errors"])
    assert problem["detail"]
    assert problem["next_step"]
    return problem


def test_a_device_is_made_and_told_where_it_is(web: Web, database: Database) -> None:
    more = {"port": 8730, "tls": "pin", "fingerprint": ":".join(["AB"] * 32), "streams": 2, "interval_seconds": 30}
    answer = post(web, **more)
    assert answer.status_code == 201
    made = answer.get_json()
    assert answer.headers["Location"] == f"{home(web.north)}/devices/{made['id']}"
    assert send(web, "GET", answer.headers["Location"]).get_json() == made
    told = {name: made[name] for name in ("name", "address", *more)}
    assert told == {"name": "core-1", "address": "198.51.100.7", **more, "fingerprint": PIN}
    device = stored(web, made["id"])
    assert (device.tenant_id, device.username, device.endpoint.tls) == (web.north.id, "flotilla", TlsMode.PIN)
    assert opened(web, device) == PASSWORD.encode()


def test_what_is_left_out_is_the_usual(web: Web) -> None:
    made = post(web).get_json()
    told = {name: made[name] for name in ("port", "tls", "fingerprint", "streams", "interval_seconds", "state")}
    assert told == {
        "port": 8729, "tls": "verify", "fingerprint": None, "streams": 8, "interval_seconds": 60.0, "state": "stale",
    }  # fmt: skip
    plain = post(web, name="core-2", address="Core-2.North.example", tls="plain").get_json()
    assert (plain["port"], plain["address"]) == (8728, "core-2.north.example")


def test_what_was_done_is_recorded_and_told_to_the_pollers(web: Web, database: Database) -> None:
    key = web.key(web.north)
    client = web.client(key)
    made = client.post(f"{home(web.north)}/devices", json=NEW, headers={"X-Request-ID": "by-hand-1"}).get_json()
    place = f"{home(web.north)}/devices/{made['id']}"
    web.clock.advance(web.context.settings.interval)
    client.patch(place, json={"name": "core-9", "password": "other"}, headers={"X-Request-ID": "by-hand-2"})
    web.clock.advance(web.context.settings.interval)
    client.delete(place, headers={"X-Request-ID": "by-hand-3"})
    found = send(web, "GET", f"~/operations?device_id={made['id']}").get_json()["items"]
    assert [(one["kind"], one["request_id"], one["detail"]) for one in found] == [
        ("device.deleted", "by-hand-3", {"name": "core-9", "fields": []}),
        ("device.updated", "by-hand-2", {"name": "core-9", "fields": ["name", "password"]}),
        ("device.created", "by-hand-1", {"name": "core-1", "fields": []}),
    ]
    assert {one["by"] for one in found} == {f"key {key[:12]}"}
    assert {one["outcome"] for one in found} == {"done"}
    events = letters(database)
    assert [(str(e.device_id), e.change, e.fields, e.request_id) for e in events] == [
        (made["id"], "created", (), "by-hand-1"),
        (made["id"], "updated", ("name", "password"), "by-hand-2"),
        (made["id"], "deleted", (), "by-hand-3"),
    ]


def test_a_password_is_nowhere_but_in_the_safe(web: Web, database: Database) -> None:
    with capture_logs() as logged:
        answers = [post(web), patch(web, password=PASSWORD), post(web), post(web, name="", address="127.0.0.1")]
    assert [answer.status_code for answer in answers] == [201, 200, 409, 422]
    seen = repr([*(answer.text for answer in answers), logged, everything(database), letters(database)])
    assert PASSWORD not in seen
    assert "correct" not in seen


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({"name": ""}, ["name"]),
        ({"name": "x" * 121}, ["name"]),
        ({"name": "a\x00b"}, ["name"]),
        ({"name": ...}, ["name"]),
        ({"name": None}, ["name"]),
        ({"name": 5}, ["name"]),
        ({"address": ""}, ["address"]),
        ({"address": "core 1"}, ["address"]),
        ({"address": "198.51.100.999"}, ["address"]),
        ({"address": "198.51.100.7:8729"}, ["address"]),
        ({"address": "[2001:db8::1]"}, ["address"]),
        ({"address": "http://198.51.100.7/"}, ["address"]),
        ({"address": "a" * 254}, ["address"]),
        ({"address": ...}, ["address"]),
        ({"port": 0}, ["port"]),
        ({"port": 65536}, ["port"]),
        ({"port": "8729"}, ["port"]),
        ({"port": True}, ["port"]),
        ({"port": 8729.5}, ["port"]),
        ({"tls": "none"}, ["tls"]),
        ({"tls": "PIN"}, ["tls"]),
        ({"tls": "pin"}, ["fingerprint"]),
        ({"tls": "pin", "fingerprint": "abc"}, ["fingerprint"]),
        ({"tls": "pin", "fingerprint": PIN + "00"}, ["fingerprint"]),
        ({"fingerprint": PIN}, ["fingerprint"]),
        ({"tls": "plain", "fingerprint": PIN}, ["fingerprint"]),
        ({"streams": 0}, ["streams"]),
        ({"streams": 65}, ["streams"]),
        ({"interval_seconds": 0.5}, ["interval_seconds"]),
        ({"interval_seconds": -60}, ["interval_seconds"]),
        ({"interval_seconds": 86401}, ["interval_seconds"]),
        ({"interval_seconds": "60s"}, ["interval_seconds"]),
        ({"username": ""}, ["username"]),
        ({"username": "x" * 256}, ["username"]),
        ({"username": ...}, ["username"]),
        ({"password": ""}, ["password"]),
        ({"password": "x" * 1001}, ["password"]),
        ({"password": ...}, ["password"]),
        ({"password": 12345678}, ["password"]),
        ({"pasword": "x"}, ["pasword"]),
        ({"secret": "vault:v1:x"}, ["secret"]),
        ({"tenant_id": "x"}, ["tenant_id"]),
        ({"name": "", "port": 0, "username": ""}, ["name", "port", "username"]),
        ({"username": ..., "password": ...}, ["username", "password"]),
        ({"profile": ""}, ["profile"]),
        ({"profile": "edge"}, ["username", "password"]),
        ({"profile": "edge", "password": ...}, ["username"]),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_device_that_cannot_be_is_too_largefield_by_field(
    shared_web: Web, shared_database: Database, fields: dict[str, object], names: list[str]
) -> None:
    before = everything(shared_database)
    answer = post(shared_web, **fields)
    refused(answer, 422, "bad_input", *names)
    assert PASSWORD not in answer.text
    assert everything(shared_database) == before


@pytest.mark.parametrize(
    ("body", "media", "status", "code"),
    [
        (b"{", "application/json", 422, "bad_input"),
        (b"", "application/json", 422, "bad_input"),
        (b"[]", "application/json", 422, "bad_input"),
        (b"null", "application/json", 422, "bad_input"),
        (b'"x"', "application/json", 422, "bad_input"),
        (b'{"name": "\\ud800"}', "application/json", 422, "bad_input"),
        (b'{"name": "\xff"}', "application/json", 422, "bad_input"),
        (b'{"interval_seconds": NaN}', "application/json", 422, "bad_input"),
        (b"name=core-1", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        (b"{}", "", 415, "unsupported_media_type"),
        (b'{"name": "' + b"x" * 1_000_000 + b'"}', "application/json", 413, "request_entity_too_large"),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_what_is_no_such_document_is_refused(
    shared_web: Web, method: str, body: bytes, media: str, status: int, code: str
) -> None:
    path = f"{home(shared_web.north)}/devices"
    path += f"/{shared_web.north.devices[0].id}" if method == "PATCH" else ""
    answer = shared_web.client(shared_web.key(shared_web.north)).open(
        path, method=method, data=body, content_type=media
    )
    problem = answer.get_json()
    assert (answer.status_code, problem["code"]) == (status, code), problem
    assert answer.content_type == "application/problem+json"
    assert problem["next_step"]


def test_a_body_in_chunks_is_read_whole(web: Web, web_url: str) -> None:
    me = {"Authorization": f"Bearer {web.key(web.north)}", "Content-Type": "application/json"}
    place = f"{web_url}{home(web.north)}/devices"
    whole = json.dumps(NEW).encode()
    made = httpx.post(place, content=iter([whole[:20], whole[20:]]), headers=me, timeout=60)
    assert (made.status_code, made.json()["name"]) == (201, "core-1")
    large = (b'"' + b"x" * 100_000 for _ in range(11))
    too_large = httpx.post(place, content=large, headers=me, timeout=60)
    assert (too_large.status_code, too_large.json()["code"]) == (413, "request_entity_too_large")


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "127.64.0.9", "::1", "169.254.169.254", "0.0.0.0", "::ffff:127.0.0.1"]
)
def test_an_address_that_nobody_may_reach_is_refused(shared_web: Web, address: str) -> None:
    refused(post(shared_web, address=address), 422, "egress_denied")


def test_an_address_outside_the_tenants_networks_is_refused(web: Web) -> None:
    with platform_session(web.context.stores, "test") as session:
        inventory.allow(session, web.north.id, ["198.51.100.0/24"])
        inventory.allow(session, web.south.id, ["203.0.113.0/24"])
    refused(post(web, address="203.0.113.9"), 422, "egress_denied")
    refused(patch(web, address="203.0.113.9"), 422, "egress_denied")
    assert patch(web, name="old-place").status_code == 200
    assert post(web).status_code == 201
    assert post(web, name="core-2", address="core-2.example").status_code == 201


@pytest.mark.parametrize(
    "fields",
    [{"name": "router-001"}, {"address": "192.0.2.2", "port": 8728}, {"address": "192.0.2.2", "tls": "plain"}],
)
def test_a_second_device_of_the_same_kind_is_a_conflict(
    shared_web: Web, shared_database: Database, fields: dict[str, object]
) -> None:
    before = everything(shared_database)
    refused(post(shared_web, **fields), 409, "conflict")
    assert everything(shared_database) == before


def test_another_tenant_may_have_one_of_the_same_name_and_place(web: Web) -> None:
    assert post(web).status_code == 201
    assert send(web, "POST", "~/devices", NEW, web.south).status_code == 201
    assert post(web).status_code == 409


def test_without_openbao_nothing_is_written(web: Web, database: Database) -> None:
    context = replace(web.context, vault=Vault("http://127.0.0.1:9", "role", "secret"))
    alone = replace(web, app=create_app(context), context=context)
    before = everything(database)
    refused(post(alone), 503, "unavailable")
    refused(patch(alone, name="core", password="x"), 503, "unavailable")
    assert everything(database) == before
    assert patch(alone, name="core").status_code == 200


def test_a_device_is_changed_field_by_field(web: Web) -> None:
    before = stored(web, web.north.devices[0].id)
    answer = patch(web, port=8730, tls="pin", fingerprint=PIN.upper(), interval_seconds=5, username="other")
    assert answer.status_code == 200
    told = answer.get_json()
    assert (told["port"], told["tls"], told["fingerprint"], told["interval_seconds"]) == (8730, "pin", PIN, 5.0)
    after = stored(web, before.id)
    assert (after.username, after.secret, after.name) == ("other", before.secret, before.name)
    assert send(web, "GET", f"~/devices/{before.id}").get_json() == told


def test_a_password_is_changed(web: Web) -> None:
    assert patch(web, password=PASSWORD).status_code == 200
    assert opened(web, stored(web, web.north.devices[0].id)) == PASSWORD.encode()


def test_what_is_as_it_was_is_no_change(web: Web, database: Database) -> None:
    before = everything(database)
    same = {"name": "router-000", "address": "192.0.2.1", "tls": "plain", "streams": 8, "interval_seconds": 60}
    for fields in ({}, {"name": None, "password": None}, same):
        assert patch(web, **fields).status_code == 200
    assert everything(database) == before


def test_a_pin_goes_with_its_mode(web: Web) -> None:
    assert patch(web, tls="pin", fingerprint=PIN).status_code == 200
    assert patch(web, address="192.0.2.99").get_json()["fingerprint"] == PIN
    assert patch(web, tls="verify").get_json()["fingerprint"] is None
    refused(patch(web, tls="pin"), 422, "bad_input", "fingerprint")


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({"name": ""}, ["name"]),
        ({"address": "core 1"}, ["address"]),
        ({"port": 0}, ["port"]),
        ({"tls": "pin"}, ["fingerprint"]),
        ({"fingerprint": PIN}, ["fingerprint"]),
        ({"fingerprint": "abc"}, ["fingerprint"]),
        ({"streams": 65}, ["streams"]),
        ({"interval_seconds": 0}, ["interval_seconds"]),
        ({"username": ""}, ["username"]),
        ({"password": ""}, ["password"]),
        ({"id": "x", "partition": 0}, ["id", "partition"]),
    ],
    ids=str,
)
def test_a_change_that_cannot_be_is_too_largefield_by_field(
    shared_web: Web, shared_database: Database, fields: dict[str, object], names: list[str]
) -> None:
    before = everything(shared_database)
    refused(patch(shared_web, **fields), 422, "bad_input", *names)
    assert everything(shared_database) == before


def test_a_change_may_conflict(shared_web: Web, shared_database: Database) -> None:
    before = everything(shared_database)
    refused(patch(shared_web, name="router-001"), 409, "conflict")
    refused(patch(shared_web, address="192.0.2.2"), 409, "conflict")
    assert everything(shared_database) == before


def test_a_device_is_removed_once(web: Web) -> None:
    place = f"~/devices/{web.north.devices[0].id}"
    answer = send(web, "DELETE", place)
    assert (answer.status_code, answer.data) == (204, b"")
    for method in ("GET", "DELETE"):
        refused(send(web, method, place), 404, "not_found")
    refused(patch(web, name="gone"), 404, "not_found")
    assert len(send(web, "GET", "~/devices").get_json()["items"]) == 2


def test_another_tenants_device_is_not_there(shared_web: Web, shared_database: Database) -> None:
    before = everything(shared_database)
    foreign = f"~/devices/{shared_web.south.devices[0].id}"
    refused(send(shared_web, "PATCH", foreign, {"name": "stolen", "password": "x"}), 404, "not_found")
    refused(send(shared_web, "DELETE", foreign), 404, "not_found")
    theirs = f"{home(shared_web.south)}/devices"
    for method, path in (("POST", theirs), ("PATCH", f"{theirs}/{shared_web.south.devices[0].id}")):
        refused(send(shared_web, method, path, NEW), 404, "not_found")
    assert everything(shared_database) == before


def test_who_only_reads_writes_nothing(shared_web: Web, shared_database: Database) -> None:
    place = f"{home(shared_web.north)}/devices/{shared_web.north.devices[0].id}"
    viewer = shared_web.browser(shared_web.north, Role.VIEWER)
    reader = shared_web.client(shared_web.key(shared_web.north, Scope.DEVICES_READ, Scope.METRICS_READ))
    before = everything(shared_database)
    for client, headers in ((viewer, guard(viewer)), (reader, {})):
        for answer in (
            client.post(f"{home(shared_web.north)}/devices", json=NEW, headers=headers),
            client.patch(place, json={"name": "x"}, headers=headers),
            client.delete(place, headers=headers),
        ):
            assert "devices:write" in refused(answer, 403, "forbidden")["detail"]
    assert everything(shared_database) == before


@pytest.mark.parametrize("role", [Role.TENANT_ADMIN, Role.OPERATOR])
def test_a_person_writes_from_our_own_page(web: Web, role: Role) -> None:
    browser = web.browser(web.north, role)
    made = browser.post(f"{home(web.north)}/devices", json=NEW, headers=guard(browser))
    assert made.status_code == 201
    assert browser.patch(made.headers["Location"], json={"name": "x"}, headers=guard(browser)).status_code == 200
    assert browser.delete(made.headers["Location"], headers=guard(browser)).status_code == 204
    done = browser.get(f"{home(web.north)}/operations").get_json()["items"]
    (by,) = {one["by"] for one in done if one["kind"].startswith("device.")}
    assert by.endswith("@north.example")
