"""Maintenance windows over REST, and what they take out of availability."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from werkzeug.test import TestResponse

from fleet.identity import Role
from tests.fixtures.database import Tenant
from tests.fixtures.web import Web, guard, home

WORK: dict[str, Any] = {"reason": "power work", "from": "now-30m", "to": "now"}


def send(web: Web, method: str, path: str, body: object = None, tenant: Tenant | None = None) -> TestResponse:
    tenant = tenant or web.north
    more = {} if body is None else {"json": body}
    return web.client(web.key(tenant)).open(path.replace("~", home(tenant)), method=method, **more)


def plan(web: Web, **fields: object) -> dict[str, Any]:
    answer = send(web, "POST", "~/maintenance", {**WORK, **fields})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.get_json()
    assert send(web, "GET", answer.headers["Location"]).get_json() == found
    return found


def test_a_window_is_planned_listed_and_taken_back(web: Web) -> None:
    device = web.north.devices[0]
    past = plan(web, device_id=str(device.id))
    coming = plan(web, tag="core", **{"from": "2026-01-06T22:00:00+01:00", "to": None, "lasts": "2h"})
    assert {name: past[name] for name in ("device", "site", "tag", "all", "from", "to", "reason")} == {
        "device": device.name, "site": None, "tag": None, "all": False, "from": "2026-01-05T11:30:00Z",
        "to": "2026-01-05T12:00:00Z", "reason": "power work",
    }  # fmt: skip
    assert (coming["from"], coming["to"]) == ("2026-01-06T21:00:00Z", "2026-01-06T23:00:00Z")
    assert past["created_by"].startswith("key flt_")

    def listed(query: str = "") -> list[str]:
        return [one["id"] for one in send(web, "GET", f"~/maintenance{query}").get_json()["items"]]

    assert listed() == [coming["id"]]
    assert listed("?from=now-1h") == [past["id"], coming["id"]]
    assert listed("?from=now-1h&to=now") == listed(f"?from=now-1h&device_id={device.id}") == [past["id"]]
    page = send(web, "GET", "~/maintenance?from=now-1h&limit=1").get_json()
    assert listed(f"?from=now-1h&after={page['next']}") == [coming["id"]]
    assert send(web, "DELETE", f"~/maintenance/{past['id']}").status_code == 204
    assert send(web, "DELETE", f"~/maintenance/{past['id']}").status_code == 404
    kinds = [one["kind"] for one in send(web, "GET", f"~/operations?device_id={device.id}").get_json()["items"]]
    assert sorted(kinds) == ["maintenance.created", "maintenance.deleted"]


WEEKLY: dict[str, Any] = {"reason": "patching", "every": "byday=SU;freq=weekly", "at": "02:00", "lasts": "2h",
                          "zone": "Europe/Oslo"}  # fmt: skip


def test_a_window_that_recurs_is_looked_at_planned_and_listed(web: Web) -> None:
    query = {name: WEEKLY[name] for name in ("every", "at", "lasts", "zone")}
    shown = web.client(web.key(web.north)).get(f"{home(web.north)}/maintenance/occurrences", query_string=query)
    told = shown.get_json()
    assert told["every"] == "FREQ=WEEKLY;BYDAY=SU"
    assert told["items"][0] == {"from": "2026-01-11T01:00:00Z", "to": "2026-01-11T03:00:00Z"}
    assert len(told["items"]) == 5
    answer = send(web, "POST", "~/maintenance", {**WEEKLY, "all": True})
    assert answer.status_code == 201, answer.text
    made = answer.get_json()
    assert (made["from"], made["to"]) == ("2026-01-11T01:00:00Z", None)
    assert made["recurring"] == {
        "every": "FREQ=WEEKLY;BYDAY=SU", "at": "02:00", "zone": "Europe/Oslo", "lasts_seconds": 7200.0,
        "next": told["items"],
    }  # fmt: skip
    assert send(web, "GET", "~/maintenance?from=2027-01-01").get_json()["items"] == [made]
    assert send(web, "DELETE", f"~/maintenance/{made['id']}").status_code == 204


def test_availability_is_told_without_maintenance_by_device_and_by_site(web: Web) -> None:
    send(web, "POST", "~/sites", {"name": "Oslo"})
    send(web, "PATCH", f"~/devices/{web.north.devices[1].id}", {"site": "Oslo", "tags": ["core"]})
    plan(web, site="Oslo")

    def available(query: str) -> list[tuple[Any, ...]]:
        items = send(web, "GET", f"~/metrics/availability?from=now-1h&{query}").get_json()["items"]
        names = ("name", "devices", "answered", "expected", "ratio", "maintenance_seconds")
        return [tuple(item[name] for name in names) for item in items]

    assert available("by=device") == [
        ("router-000", 1, 60, 60, 1.0, 0.0),
        ("router-001", 1, 0, 30, 0.0, 1800.0),
        ("router-002", 1, 0, 60, 0.0, 0.0),
    ]
    assert available("by=site") == [("Oslo", 1, 0, 30, 0.0, 1800.0), ("(no site)", 2, 60, 120, 0.5, 0.0)]
    assert available("site=Oslo") == available("tag=core") == available("by=device")[1:2]
    plan(web, all=True, **{"from": "now-2h"})
    assert {row[3:5] for row in available("by=site")} == {(0, None)}
    assert send(web, "GET", "~/metrics/availability?by=model").status_code == 422


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "one of device_id, site, tag"),
        ({"all": True, "tag": "core"}, "one of device_id, site, tag"),
        ({"site": "Olso"}, "make it first"),
        ({"tag": "Not A Tag"}, "a-z"),
        ({"all": True, "to": None}, "`to` and `lasts`"),
        ({"all": True, "lasts": "1h"}, "`to` and `lasts`"),
        ({"all": True, "to": "now-1h"}, "behind its start"),
        ({"all": True, "to": None, "lasts": "999999w"}, "shorter span"),
        ({"all": True, "to": "2028-01-01"}, "within a year"),
        ({"all": True, "to": "soon"}, "2026-01-31"),
        ({"all": True, "reason": ""}, "at least 1"),
        ({"all": True, "reason": None}, "string"),
        ({"device_id": "core-1"}, "UUID"),
        ({"all": True, "zone": "UTC"}, "for what recurs"),
        ({"all": True, "every": "FREQ=DAILY", "to": None, "lasts": "1h"}, "time of day and a length"),
        ({**WEEKLY, "all": True}, "and no `to`"),
        ({**WEEKLY, "all": True, "to": None, "every": "FREQ=MINUTELY"}, "FREQ=WEEKLY"),
        ({**WEEKLY, "all": True, "to": None, "zone": "Europe/Olso"}, "no time zone"),
        ({**WEEKLY, "all": True, "to": None, "at": "2 am"}, "pattern"),
        ({**WEEKLY, "all": True, "to": None, "lasts": "40d"}, "31 days"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_a_window_that_cannot_be_is_refused_with_what_can(shared_web: Web, fields: dict[str, Any], said: str) -> None:
    answer = send(shared_web, "POST", "~/maintenance", {**WORK, **fields})
    assert answer.status_code == 422, answer.text
    assert said in answer.text
    assert send(shared_web, "GET", "~/maintenance?from=now-4w").get_json()["items"] == []


def test_another_tenants_window_is_not_there(web: Web) -> None:
    theirs = send(web, "POST", "~/maintenance", {**WORK, "all": True}, web.south).get_json()
    for which in (theirs["id"], uuid4()):
        assert send(web, "GET", f"~/maintenance/{which}").status_code == 404
        assert send(web, "DELETE", f"~/maintenance/{which}").status_code == 404
    for device in (web.south.devices[0].id, uuid4()):
        assert send(web, "POST", "~/maintenance", {**WORK, "device_id": str(device)}).status_code == 404
    assert send(web, "GET", "~/maintenance?from=now-4w").get_json()["items"] == []


def test_a_viewer_plans_nothing(web: Web) -> None:
    viewer, operator = web.browser(web.north, Role.VIEWER), web.browser(web.north, Role.OPERATOR)
    place, body = f"{home(web.north)}/maintenance", {**WORK, "all": True}
    assert viewer.get(place).status_code == 200
    assert viewer.post(place, json=body, headers=guard(viewer)).status_code == 403
    assert operator.post(place, json=body, headers=guard(operator)).status_code == 201


def test_many_devices_get_a_window_each_and_one_that_is_missing_costs_only_itself(web: Web) -> None:
    one, two, _ = (str(device.id) for device in web.north.devices)
    foreign = str(web.south.devices[0].id)
    body = {"devices": [one, foreign, two, one], "lasts": "2h", "reason": "power work"}
    tried = send(web, "POST", "~/maintenance/bulk?dry_run=true", body).get_json()
    assert [(item["id"], item["status"], item["code"]) for item in tried["items"]] == [
        (one, "planned", None),
        (foreign, "failed", "not_found"),
        (two, "planned", None),
    ]
    assert send(web, "GET", "~/maintenance").get_json()["items"] == []
    assert send(web, "GET", "~/operations").get_json()["items"] == []
    done = send(web, "POST", "~/maintenance/bulk", body).get_json()
    assert [item["status"] for item in done["items"]] == ["planned", "failed", "planned"]
    listed = send(web, "GET", "~/maintenance").get_json()["items"]
    assert {(window["id"], window["device_id"]) for window in listed} == {
        (done["items"][0]["window_id"], one),
        (done["items"][2]["window_id"], two),
    }
    assert [window["to"] for window in listed] == ["2026-01-05T14:00:00Z"] * 2
    told = send(web, "GET", f"~/operations?device_id={one}").get_json()["items"]
    assert [(item["kind"], item["detail"]["name"]) for item in told] == [
        ("maintenance.created", f"device {web.north.devices[0].name}")
    ]


@pytest.mark.parametrize("body", [{"devices": [], "lasts": "1h"}, {"lasts": "1h"}, {"devices": ["x"], "lasts": "1h"}])
def test_a_bulk_of_no_device_is_refused(web: Web, body: dict[str, Any]) -> None:
    assert send(web, "POST", "~/maintenance/bulk", {"reason": "work", **body}).status_code == 422


def test_a_bulk_says_when_it_ends(web: Web) -> None:
    body = {"devices": [str(web.north.devices[0].id)], "reason": "work"}
    assert send(web, "POST", "~/maintenance/bulk?dry_run=true", body).status_code == 422
    assert send(web, "POST", "~/maintenance/bulk?dry_run=true", {**body, "lasts": "9999d"}).status_code == 422
