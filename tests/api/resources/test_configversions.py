"""Configurations over REST: versions, texts with their secrets masked, differences, and one taken now."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from werkzeug.test import TestResponse

from fleet.identity import Scope
from tests.fixtures.database import Tenant
from tests.fixtures.web import CONFIGURATION, Web, home

HOUR = timedelta(hours=1)
OTHER = CONFIGURATION.replace(b"hunter2", b"swordfish") + b"/system identity\nset name=edge\n"


def send(web: Web, method: str, path: str, body: object = None, *scopes: Scope) -> TestResponse:
    more = {} if body is None else {"json": body}
    return web.client(web.key(web.north, *scopes)).open(f"{home(web.north)}{path}", method=method, **more)


def got(web: Web, path: str) -> dict[str, Any]:
    answer = send(web, "GET", path)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def device(web: Web, tenant: Tenant | None = None) -> str:
    return f"/devices/{(tenant or web.north).devices[0].id}"


def test_versions_are_listed_and_a_text_is_masked(web: Web) -> None:
    first = web.configuration(web.north)
    second = web.configuration(web.north, OTHER, web.clock.now() + HOUR)
    listed = got(web, f"{device(web)}/configversions?limit=1")
    assert ([one["number"] for one in listed["items"]], listed["next"]) == ([2], 2)
    assert got(web, f"{device(web)}/configversions?before=2")["items"][0]["id"] == str(first)
    assert [one["id"] for one in got(web, "/configversions")["items"]] == [str(second), str(first)]
    text = got(web, f"/configversions/{first}")
    assert "password=*****" in text["text"]
    assert "hunter2" not in str(text)
    assert text["secrets"] is False


def test_secrets_are_shown_to_who_may_and_the_audit_log_says_so(web: Web) -> None:
    version = web.configuration(web.north)
    place = f"/configversions/{version}/reveal"
    assert send(web, "POST", place, None, Scope.CONFIG_READ, Scope.CONFIG_WRITE).status_code == 403
    shown = send(web, "POST", place, None, Scope.CONFIG_SECRETS)
    assert shown.status_code == 200
    assert "password=hunter2" in shown.get_json()["text"]
    entries = got(web, "/audit")["items"]
    assert ("configversions.reveal", str(version)) in [(one["action"], one["object_id"]) for one in entries]


def test_a_difference_names_sections_and_who_did_what(web: Web) -> None:
    web.configuration(web.north)
    web.clock.advance(HOUR)
    send(web, "PUT", f"{device(web)}/configpolicy", {"every_seconds": 3600})
    second = web.configuration(web.north, OTHER, web.clock.now())
    found = got(web, f"/configversions/{second}/diff")
    assert [(one["menu"], one["added"], one["changed"]) for one in found["sections"]] == [
        ("/ppp/secret", 0, 1),
        ("/system/identity", 1, 0),
    ]
    assert "+set name=edge" in found["unified"]
    assert "a secret changed" in found["unified"]
    assert "hunter2" not in str(found)
    assert "swordfish" not in str(found)
    assert [one["by"] for one in found["actions"]] == ["eve"]
    assert [one["kind"] for one in found["operations"]] == ["config.policy_set"]
    first = found["before"]["id"]
    assert send(web, "GET", f"/configversions/{first}/diff").status_code == 422
    assert got(web, f"/configversions/{first}/diff?against={first}")["same"] is True


def test_a_version_is_pinned_and_let_go(web: Web) -> None:
    version = web.configuration(web.north)
    pinned = send(web, "PUT", f"/configversions/{version}/pin", {"name": "before the move"}).get_json()
    assert (pinned["name"], pinned["pinned_at"] is None) == ("before the move", False)
    let = send(web, "DELETE", f"/configversions/{version}/pin").get_json()
    assert (let["name"], let["pinned_at"]) == (None, None)


def test_a_backup_is_asked_for_once_and_watched(web: Web) -> None:
    asked = send(web, "POST", f"{device(web)}/backups", {})
    assert asked.status_code == 202
    backup = asked.get_json()
    assert asked.headers["Location"].endswith(f"/backups/{backup['id']}")
    assert got(web, f"/backups/{backup['id']}")["state"] == "waiting"
    assert send(web, "POST", f"{device(web)}/backups", {}).status_code == 409
    assert got(web, f"/operations/{backup['id']}")["kind"] == "config.backup"


def test_where_each_device_stands_and_what_was_read(web: Web) -> None:
    assert len(got(web, "/backups?lacking=true")["items"]) == 3
    version = web.configuration(web.north)
    first, second, _ = got(web, "/backups")["items"]
    assert (first["version_id"], first["finding"], second["whole_at"]) == (str(version), "new", None)
    assert len(got(web, "/backups?lacking=true")["items"]) == 2
    assert [one["finding"] for one in got(web, f"{device(web)}/configreadings")["items"]] == ["new"]


def test_a_devices_policy_goes_before_its_tenants(web: Web) -> None:
    everyone = send(web, "PUT", "/configpolicy", {"every_seconds": 86400, "keep_count": 7}).get_json()
    assert everyone["effective"] == {"every_seconds": 86400, "on_change": False, "keep_count": 7, "keep_days": 365}
    place = f"{device(web)}/configpolicy"
    own = send(web, "PUT", place, {"every_seconds": 0}).get_json()
    assert (own["wanted"]["keep_count"], own["effective"]["keep_count"], own["effective"]["every_seconds"]) == (
        None,
        7,
        0,
    )
    assert send(web, "DELETE", place).get_json()["effective"] == everyone["effective"]
    refused = send(web, "PUT", "/configpolicy", {"every_seconds": 60})
    assert (refused.status_code, "15 minutes" in refused.get_json()["next_step"]) == (422, True)


def test_a_run_is_begun_watched_and_stopped(web: Web) -> None:
    begun = send(web, "POST", "/configruns", {"filter": {"q": "router-00"}})
    assert (begun.status_code, begun.get_json()["total"]) == (202, 3)
    place = f"/configruns/{begun.get_json()['id']}"
    assert send(web, "POST", "/configruns", {}).status_code == 409
    assert {one["state"] for one in got(web, f"{place}/devices")["items"]} == {"waiting"}
    assert send(web, "POST", f"{place}/stop").get_json()["state"] == "stopped"
    assert send(web, "POST", f"{place}/stop").status_code == 409
    assert [one["stopped"] for one in got(web, "/configruns")["items"]] == [3]
    assert send(web, "POST", "/configruns", {"filter": {"q": "nothing of that name"}}).status_code == 422


def test_ssh_is_allowed_for_a_device_and_denied(web: Web) -> None:
    place = f"{device(web)}/ssh"
    assert send(web, "GET", place).status_code == 404
    allowed = send(web, "PUT", place, {"port": 2222, "legacy": True}).get_json()
    assert (allowed["port"], allowed["legacy"], allowed["fingerprint"]) == (2222, True, None)
    assert send(web, "DELETE", place).status_code == 204
    assert send(web, "GET", place).status_code == 404
