"""What a device is asked at once: who may, what is passed on, what is told of it, and what is on record."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.app import create_app
from db import audit
from db.tenancy import tenant_session
from fleet.errors import Unavailable
from fleet.identity import Role, Scope
from fleet.questions import Keep
from routeros.errors import Unreachable
from tests.fixtures.answers import Answers
from tests.fixtures.web import Web, guard, home

CONTROL = (Scope.DEVICES_CONTROL,)


@dataclass(frozen=True)
class Ground:
    """The application with owners that answer."""

    web: Web
    answers: Answers

    def send(self, path: str, body: object, *scopes: Scope) -> TestResponse:
        """Ask about north's first device as a key."""
        return self.post(self.web.client(self.web.key(self.web.north, *(scopes or CONTROL))), path, body)

    def post(self, client: FlaskClient, path: str, body: object, **more: Any) -> TestResponse:
        return client.post(f"{self.place}/{path}", json=body, **more)

    def person(self, role: Role) -> FlaskClient:
        return self.web.browser(self.web.north, role)

    @property
    def place(self) -> str:
        return f"{home(self.web.north)}/devices/{self.web.north.devices[0].id}"

    def noted(self) -> list[str | None]:
        """What the audit log says of questions, the newest first."""
        with tenant_session(self.web.context.stores, self.web.north.principal) as session:
            return [e.act.detail for e in audit.page(session, None, 50, audit.Narrow(action="tools.ask"))]


@pytest.fixture
def ground(shared_web: Web) -> Ground:
    answers = Answers()
    made = replace(shared_web.context, questions=answers)
    for slowed in made.limits.redis.scan_iter("limit:questions:*"):
        made.limits.redis.delete(slowed)
    return Ground(replace(shared_web, app=create_app(made), context=made), answers)


def test_pings_are_told_with_their_times(ground: Ground) -> None:
    ground.answers.rows = [
        {"seq": "0", "host": "192.0.2.1", "time": "12ms345us", "ttl": "60", "sent": "1", "received": "1"},
        {"seq": "1", "host": "192.0.2.1", "status": "timeout", "sent": "2", "received": "1"},
    ]
    answer = ground.send("ping", {"address": "192.0.2.1", "count": 2, "interval_seconds": 0.5, "source": "10.0.0.1"})
    found = answer.get_json()
    assert answer.status_code == 200, found
    assert (found["sent"], found["received"], found["loss_ratio"]) == (2, 1, 0.5)
    assert [one["milliseconds"] for one in found["each"]] == [12.345, None]
    assert found["each"][1]["status"] == "timeout"
    (asked,) = ground.answers.asked
    assert asked.command == "/ping"
    assert asked.attributes == {
        "address": "192.0.2.1",
        "count": "2",
        "interval": "500ms",
        "src-address": "10.0.0.1",
    }
    assert (asked.tenant_id, asked.device_id) == (ground.web.north.id, ground.web.north.devices[0].id)


def test_a_way_is_told_by_its_hops(ground: Ground) -> None:
    ground.answers.rows = [
        {"address": "", "loss": "100%", "last": "timeout"},
        {"address": "192.0.2.1", "last": "1.5"},
    ]
    found = ground.send("traceroute", {"address": "192.0.2.1"}).get_json()
    assert [(hop["number"], hop["address"], hop["last_milliseconds"]) for hop in found["hops"]] == [
        (1, None, None),
        (2, "192.0.2.1", 1.5),
    ]
    assert found["hops"][0]["loss_ratio"] == 1
    assert found["complete"]


def test_the_newest_lines_of_the_log_are_asked_for(ground: Ground) -> None:
    ground.answers.rows = [{".id": "*1", "time": "10:00:00", "topics": "system,info", "message": "up"}]
    client = ground.web.client(ground.web.key(ground.web.north, *CONTROL))
    found = client.get(f"{ground.place}/log?limit=5").get_json()
    assert found["lines"] == [{"id": "*1", "time": "10:00:00", "topics": ["system", "info"], "message": "up"}]
    (asked,) = ground.answers.asked
    assert (asked.command, asked.keep, asked.rows) == ("/log/print", Keep.NEWEST, 5)


