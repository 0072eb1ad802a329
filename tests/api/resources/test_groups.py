"""Groups of devices, the filters of the list and the counts under them, over REST."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from werkzeug.test import TestResponse

from fleet.device import State
from fleet.identity import Scope
from tests.api.resources.test_devices import hear, names
from tests.fixtures.database import Tenant
from tests.fixtures.web import Web, home


def send(web: Web, method: str, path: str, body: object = None, tenant: Tenant | None = None) -> TestResponse:
    tenant = tenant or web.north
    more = {} if body is None else {"json": body}
    return web.client(web.key(tenant)).open(f"{home(tenant)}{path}", method=method, **more)


def made(web: Web, name: str = "edge routers", **wanted: object) -> dict[str, Any]:
    answer = send(web, "POST", "/groups", {"name": name, "filter": wanted})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.get_json()
    assert answer.headers["Location"].endswith(f"/groups/{found['id']}")
    return found


def test_a_group_is_made_used_changed_and_removed(web: Web) -> None:
    hear(web, 0, State.UP)
    hear(web, 1, State.DOWN)
    group = made(web, state=["up", "down"])
    assert names(web, f"?group={group['id']}") == names(web, "?group=edge routers") == ["router-000", "router-001"]
    assert names(web, f"?group={group['id']}&state=down") == ["router-001"]
    place = f"/groups/{group['id']}"
    changed = send(web, "PATCH", place, {"filter": {"state": ["up"]}}).get_json()
    assert (changed["name"], changed["filter"]["state"]) == ("edge routers", ["up"])
    assert send(web, "GET", place).get_json() == changed
    assert names(web, f"?group={group['id']}") == ["router-000"]
    assert send(web, "DELETE", place).status_code == 204
    assert send(web, "GET", place).status_code == 404
    assert web.get(f"~/devices?group={group['id']}", web.north).status_code == 422
    kinds = {one["kind"] for one in send(web, "GET", "/operations").get_json()["items"]}
    assert kinds == {"group.deleted", "group.updated", "group.created"}


def test_a_group_keeps_the_site_and_not_its_name(web: Web) -> None:
    site = web.place(web.north)
    name = web.get(f"~/sites/{site}", web.north).get_json()["name"]
    send(web, "PATCH", f"/devices/{web.north.devices[1].id}", {"site": name})
    group = made(web, site=[name])
    assert group["filter"]["site"] == [str(site)]
    send(web, "PATCH", f"/sites/{site}", {"name": "renamed"})
    assert names(web, "?group=edge routers") == ["router-001"]
    assert names(web, "?site=renamed") == ["router-001"]
    assert names(web, f"?site={site},(no site)") == ["router-000", "router-001", "router-002"]
    assert send(web, "DELETE", f"/sites/{site}").status_code == 204
    assert names(web, "?group=edge routers") == []


def test_a_name_is_used_once(web: Web) -> None:
    made(web)
    answer = send(web, "POST", "/groups", {"name": "edge routers", "filter": {}})
    assert (answer.status_code, answer.get_json()["code"]) == (409, "conflict")
    other = made(web, "other")
    assert send(web, "PATCH", f"/groups/{other['id']}", {"name": "edge routers"}).status_code == 409
    assert [one["name"] for one in send(web, "GET", "/groups").get_json()["items"]] == ["edge routers", "other"]
    first = send(web, "GET", "/groups?limit=1").get_json()
    assert [one["name"] for one in send(web, "GET", f"/groups?after={first['next']}").get_json()["items"]] == [
        "other"
    ]


@pytest.mark.parametrize(
    ("wanted", "fault"),
    [
        ({"state": ["fine"]}, "filter.state.0"),
        ({"state": "up"}, "filter.state"),
        ({"tag": ["No Tag"]}, "filter.tag.0"),
        ({"colour": ["red"]}, "filter.colour"),
        ({"q": "\0"}, "filter.q"),
    ],
)
def test_what_is_no_filter_is_refused(shared_web: Web, wanted: dict[str, object], fault: str) -> None:
    problem = send(shared_web, "POST", "/groups", {"name": "x", "filter": wanted}).get_json()
    assert (problem["status"], [one["name"] for one in problem["errors"]]) == (422, [fault])


def test_another_tenants_group_and_site_are_not_there(web: Web) -> None:
    theirs = send(web, "POST", "/groups", {"name": "theirs", "filter": {}}, web.south).get_json()
    site = web.place(web.south)
    for which in (theirs["id"], uuid4()):
        for method in ("GET", "PATCH", "DELETE"):
            assert (
                send(web, method, f"/groups/{which}", {"name": "x"} if method == "PATCH" else None).status_code == 404
            )
        answer = web.get(f"~/devices?group={which}", web.north).get_json()
        assert (answer["status"], answer["detail"]) == (422, f"There is no group '{which}'.")
    for which in (site, uuid4()):
        answer = send(web, "POST", "/groups", {"name": "x", "filter": {"site": [str(which)]}}).get_json()
        assert (answer["status"], answer["detail"]) == (422, f"There is no site '{which}'.")
    assert send(web, "GET", "/groups").get_json() == {"items": [], "next": None}


def test_who_only_reads_makes_no_group(shared_web: Web) -> None:
    reader = shared_web.client(shared_web.key(shared_web.north, Scope.DEVICES_READ))
    answer = reader.post(f"{home(shared_web.north)}/groups", json={"name": "x", "filter": {}})
    assert answer.status_code == 403


def test_devices_come_in_the_order_that_is_asked_for(web: Web) -> None:
    hear(web, 2, State.UP)
    assert names(web, "?sort=-name") == ["router-002", "router-001", "router-000"]
    assert names(web, "?sort=-state") == ["router-002", "router-001", "router-000"]
    assert names(web, "?sort=heard_at") == ["router-000", "router-001", "router-002"]
    assert web.get("~/devices?sort=colour", web.north).status_code == 422


def test_a_cursor_is_of_its_own_order(shared_web: Web) -> None:
    seen: list[str] = []
    after = ""
    while True:
        page = shared_web.get(f"~/devices?sort=-since&limit=1{after}", shared_web.north).get_json()
        seen += [one["name"] for one in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert seen == ["router-002", "router-001", "router-000"]
    for sort in ("since", "name", "-heard_at"):
        answer = shared_web.get(f"~/devices?sort={sort}{after}", shared_web.north).get_json()
        assert (answer["status"], answer["detail"]) == (422, "There is no such page.")
    theirs = shared_web.get(f"~/devices?sort=-since{after}", shared_web.south).get_json()
    assert all(one["id"] in {str(device.id) for device in shared_web.south.devices} for one in theirs["items"])


def test_devices_are_counted(web: Web) -> None:
    hear(web, 0, State.UP)
    found = web.get("~/devices/summary", web.north).get_json()
    assert found["devices"] == 3
    assert found["states"] == {"up": 1, "degraded": 0, "down": 0, "stale": 2, "maintenance": 0}
    assert found["models"] == [
        {"value": None, "id": None, "devices": 2}, {"value": "hAP ax2", "id": None, "devices": 1},
    ]  # fmt: skip
    assert web.get("~/devices/summary?state=up", web.north).get_json()["devices"] == 1
    assert web.get("~/devices/summary", web.south).get_json()["devices"] == 2
