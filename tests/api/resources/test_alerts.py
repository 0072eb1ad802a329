"""Alerts, their rules and silences over REST."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from fleet.identity import Scope
from tests.api.resources.test_groups import send
from tests.fixtures.web import Web, home

CPU = {"test": "value", "family": "resource", "field": "cpu_load_ratio", "threshold": 0.5, "clear": 0.4}
RULE = {"name": "CPU busy", "condition": CPU, "severity": "critical", "hold_seconds": 60}


def test_an_alert_is_listed_shown_and_acknowledged(web: Web) -> None:
    alert_id = str(web.alert(web.north))
    place = f"/alerts/{alert_id}"
    shown = send(web, "GET", place).get_json()
    assert (shown["state"], shown["device"], shown["hides"]) == ("firing", "router-000", 0)
    listed = send(web, "GET", f"/alerts?state=firing&device_id={web.north.devices[0].id}&limit=500").get_json()
    assert shown in listed["items"]
    answer = send(web, "POST", f"{place}/acknowledge", {"comment": "on my way"})
    assert (answer.status_code, answer.get_json()["state"]) == (200, "acknowledged")
    assert send(web, "GET", place).get_json()["comment"] == "on my way"
    counts = send(web, "GET", "/alerts/counts").get_json()["items"]
    assert {"state": "acknowledged", "severity": "info"}.items() <= counts[0].items()
    assert send(web, "GET", f"/alerts?after={uuid4()}").status_code == 422


def test_several_alerts_are_acknowledged_and_what_is_over_is_passed(web: Web) -> None:
    first, second = (str(web.alert(web.north)) for _ in range(2))
    wanted = {"alerts": [first, second, first], "comment": "both"}
    answer = send(web, "POST", "/alerts/acknowledge", wanted).get_json()
    assert ([one["id"] for one in answer["items"]], answer["passed"]) == ([first, second], 0)
    assert {one["comment"] for one in answer["items"]} == {"both"}
    foreign = str(web.alert(web.south))
    assert send(web, "POST", "/alerts/acknowledge", {"alerts": [first, foreign]}).status_code == 404
    assert send(web, "POST", "/alerts/acknowledge", {"alerts": []}).status_code == 422


def test_a_key_that_may_read_acknowledges_nothing(web: Web) -> None:
    alert_id = web.alert(web.north)
    client = web.client(web.key(web.north, Scope.ALERTS_READ))
    assert client.get(f"{home(web.north)}/alerts/{alert_id}").status_code == 200
    assert client.post(f"{home(web.north)}/alerts/{alert_id}/acknowledge", json={}).status_code == 403


def test_a_rule_is_tried_on_the_past(web: Web) -> None:
    (rule,) = [one for one in send(web, "GET", "/alert-rules").get_json()["items"] if one["name"] == "device down"]
    tested = send(web, "POST", "/alert-rules/test", {"rule_id": rule["id"], "days": 31}).get_json()
    assert (tested["days"], tested["devices"], tested["cut"]) == (31, len(web.north.devices), False)
    wanted = RULE | {"scope": {"reach": "device", "of": str(web.north.devices[0].id)}}
    tested = send(web, "POST", "/alert-rules/test", {"rule": wanted}).get_json()
    assert (tested["days"], tested["devices"], tested["fired"]) == (7, 1, len(tested["firings"]))
    assert {one["device"] for one in tested["firings"]} <= {"router-000"}
    assert send(web, "POST", "/alert-rules/test", {"rule": wanted, "rule_id": rule["id"]}).status_code == 422
    assert send(web, "POST", "/alert-rules/test", {"rule_id": str(uuid4())}).status_code == 404
    assert send(web, "POST", "/alert-rules/test", {"rule": wanted, "days": 32}).status_code == 422


def test_a_rule_compares_with_what_is_usual(web: Web) -> None:
    """A tenant begins with one, which is off; a distance is above nothing."""
    (given,) = [one for one in send(web, "GET", "/alert-rules").get_json()["items"] if one["name"] == "CPU unusual"]
    assert (given["enabled"], given["condition"]["test"], given["condition"]["measure"]) == (
        False,
        "baseline",
        "spreads",
    )
    wanted = {"test": "baseline", "family": "interfaces", "field": "rx_bytes_rate", "measure": "factor"}
    answer = send(web, "POST", "/alert-rules", RULE | {"name": "odd", "condition": wanted | {"threshold": 3}})
    assert (answer.status_code, answer.get_json()["condition"]["measure"]) == (201, "factor")
    refused = send(web, "POST", "/alert-rules", RULE | {"name": "odder", "condition": wanted | {"threshold": 1}})
    assert (refused.status_code, "above 1" in refused.text) == (422, True)


def test_a_rule_is_made_changed_and_removed(web: Web) -> None:
    device = str(web.north.devices[1].id)
    wanted = RULE | {"scope": {"reach": "device", "of": device}}
    answer = send(web, "POST", "/alert-rules", wanted)
    rule = answer.get_json()
    assert (answer.status_code, rule["version"], rule["scope"]) == (201, 1, {"reach": "device", "of": device})
    assert send(web, "POST", "/alert-rules", wanted).status_code == 409
    place = f"/alert-rules/{rule['id']}"
    changed = send(web, "PATCH", place, {"enabled": False, "keep_seconds": 30}).get_json()
    assert (changed["enabled"], changed["keep_seconds"], changed["version"]) == (False, 30, 2)
    assert changed["condition"] == rule["condition"]
    named = [
        one["scope"]["reach"]
        for one in send(web, "GET", "/alert-rules").get_json()["items"]
        if one["name"] == "CPU busy"
    ]
    assert named == ["tenant", "device"]
    assert send(web, "DELETE", place).status_code == 204
    assert send(web, "GET", place).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"condition": CPU | {"field": "no_such_field"}},
        {"condition": CPU | {"clear": 0.6}},
        {"condition": {"test": "state"}},
        {"condition": CPU | {"test": "rate"}},
        {"scope": {"reach": "device", "of": "core"}},
        {"scope": {"reach": "site", "of": "nowhere"}},
        {"scope": {"reach": "tag", "of": ""}},
    ],
)
def test_a_rule_that_could_not_be_judged_is_refused(web: Web, wrong: dict[str, Any]) -> None:
    answer = send(web, "POST", "/alert-rules", RULE | {"name": "wrong"} | wrong)
    assert (answer.status_code, bool(answer.get_json()["next_step"])) == (422, True)


def test_a_silence_is_kept_and_lifted(web: Web) -> None:
    alert_id = web.alert(web.north)
    wanted = {"device_id": str(web.north.devices[0].id), "lasts": "2h", "reason": "known"}
    answer = send(web, "POST", "/alert-silences", wanted)
    silence = answer.get_json()
    assert (answer.status_code, silence["device"], silence["rule"]) == (201, "router-000", None)
    assert send(web, "GET", f"/alerts/{alert_id}").get_json()["state"] == "silenced"
    assert silence in send(web, "GET", "/alert-silences").get_json()["items"]
    assert send(web, "DELETE", f"/alert-silences/{silence['id']}").status_code == 204
    assert send(web, "GET", f"/alerts/{alert_id}").get_json()["state"] == "firing"
    assert send(web, "POST", "/alert-silences", wanted | {"lasts": "91d"}).status_code == 422
    assert send(web, "POST", "/alert-silences", {"reason": "for ever"}).status_code == 422
