"""Sites and tags over REST: made, given to devices, asked for, and nobody else's."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from werkzeug.test import TestResponse

from fleet.identity import Role, Scope
from routeros import switches
from tests.fixtures.database import Tenant
from tests.fixtures.web import Web, guard, home


def send(web: Web, method: str, path: str, body: object = None, tenant: Tenant | None = None) -> TestResponse:
    """Ask as a key that may do everything; ``~`` at the beginning of ``path`` is the tenant's own."""
    tenant = tenant or web.north
    more = {} if body is None else {"json": body}
    return web.client(web.key(tenant)).open(path.replace("~", home(tenant)), method=method, **more)


def site(web: Web, name: str, tenant: Tenant | None = None) -> dict[str, Any]:
    made = send(web, "POST", "~/sites", {"name": name}, tenant)
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.get_json()
    return found


def patch(web: Web, number: int = 0, **fields: object) -> TestResponse:
    return send(web, "PATCH", f"~/devices/{web.north.devices[number].id}", fields)


def test_a_site_is_made_renamed_and_removed(web: Web) -> None:
    made = site(web, " Oslo ")
    place = f"~/sites/{made['id']}"
    assert (made["name"], made["devices"]) == ("Oslo", 0)
    assert patch(web, site="Oslo").get_json()["site_id"] == made["id"]
    assert send(web, "PATCH", place, {"name": "Oslo 2"}).get_json() == {**made, "name": "Oslo 2", "devices": 1}
    assert send(web, "GET", place).get_json()["name"] == "Oslo 2"
    device = send(web, "GET", f"~/devices/{web.north.devices[0].id}").get_json()
    assert device["site"] == "Oslo 2"
    answer = send(web, "DELETE", place)
    assert (answer.status_code, answer.data) == (204, b"")
    for method in ("GET", "DELETE"):
        assert send(web, method, place).status_code == 404
    assert send(web, "GET", f"~/devices/{web.north.devices[0].id}").get_json()["site_id"] is None
    kinds = [one["kind"] for one in send(web, "GET", "~/operations").get_json()["items"]]
    assert sorted(kinds) == ["device.updated", "site.created", "site.deleted", "site.updated"]


def test_a_site_has_a_place_on_the_earth_or_none(web: Web) -> None:
    made = send(web, "POST", "~/sites", {"name": "Oslo", "latitude": 59.91, "longitude": 10.75}).get_json()
    path = f"~/sites/{made['id']}"
    assert (made["latitude"], made["longitude"]) == (59.91, 10.75)
    assert send(web, "PATCH", path, {"latitude": -10}).get_json() == {**made, "latitude": -10.0}
    assert send(web, "PATCH", path, {"name": "Oslo 2"}).get_json()["latitude"] == -10.0
    for wrong in ({"latitude": 91}, {"longitude": -180.5}, {"latitude": None}, {"latitude": "north"}):
        assert send(web, "PATCH", path, wrong).status_code == 422, wrong
    gone = send(web, "PATCH", path, {"latitude": None, "longitude": None}).get_json()
    assert (gone["name"], gone["latitude"], gone["longitude"]) == ("Oslo 2", None, None)
    assert send(web, "POST", "~/sites", {"name": "Bergen", "latitude": 60}).status_code == 422


def test_sites_are_listed_by_name_and_page(web: Web) -> None:
    for name in ("Oslo", "Bergen", "Tromsø"):
        site(web, name)
    first = send(web, "GET", "~/sites?limit=2").get_json()
    rest = send(web, "GET", f"~/sites?limit=2&after={first['next']}").get_json()
    assert [one["name"] for one in first["items"] + rest["items"]] == ["Bergen", "Oslo", "Tromsø"]
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": ""}, 422),
        ({"name": "(no site)"}, 422),
        ({"name": "x" * 121}, 422),
        ({"name": 5}, 422),
        ({"name": "a\nb"}, 422),
        ({}, 422),
        ({"name": "Oslo", "place": "x"}, 422),
        ({"name": "Oslo"}, 409),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_site_that_cannot_be_is_refused(web: Web, body: dict[str, object], status: int) -> None:
    site(web, "Oslo")
    answer = send(web, "POST", "~/sites", body)
    assert answer.status_code == status
    assert answer.get_json()["next_step"]
    assert len(send(web, "GET", "~/sites").get_json()["items"]) == 1


def test_a_device_tells_its_site_its_tags_and_what_it_is_not_asked(web: Web) -> None:
    made = site(web, "Oslo")
    new = {"name": "core-1", "address": "198.51.100.7", "username": "flotilla", "password": "secret", "site": "Oslo",
           "tags": ["core", "b2b", "core"], "collectors_off": ["queues", "inventory.neighbours"]}  # fmt: skip
    device = send(web, "POST", "~/devices", new).get_json()
    told = {name: device[name] for name in ("site_id", "site", "tags", "collectors_off")}
    assert told == {
        "site_id": made["id"],
        "site": "Oslo",
        "tags": ["b2b", "core"],
        "collectors_off": ["inventory.neighbours", "queues"],
    }
    place = f"~/devices/{device['id']}"
    assert send(web, "PATCH", place, {"name": "core-2"}).get_json()["tags"] == ["b2b", "core"]
    bare = send(web, "PATCH", place, {"site": "", "tags": [], "collectors_off": []}).get_json()
    assert (bare["site"], bare["tags"], bare["collectors_off"]) == (None, [], [])
    done = send(web, "GET", f"~/operations?device_id={device['id']}").get_json()["items"]
    assert sorted(sorted(one["detail"]["fields"]) for one in done) == [
        [],
        ["collectors_off", "site", "tags"],
        ["name"],
    ]


