"""What requests leave in the audit log: each write once, with its effect, and what is refused."""

from __future__ import annotations

import csv
import io
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest

from api import acts
from api.app import RESOURCES
from api.resource import AnyRoute, Resource
from db import audit
from db.audit import Narrow
from db.platform import platform_session
from fleet import plugins
from fleet.audit import PLATFORM, Entry
from fleet.identity import Role, Scope, TenantId
from tests.fixtures.database import Tenant
from tests.fixtures.web import Web, guard, home

EVERY = [route for resource in plugins.discover(RESOURCES, Resource) for route in resource.routes]


def entries(web: Web, tenant_id: TenantId, **narrow: Any) -> list[Entry]:
    with platform_session(web.context.stores, "a test looks") as session:
        return audit.page(session, None, 500, Narrow(**narrow), tenant_id)


def fits(web: Web, tenant_id: TenantId) -> bool:
    with platform_session(web.context.stores, "a test verifies") as session:
        return audit.verify(session, tenant_id)[1] is None


def writer(web: Web, tenant: Tenant) -> Any:
    return web.client(web.key(tenant, Scope.DEVICES_READ, Scope.DEVICES_WRITE))


@pytest.mark.parametrize("route", [route for route in EVERY if route.writes], ids=lambda route: acts.action(route))
def test_a_write_is_named_and_a_read_is_none(route: AnyRoute) -> None:
    assert route.method != "GET"
    assert acts.action(route).count(".") == 1


def test_a_write_leaves_who_what_when_from_where_and_by_which_request(shared_web: Web) -> None:
    client = writer(shared_web, shared_web.north)
    path = f"{home(shared_web.north)}/sites"
    made = client.post(path, json={"name": "Oslo"}, headers={"X-Request-ID": "one-1"})
    site = made.get_json()["id"]
    client.patch(f"{path}/{site}", json={"name": "Bergen"})
    client.delete(f"{path}/{site}")
    found = entries(shared_web, shared_web.north.id, object_id=site)
    assert [(e.act.action, e.act.object_type, e.act.outcome) for e in found] == [
        ("sites.remove", "site", "done"),
        ("sites.change", "site", "done"),
        ("sites.create", "site", "done"),
    ]
    act = found[-1].act
    assert act.who.startswith("key flt_")
    assert (act.request_id, act.address) == ("one-1", client.environ_base["REMOTE_ADDR"])
    assert act.at == shared_web.clock.now()
    assert fits(shared_web, shared_web.north.id)


def test_a_read_a_question_and_a_write_that_fails_leave_nothing(shared_web: Web) -> None:
    client = shared_web.client(shared_web.key(shared_web.north))
    before = len(entries(shared_web, shared_web.north.id))
    client.get(f"{home(shared_web.north)}/sites")
    question = {"family": "resource", "field": "cpu_load_ratio"}
    assert client.post(f"{home(shared_web.north)}/metrics/query", json=question).status_code == 200
    assert client.post(f"{home(shared_web.north)}/sites", json={"name": ""}).status_code == 422
    assert client.delete(f"{home(shared_web.north)}/sites/{uuid4()}").status_code == 404
    assert len(entries(shared_web, shared_web.north.id)) == before


def test_what_is_forbidden_is_in_the_askers_own_chain(shared_web: Web) -> None:
    client = shared_web.client(shared_web.key(shared_web.south, Scope.DEVICES_READ))
    theirs = len(entries(shared_web, shared_web.north.id))
    assert client.post(f"{home(shared_web.south)}/sites", json={"name": "Oslo"}).status_code == 403
    assert client.get(f"{home(shared_web.north)}/sites").status_code == 404
    foreign, forbidden = entries(shared_web, shared_web.south.id)[:2]
    assert (forbidden.act.action, forbidden.act.outcome) == ("sites.create", "refused")
    assert (foreign.act.action, foreign.act.outcome) == ("sites.sites", "refused")
    assert str(forbidden.act.detail).startswith("forbidden: ")
    assert len(entries(shared_web, shared_web.north.id)) == theirs


def test_a_sign_in_is_the_persons_and_one_that_fails_the_platforms(shared_web: Web) -> None:
    shared_web.browser(shared_web.north, Role.VIEWER)
    came = entries(shared_web, shared_web.north.id, action="session.link")[0].act
    assert (came.role, came.outcome) == ("viewer", "done")
    assert came.who.endswith("@north.example")
    shared_web.client().post("/api/auth/link", json={"token": "nothing"})
    failed = entries(shared_web, PLATFORM, action="session.link")[0].act
    assert (failed.who, failed.outcome) == ("nobody", "refused")


