"""Pushes over many devices by REST: foreseen by pages, begun in waves, and only over what the caller may see."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from fleet.identity import Role, Scope
from tests.fixtures.database import Tenant
from tests.fixtures.web import Web, home

NAME = "/system identity set name=after"
SECRET = "/snmp community set [find default=yes] authentication-password=hunter2hunter2"
EXPORT = b"# 2026-01-05 11:00:00 by RouterOS 7.20.6\n/ip dns\nset servers=192.0.2.53\n"
DNS = {"desired": "/ip dns\nset servers=192.0.2.1\n", "menus": ["/ip/dns"]}


def send(web: Web, method: str, path: str, body: object = None, *scopes: Scope) -> TestResponse:
    more = {} if body is None else {"json": body}
    return web.client(web.key(web.north, *scopes)).open(path.replace("~", home(web.north)), method=method, **more)


def begin(web: Web, **more: object) -> TestResponse:
    return send(web, "POST", "~/pushes", {"filter": {}, "commands": NAME, **more})


def begun(web: Web, **more: object) -> Any:
    answer = begin(web, **more)
    assert answer.status_code == 202, answer.text
    return answer.get_json()


def test_a_push_over_many_is_begun_watched_paused_and_aborted(shared_web: Web) -> None:
    answer = begin(shared_web, waves=["1", "rest"], note="new names", soak_seconds=60)
    made = answer.get_json()
    assert answer.headers["Location"] == f"{home(shared_web.north)}/campaigns/{made['id']}"
    assert (made["state"], made["total"], made["waves"], made["lines"]) == ("running", 3, [1, 2], [NAME])
    assert (made["rules"]["soak_seconds"], made["counts"]["waiting"]) == (60, 3)
    place = f"~/campaigns/{made['id']}"
    told = [send(shared_web, "POST", f"{place}/{word}").status_code for word in ("pause", "resume", "retry", "abort")]
    assert told == [200, 200, 409, 200]
    assert send(shared_web, "POST", f"{place}/resume").status_code == 409
    first = send(shared_web, "GET", f"{place}/devices?limit=2").get_json()
    rest = send(shared_web, "GET", f"{place}/devices?limit=2&after={first['next']}").get_json()
    assert [one["wave"] for one in first["items"] + rest["items"]] == [0, 1, 1]
    assert rest["next"] is None
    assert send(shared_web, "GET", f"{place}/devices?state=done").get_json()["items"] == []
    listed = send(shared_web, "GET", "~/campaigns").get_json()["items"]
    assert listed[0]["id"] == made["id"]
    assert "lines" not in listed[0]


def test_a_preview_tells_of_each_device_and_asks_nobody(shared_web: Web) -> None:
    shared_web.configuration(shared_web.north, EXPORT)
    before = send(shared_web, "GET", "~/campaigns").get_json()
    answer = send(shared_web, "POST", "~/pushes/preview?limit=2", {"filter": {}, **DNS}, Scope.CONFIG_READ)
    assert answer.status_code == 200, answer.text
    told = answer.get_json()
    assert (told["total"], told["waves"], len(told["items"])) == (3, [1, 1, 1], 2)
    more = send(shared_web, "POST", f"~/pushes/preview?after={told['next']}", {"filter": {}, **DNS}).get_json()
    found = {one["name"]: one for one in told["items"] + more["items"]}
    assert found["router-000"]["lines"] == ["/ip dns set servers=192.0.2.1"]
    assert (found["router-000"]["state"], found["router-000"]["foreseen"]) == ("waiting", True)
    assert (found["router-001"]["state"], found["router-001"]["lines"]) == ("refused", [])
    assert "never read" in found["router-001"]["error"]
    assert (found["router-001"]["foreseen"], more["next"]) == (None, None)
    body = {"filter": {}, "commands": NAME}
    unread = send(shared_web, "POST", "~/pushes/preview", body).get_json()["items"]
    assert [one["foreseen"] for one in unread] == [True, False, False]
    assert send(shared_web, "GET", "~/campaigns").get_json() == before


def test_a_template_is_written_for_each_device(shared_web: Web) -> None:
    shared_web.configuration(shared_web.north, EXPORT)
    body = {"filter": {}, "template": {"id": str(shared_web.template(shared_web.north))}}
    found = send(shared_web, "POST", "~/pushes/preview", body).get_json()["items"]
    assert ["/system note set note=kept"] in [one["lines"] for one in found]
    assert begun(shared_web, **body, commands=None)["lines"][0].startswith("template template ")


def test_canaries_that_are_named_come_first(shared_web: Web) -> None:
    last = str(shared_web.north.devices[2].id)
    made = begun(shared_web, canaries=[last])
    devices = send(shared_web, "GET", f"~/campaigns/{made['id']}/devices").get_json()["items"]
    assert (devices[0]["device_id"], devices[0]["wave"]) == (last, 0)


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"filter": None}, "which devices"),
        ({"filter": {"tag": ["nobody"]}}, "No device is meant"),
        ({"group": "nobody's"}, "no group"),
        ({"commands": None}, "one thing"),
        ({"drift": True}, "one thing"),
        ({"version": 3}, "one device's"),
        ({"commands": "/system reboot"}, "Line 1"),
        ({"waves": ["half"]}, "no size"),
    ],
)
def test_what_cannot_be_begun_is_said(shared_web: Web, body: dict[str, object], word: str) -> None:
    answer = begin(shared_web, **body)
    assert answer.status_code == 422
    assert word in answer.get_json()["detail"]


def test_devices_of_another_tenant_cannot_join(shared_web: Web) -> None:
    foreign = str(shared_web.south.devices[0].id)
    for more in ({"devices": [foreign]}, {"canaries": [foreign]}):
        answer = begin(shared_web, **more)
        assert (answer.status_code, foreign in answer.get_json()["detail"]) == (422, True)
    own = [str(shared_web.north.devices[1].id)]
    assert begun(shared_web, devices=own)["total"] == 1


def test_an_override_is_a_persons_word(shared_web: Web) -> None:
    word = {"device_id": str(shared_web.north.devices[0].id), "name": "gw-1", "reason": "I stand beside it"}
    assert begin(shared_web, overrides=[word]).status_code == 403
    body = {"filter": {}, "commands": NAME, "overrides": [word]}
    place = f"{home(shared_web.north)}/pushes"
    made = shared_web.program(shared_web.north, Role.OPERATOR).post(place, json=body)
    assert made.status_code == 202
    devices = send(shared_web, "GET", f"~/campaigns/{made.get_json()['id']}/devices").get_json()["items"]
    assert {one["override"] for one in devices} == {None, "gw-1"}


def test_a_secret_is_shown_nowhere(shared_web: Web) -> None:
    for path in ("~/pushes", "~/pushes/preview"):
        answer = send(shared_web, "POST", path, {"filter": {}, "commands": SECRET})
        assert answer.status_code in (200, 202)
        assert b"hunter2" not in answer.data


def test_reading_does_not_allow_beginning(shared_web: Web) -> None:
    assert (
        send(shared_web, "POST", "~/pushes", {"filter": {}, "commands": NAME}, Scope.CONFIG_READ).status_code == 403
    )


def test_another_tenants_campaign_is_not_there(shared_web: Web) -> None:
    theirs: Tenant = shared_web.south
    made = shared_web.campaign(theirs)
    for method, path in (("GET", ""), ("GET", "/devices"), ("POST", "/abort"), ("POST", "/retry")):
        assert send(shared_web, method, f"~/campaigns/{made}{path}").status_code == 404