def test_devices_are_narrowed_to_a_site_and_a_tag(web: Web) -> None:
    made = site(web, "Oslo")
    patch(web, 0, site="Oslo", tags=["core"])
    patch(web, 1, site="Oslo")

    def names(query: str) -> list[str]:
        return [one["name"] for one in send(web, "GET", f"~/devices?{query}").get_json()["items"]]

    assert names("site=Oslo") == names(f"site={made['id']}") == ["router-000", "router-001"]
    assert names("site=Oslo&tag=core") == ["router-000"]
    assert names("tag=edge") == []
    assert send(web, "GET", "~/tags").get_json()["items"] == [{"tag": "core", "devices": 1}]
    refused = send(web, "GET", "~/devices?site=Olso")
    assert (refused.status_code, refused.get_json()["next_step"]) == (422, "Choose one of: Oslo.")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"site": "Olso"}, "Oslo"),
        ({"tags": ["Not A Tag"]}, "a-z"),
        ({"tags": [f"t{n}" for n in range(33)]}, "32"),
        ({"tags": "core"}, "array"),
        ({"collectors_off": ["resource"]}, "alive"),
        ({"collectors_off": ["packages"]}, "inventory.packages"),
        ({"collectors_off": [5]}, "string"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_a_device_cannot_have_is_refused_with_what_it_can(web: Web, fields: dict[str, Any], said: str) -> None:
    site(web, "Oslo")
    before = send(web, "GET", f"~/devices/{web.north.devices[0].id}").get_json()
    answer = patch(web, name="moved", **fields)
    assert answer.status_code == 422
    assert said in answer.text
    assert send(web, "GET", f"~/devices/{web.north.devices[0].id}").get_json() == before


def test_every_collector_but_one_can_be_switched_off(web: Web) -> None:
    assert patch(web, collectors_off=list(switches.names())).get_json()["collectors_off"] == list(switches.names())


def test_another_tenants_site_is_not_there(web: Web) -> None:
    theirs = site(web, "Secret place", web.south)
    shapes = []
    for which in (theirs["id"], str(uuid4())):
        for method, body in (("GET", None), ("PATCH", {"name": "stolen"}), ("DELETE", None)):
            answer = send(web, method, f"~/sites/{which}", body)
            assert answer.status_code == 404
            shapes.append(answer.get_json()["detail"].replace(which, "ID"))
        assert patch(web, site=which).status_code == 422
    assert shapes[:3] == shapes[3:]
    assert patch(web, site="Secret place").status_code == 422
    assert send(web, "GET", f"~/sites/{theirs['id']}", tenant=web.south).get_json() == theirs


def test_who_only_reads_changes_no_site(web: Web) -> None:
    made = site(web, "Oslo")
    viewer, operator = web.browser(web.north, Role.VIEWER), web.browser(web.north, Role.OPERATOR)
    place = f"{home(web.north)}/sites"
    assert viewer.get(place).get_json()["items"] == [made]
    assert viewer.post(place, json={"name": "x"}, headers=guard(viewer)).status_code == 403
    assert viewer.delete(f"{place}/{made['id']}", headers=guard(viewer)).status_code == 403
    assert operator.post(place, json={"name": "x"}, headers=guard(operator)).status_code == 201
    assert web.get("~/sites", web.north, Scope.METRICS_READ).status_code == 403


def test_metrics_are_asked_by_site_and_tag(web: Web) -> None:
    site(web, "Oslo")
    patch(web, 0, site="Oslo", tags=["core", "edge"])
    asked = {"family": "interfaces", "field": "rx_bytes_total", "from": "now-1h", "points": 1, "aggregate": "count"}

    def groups(**more: object) -> list[tuple[dict[str, str], str]]:
        answer = send(web, "POST", "~/metrics/query", {**asked, **more}).get_json()
        return [(line["group"], line["title"]) for line in answer["lines"]]

    assert groups(by=["site"]) == [({"site": "Oslo"}, "Oslo")]
    assert groups(by=["tag"], sites=["Oslo"]) == [({"tag": "core"}, "core"), ({"tag": "edge"}, "edge")]
    assert groups(by=["tag"], tags=["edge"], sites=["Oslo"], where={"interface": "none"}) == []
    patch(web, 0, site="", tags=[])
    assert groups(by=["site", "tag"]) == [({"site": "(no site)", "tag": "(no tag)"}, "(no site) · (no tag)")]
    catalogue = send(web, "GET", "~/metrics/families").get_json()["items"]
    assert all({"site", "tag"} <= set(family["groupings"]) for family in catalogue)


def test_an_export_is_narrowed_to_a_site_and_a_tag(web: Web) -> None:
    site(web, "Oslo")
    patch(web, 0, site="Oslo", tags=["core"])
    patch(web, 1, tags=["edge"])
    query = "~/metrics/export?family=resource&fields=cpu_load_ratio&from=now-1h&format=csv"
    lines = {more: send(web, "GET", query + more).text.count("\n") for more in ("&site=Oslo", "&tag=edge")}
    assert lines == {"&site=Oslo": 61, "&tag=edge": 1}
    assert send(web, "GET", f"{query}&tag=nobody").status_code == 422