def test_a_sign_out_is_the_persons_and_nobodys_is_none(shared_web: Web) -> None:
    client = shared_web.browser(shared_web.north, Role.VIEWER)
    assert client.post("/api/auth/sign-out", headers=guard(client)).status_code == 204
    left = entries(shared_web, shared_web.north.id, action="session.sign_out")[0].act
    assert (left.role, left.outcome) == ("viewer", "done")
    before = len(entries(shared_web, PLATFORM))
    assert shared_web.client().post("/api/auth/sign-out").status_code == 204
    assert len(entries(shared_web, PLATFORM)) == before


def test_who_knocks_at_a_foreign_tenant_is_limited_too(shared_web: Web) -> None:
    client = shared_web.client(shared_web.key(shared_web.south))
    path = f"{home(shared_web.north)}/sites"
    knocked = client.get(path)
    assert knocked.status_code == 404
    # What is left after the first request of a key, whatever time that took: a bucket fills up to the whole again.
    assert knocked.headers["RateLimit"].startswith('"read";r=299;')


def test_who_asks_again_and_again_fills_no_disk(shared_web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    # At a rate at which none comes back meanwhile.
    monkeypatch.setattr(acts, "REFUSED", (0.001, acts.REFUSED[1]))
    client = shared_web.client(shared_web.key(shared_web.south, Scope.DEVICES_READ))
    address = client.environ_base["REMOTE_ADDR"]
    for _ in range(acts.REFUSED[1] + 5):
        assert client.post(f"{home(shared_web.south)}/sites", json={"name": "Oslo"}).status_code == 403
    found = [e for e in entries(shared_web, shared_web.south.id) if e.act.address == address]
    assert len(found) == acts.REFUSED[1]


def test_the_log_is_read_by_pages_and_filters(shared_web: Web) -> None:
    client = shared_web.client(shared_web.key(shared_web.north))
    names = [f"paged {n}" for n in range(5)]
    for name in names:
        client.post(f"{home(shared_web.north)}/sites", json={"name": name})
    path, seen, after = f"{home(shared_web.north)}/audit", [], None
    while True:
        query = {"limit": 2, "action": "sites.create"} | ({"after": after} if after else {})
        page = client.get(path, query_string=query).get_json()
        seen += page["items"]
        after = page["next"]
        if after is None:
            break
    assert len(seen) >= 5
    assert all(one["number"] > other["number"] for one, other in pairwise(seen))
    nothing = client.get(path, query_string={"to": "2020-01-01T00:00:00Z"}).get_json()
    assert nothing == {"items": [], "next": None}
    assert client.get(path, query_string={"who": "x\x00"}).status_code == 422


def test_the_log_is_a_csv_file_in_the_order_of_the_chain(shared_web: Web) -> None:
    client = shared_web.client(shared_web.key(shared_web.north))
    client.post(f"{home(shared_web.north)}/sites", json={"name": "for the file"}, headers={"X-Request-ID": "-1+1"})
    answer = client.get(f"{home(shared_web.north)}/audit/csv")
    assert answer.content_type == "text/csv; charset=utf-8"
    head, *rows = csv.reader(io.StringIO(answer.text))
    assert head[:3] == ["number", "at", "who"]
    assert [int(row[0]) for row in rows] == [*range(1, len(rows) + 1)]
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


def test_another_tenants_log_is_not_there(shared_web: Web) -> None:
    client = shared_web.client(shared_web.key(shared_web.south))
    for path in ("audit", "audit/csv"):
        assert client.get(f"{home(shared_web.north)}/{path}").status_code == 404
    client.post(f"{home(shared_web.south)}/sites", json={"name": "ours"})
    found = client.get(f"{home(shared_web.south)}/audit").get_json()["items"]
    assert {one["number"] for one in found} == {*range(1, found[0]["number"] + 1)}


def test_a_browser_writes_by_its_person(shared_web: Web) -> None:
    client = shared_web.browser(shared_web.north, Role.OPERATOR)
    client.post(f"{home(shared_web.north)}/sites", json={"name": "by hand"}, headers=guard(client))
    act = entries(shared_web, shared_web.north.id, action="sites.create")[0].act
    assert (act.role, act.who.partition("@")[2]) == ("operator", "north.example")
