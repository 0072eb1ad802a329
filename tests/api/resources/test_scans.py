"""Searches over REST: begun within bounds, watched, cancelled, and nobody else's."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from werkzeug.test import TestResponse

from db import inventory, scans
from db.platform import platform_session
from fleet.identity import Scope
from fleet.scanning import PORTS, Found, Progress, Service
from tests.fixtures.database import Database, Tenant
from tests.fixtures.web import NOW, Web, home


def send(web: Web, method: str, path: str, body: object = None, tenant: Tenant | None = None) -> TestResponse:
    """Ask as a key that may do everything; ``~`` at the beginning of ``path`` is the tenant's own."""
    tenant = tenant or web.north
    more = {} if body is None else {"json": body}
    return web.client(web.key(tenant)).open(path.replace("~", home(tenant)), method=method, **more)


def begin(web: Web, network: str = "10.20.0.0/24", tenant: Tenant | None = None, **more: object) -> TestResponse:
    return send(web, "POST", "~/scans", {"network": network, **more}, tenant)


def rows(database: Database) -> list[Any]:
    with psycopg.connect(database.admin_url) as admin:
        return admin.execute("SELECT * FROM scans ORDER BY id").fetchall()


def test_a_search_is_begun_watched_and_cancelled(web: Web) -> None:
    answer = begin(web)
    assert answer.status_code == 202
    made = answer.get_json()
    assert answer.headers["Location"] == f"{home(web.north)}/scans/{made['id']}"
    assert {name: made[name] for name in ("network", "ports", "state", "total", "tried", "answered", "error")} == {
        "network": "10.20.0.0/24", "ports": {str(s): p for s, p in PORTS.items()}, "state": "waiting",
        "total": 254, "tried": 0, "answered": 0, "error": None,
    }  # fmt: skip
    place = f"~/scans/{made['id']}"
    assert send(web, "GET", place).get_json() == {**made, "found": [], "next": None}
    assert send(web, "GET", "~/scans").get_json() == {"items": [made], "next": None}
    assert [send(web, "DELETE", place).status_code for _ in range(2)] == [204, 204]
    ended = send(web, "GET", place).get_json()
    assert (ended["state"], ended["ended_at"]) == ("cancelled", NOW.isoformat().replace("+00:00", "Z"))
    kinds = [one["kind"] for one in send(web, "GET", "~/operations").get_json()["items"]]
    assert sorted(kinds) == ["scan.cancelled", "scan.started"]


def test_what_was_found_is_told_a_page_at_a_time(web: Web) -> None:
    made = begin(web, "192.0.2.0/28").get_json()
    routers = [Found(f"192.0.2.{n}", {Service.API_SSL: 8729}, "ab" * 32, speaks=True) for n in (1, 10, 11)]
    with platform_session(web.context.stores, "test") as session:
        held = scans.claim(session, UUID(made["id"]))
        assert held is not None
        scans.store(session, held, 14, routers)
        scans.end(session, held, Progress.DONE, NOW)
    first = send(web, "GET", f"~/scans/{made['id']}?limit=2").get_json()
    rest = send(web, "GET", f"~/scans/{made['id']}?limit=2&after={first['next']}").get_json()
    assert (first["state"], first["answered"], rest["next"]) == ("done", 3, None)
    assert first["found"][0] == {
        "address": "192.0.2.1", "ports": {"api-ssl": 8729}, "fingerprint": "ab" * 32, "speaks": True,
        "device_id": str(web.north.devices[0].id),
    }  # fmt: skip
    assert [(one["address"], one["device_id"]) for one in rest["found"]] == [("192.0.2.11", None)]


def test_a_tenant_searches_one_network_at_a_time(web: Web) -> None:
    assert begin(web).status_code == 202
    refused = begin(web, "10.30.0.0/24")
    assert (refused.status_code, refused.get_json()["code"]) == (409, "conflict")
    assert begin(web, tenant=web.south).status_code == 202


@pytest.mark.parametrize(
    "network",
    [
        *("127.0.0.0/24", "127.64.0.0/24", "127.0.0.1", "169.254.169.254", "169.254.0.0/24", "0.0.0.0/24", "::1"),
        *("fe80::/120", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "100.100.100.200", "8.8.8.0/24", "224.0.0.0/24"),
    ],
)
def test_what_nobody_may_reach_is_not_searched(web: Web, database: Database, network: str) -> None:
    refused = begin(web, network)
    assert (refused.status_code, refused.get_json()["code"]) == (422, "egress_denied")
    assert refused.get_json()["next_step"]
    assert rows(database) == []


def test_a_tenant_with_networks_searches_those_alone(web: Web) -> None:
    with platform_session(web.context.stores, "test") as session:
        inventory.allow(session, web.north.id, ["198.51.100.0/24"])
        inventory.allow(session, web.south.id, ["203.0.113.0/24"])
    for network in ("203.0.113.0/24", "10.20.0.0/24", "198.51.100.0/23", "127.0.0.1"):
        assert begin(web, network).get_json()["code"] == "egress_denied"
    assert begin(web, "198.51.100.0/25").status_code == 202


@pytest.mark.parametrize(
    "body",
    [
        {"network": "10.0.0.0/19"},
        {"network": "10.0.0.1/24"},
        {"network": "core"},
        {"network": 5},
        {"ports": {}},
        {"ports": {"telnet": 23}},
        {"ports": {"api": 0}},
        {"ports": {"api": "8728"}},
        {"rate": 0},
        {"rate": 1000},
        {"tenant_id": "x"},
    ],
    ids=str,
)
def test_what_cannot_be_searched_is_refused(web: Web, database: Database, body: dict[str, object]) -> None:
    refused = send(web, "POST", "~/scans", {"network": "10.20.0.0/24", **body})
    assert (refused.status_code, refused.get_json()["code"]) == (422, "bad_input")
    assert rows(database) == []


def test_another_tenants_search_is_not_there(web: Web, database: Database) -> None:
    theirs = begin(web, tenant=web.south).get_json()["id"]
    before = rows(database)
    for method in ("GET", "DELETE"):
        told, nobody = (send(web, method, f"~/scans/{which}") for which in (theirs, uuid4()))
        assert (told.status_code, told.get_json()["code"]) == (nobody.status_code, nobody.get_json()["code"])
        assert told.status_code == 404
    told, nobody = (send(web, "GET", f"~/scans?after={which}") for which in (theirs, uuid4()))
    assert (told.status_code, told.get_json()["detail"]) == (nobody.status_code, nobody.get_json()["detail"])
    assert told.status_code == 422
    assert send(web, "GET", "~/scans").get_json()["items"] == []
    assert rows(database) == before


def test_who_only_reads_begins_nothing(web: Web, database: Database) -> None:
    reader = web.client(web.key(web.north, Scope.DEVICES_READ))
    assert reader.get(f"{home(web.north)}/scans").status_code == 200
    assert reader.post(f"{home(web.north)}/scans", json={"network": "10.20.0.0/24"}).status_code == 403
    assert rows(database) == []
