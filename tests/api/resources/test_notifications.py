"""Channels, routes and deliveries over REST."""

from __future__ import annotations

from typing import Any

import pytest

from actors.channel import key
from tests.api.resources.test_groups import send
from tests.fixtures.web import Web

HOOK = {"name": "hook", "kind": "webhook", "url": "https://user.example.net:8443/secret/path?token=1"}
MAIL = {"host": "mail.example.net", "sender": "flotilla@example.net", "to": ["noc@example.net"]}


def made(web: Web, **more: Any) -> dict[str, Any]:
    answer = send(web, "POST", "/alert-channels", HOOK | more)
    assert answer.status_code == 201, answer.get_json()
    found: dict[str, Any] = answer.get_json()
    return found


def test_a_channel_is_made_changed_and_removed_and_tells_no_secret(web: Web) -> None:
    channel = made(web)
    assert len(key(channel["secret"])) == 32
    place = f"/alert-channels/{channel['id']}"
    shown = send(web, "GET", place).get_json()
    assert (shown["place"], shown["enabled"], shown["routes"]) == ("https://user.example.net:8443/…", True, 0)
    assert "secret" not in shown
    assert "token" not in str(shown)
    assert send(web, "POST", "/alert-channels", HOOK).status_code == 409
    changed = send(web, "PATCH", place, {"enabled": False, "name": "off"}).get_json()
    assert (changed["enabled"], changed["name"], changed["place"]) == (False, "off", shown["place"])
    assert send(web, "POST", f"{place}/test").status_code == 409
    assert send(web, "DELETE", place).status_code == 204
    assert send(web, "GET", place).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "pigeon"},
        {"url": None},
        {"url": "ftp://example.net/"},
        {"url": "https://me:word@example.net/"},
        {"secret": "short"},
        {"mail": MAIL},
        {"kind": "slack", "secret": "whsec_x"},
        {"kind": "email", "url": None},
        {"kind": "email", "url": None, "secret": "x", "mail": MAIL | {"security": "none", "username": "me"}},
        {"kind": "email", "url": None, "mail": MAIL | {"authority": "no certificate"}},
        {"kind": "email", "url": None, "mail": MAIL | {"sender": "a@b\r\nBcc: x@y"}},
    ],
)
def test_a_channel_that_could_not_work_is_refused(web: Web, wrong: dict[str, Any]) -> None:
    answer = send(web, "POST", "/alert-channels", HOOK | {"name": "wrong"} | wrong)
    assert (answer.status_code, bool(answer.get_json()["next_step"])) == (422, True)


def test_a_route_leads_to_a_channel_and_is_written_anew(web: Web) -> None:
    channel = made(web, name="noc", kind="email", url=None, mail=MAIL, secret="word")
    assert channel["mail"] | MAIL == channel["mail"]
    further = made(web, name="boss")
    wish = {"name": "nights", "channel": "noc", "severity": "critical", "begins": "22:00", "ends": "06:00"}
    wish |= {"zone": "Europe/Oslo", "days": ["fri", "sat"], "person": "Ann@Example.net"}
    answer = send(web, "POST", "/alert-routes", wish | {"escalate_seconds": 600, "escalate": further["id"]})
    route = answer.get_json()
    assert (answer.status_code, route["channel_id"], route["person"]) == (201, channel["id"], "ann@example.net")
    assert route["hours"] == {"days": ["fri", "sat"], "begins": "22:00", "ends": "06:00", "zone": "Europe/Oslo"}
    assert (route["escalate"], route["escalate_seconds"]) == ("boss", 600)
    assert send(web, "DELETE", f"/alert-channels/{channel['id']}").status_code == 409
    place = f"/alert-routes/{route['id']}"
    anew = send(web, "PUT", place, {"name": "all", "channel": "boss", "place": 7}).get_json()
    assert (anew["person"], anew["escalate"], anew["place"], anew["channel"]) == ("", None, 7, "boss")
    assert anew in send(web, "GET", "/alert-routes").get_json()["items"]
    assert send(web, "DELETE", place).status_code == 204
    assert send(web, "GET", place).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"channel": "nowhere"},
        {"zone": "Mars/Base"},
        {"begins": "25:00"},
        {"escalate_seconds": 600},
        {"escalate_seconds": 600, "escalate": "hook", "digest_seconds": 3600},
        {"person": "ann@example.net"},
        {"site": "nowhere"},
    ],
)
def test_a_route_that_leads_nowhere_is_refused(web: Web, wrong: dict[str, Any]) -> None:
    made(web)
    answer = send(web, "POST", "/alert-routes", {"name": "wrong", "channel": "hook"} | wrong)
    assert (answer.status_code, bool(answer.get_json()["next_step"])) == (422, True)


def test_a_test_of_a_channel_is_a_delivery_that_waits(web: Web) -> None:
    channel = made(web)
    answer = send(web, "POST", f"/alert-channels/{channel['id']}/test")
    delivery = answer.get_json()
    assert (answer.status_code, delivery["what"], delivery["state"]) == (202, "test", "waiting")
    assert (delivery["attempts"], delivery["alert_ids"]) == ([], [])
    listed = send(web, "GET", f"/alert-deliveries?what=test&channel_id={channel['id']}").get_json()["items"]
    assert listed == [delivery]
    assert send(web, "GET", f"/alert-deliveries?state=dead&channel_id={channel['id']}").get_json()["items"] == []
    assert send(web, "POST", f"/alert-deliveries/{delivery['id']}/retry").status_code == 409