def test_a_print_picks_rows_and_properties(ground: Ground) -> None:
    ground.answers.rows, ground.answers.more = [{"address": "10.0.0.1/24", ".section": "0"}], True
    body = {"menu": "/ip/address", "where": {"interface": "ether1"}, "properties": ["address"], "limit": 3}
    found = ground.send("commands", body).get_json()
    assert found == {"rows": [{"address": "10.0.0.1/24"}], "more": True}
    (asked,) = ground.answers.asked
    assert (asked.queries, asked.properties, asked.rows) == (("?=interface=ether1",), ("address",), 3)
    assert not asked.unmasked


def test_what_writes_is_led_to_the_push_and_nobody_is_asked(ground: Ground) -> None:
    answer = ground.send(
        "commands", {"menu": "/ip/address", "command": "add", "arguments": {"address": "10.0.0.1/24"}}
    )
    assert (answer.status_code, answer.get_json()["code"]) == (422, "needs_push")
    assert "Push it" in answer.get_json()["next_step"]
    answer = ground.send("commands", {"menu": "/system", "command": "reboot"})
    assert (answer.status_code, answer.get_json()["code"]) == (403, "command_refused")
    assert ground.answers.asked == []


def test_secrets_are_shown_to_who_may_see_them_alone_and_that_is_on_record(ground: Ground) -> None:
    body = {"menu": "/ppp/secret", "secrets": True}
    assert ground.send("commands", body).status_code == 403
    assert ground.answers.asked == []
    assert ground.send("commands", body, *CONTROL, Scope.CONFIG_SECRETS).status_code == 200
    assert ground.answers.asked[0].unmasked
    assert ground.noted()[0] == "/ppp/secret/print with its secrets"


def test_the_record_names_the_command_and_none_of_its_values(ground: Ground) -> None:
    ground.answers.raises = Unreachable("No route.", device="192.0.2.9:8729")
    answer = ground.send("ping", {"address": "198.51.100.77"})
    assert (answer.status_code, answer.get_json()["code"]) == (502, "unreachable")
    assert ground.noted()[0] == "/ping"


def test_where_nobody_owns_the_device_that_is_said(ground: Ground) -> None:
    ground.answers.raises = Unavailable("Nobody looks after this device just now.", "Try again.")
    answer = ground.send("ping", {"address": "192.0.2.1"})
    assert (answer.status_code, answer.get_json()["next_step"]) == (503, "Try again.")


def test_another_tenants_device_is_not_there(ground: Ground) -> None:
    client = ground.web.client(ground.web.key(ground.web.north, *CONTROL))
    foreign = f"{home(ground.web.north)}/devices/{ground.web.south.devices[0].id}"
    assert client.post(f"{foreign}/ping", json={"address": "192.0.2.1"}).status_code == 404
    assert ground.answers.asked == []


def test_who_only_looks_asks_no_device(ground: Ground) -> None:
    client = ground.person(Role.VIEWER)
    assert ground.post(client, "ping", {"address": "192.0.2.1"}, headers=guard(client)).status_code == 403


def test_what_a_tenant_allows_is_for_its_administrators(ground: Ground) -> None:
    profile = {"menu": "/tool", "command": "profile"}
    admin, operator = ground.person(Role.TENANT_ADMIN), ground.person(Role.OPERATOR)
    assert ground.post(admin, "commands", profile, headers=guard(admin)).status_code == 403
    place = f"{home(ground.web.north)}/tools"
    assert operator.patch(place, json={"allowed": []}, headers=guard(operator)).status_code == 403
    odd = admin.patch(place, json={"allowed": ["/system/reboot"]}, headers=guard(admin))
    assert (odd.status_code, odd.get_json()["code"]) == (422, "bad_input")
    said = admin.patch(place, json={"allowed": ["/tool/profile"]}, headers=guard(admin)).get_json()
    assert [one["command"] for one in said["commands"] if one["allowed"]] == ["/tool/profile"]
    assert operator.get(place).get_json()["changed_by"] == said["changed_by"]
    assert ground.post(admin, "commands", profile, headers=guard(admin)).status_code == 200
    assert ground.post(operator, "commands", profile, headers=guard(operator)).status_code == 403
    assert [asked.command for asked in ground.answers.asked] == ["/tool/profile"]
