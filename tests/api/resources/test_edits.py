"""An edit becomes a line that a push reads as the same step, or is refused with what is missing."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from fleet.identity import Scope
from routeros.plan import commands
from tests.fixtures.web import Web, home


def edit(web: Web, body: dict[str, Any], *scopes: Scope) -> TestResponse:
    client = web.client(web.key(web.north, *(scopes or (Scope.CONFIG_WRITE,))))
    return client.post(f"{home(web.north)}/devices/{web.north.devices[0].id}/edits", json=body)


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (
            {"menu": "/interface/bridge", "verb": "add", "values": {"name": "br 9"}},
            '/interface bridge add name="br 9"',
        ),
        (
            {"menu": "/interface/bridge", "verb": "set", "row": {"by": {"name": "br9"}}, "values": {"mtu": "1400"}},
            "/interface bridge set [find name=br9] mtu=1400",
        ),
        (
            {"menu": "/system/identity", "verb": "set", "values": {"name": "core-1"}},
            "/system identity set name=core-1",
        ),
        (
            {"menu": "/ip/address", "verb": "unset", "row": {"by": {"comment": "uplink"}}, "names": ["comment"]},
            None,
        ),
        ({"menu": "/ip/address", "verb": "remove", "row": {"by": {"address": "10.0.0.1/24"}}}, None),
        (
            {
                "menu": "/ip/firewall/filter",
                "verb": "move",
                "row": {"by": {"chain": "input", "action": "drop"}, "nth": 1},
                "before": {"by": {"chain": "input", "action": "accept"}},
            },
            None,
        ),
    ],
)
def test_an_edit_is_a_line_that_the_push_reads_as_the_same_step(
    shared_web: Web, body: dict[str, Any], line: str | None
) -> None:
    answer = edit(shared_web, body)
    assert answer.status_code == 200, answer.text
    found = answer.get_json()
    assert line in (None, found["line"])
    (step,) = commands.read(found["line"])
    assert (step.verb, step.menu) == (body["verb"], body["menu"])


def test_secrets_are_in_the_line_and_not_in_what_is_shown(shared_web: Web) -> None:
    body = {"menu": "/ppp/secret", "verb": "add", "values": {"name": "anna", "password": "hush"}}
    found = edit(shared_web, body).get_json()
    assert ("hush" in found["line"], "hush" in found["shown"]) == (True, False)


@pytest.mark.parametrize(
    "body",
    [
        {"menu": "/ip/address", "verb": "remove"},
        {"menu": "/ip/address", "verb": "add"},
        {"menu": "/ip/address", "verb": "set", "row": {"by": {"comment": "x"}}},
        {"menu": "/ip/address", "verb": "unset", "row": {"by": {"comment": "x"}}},
        {"menu": "/ip/address", "verb": "remove", "row": {"by": {"comment": "x"}}, "values": {"comment": "y"}},
        {"menu": "/ip/address; /system reboot", "verb": "add", "values": {"comment": "y"}},
        {"menu": "/ip/address", "verb": "print"},
        {"menu": "/ip/address", "verb": "add", "values": {"a b": "y"}},
    ],
)
def test_what_does_not_fit_together_is_refused(shared_web: Web, body: dict[str, Any]) -> None:
    answer = edit(shared_web, body)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "bad_input")


@pytest.mark.parametrize("value", ['"; /system reboot; "', "$x", "[/system reboot]", "a\nb", "\\", '" x="y'])
def test_no_value_becomes_another_command(shared_web: Web, value: str) -> None:
    answer = edit(shared_web, {"menu": "/ip/address", "verb": "add", "values": {"comment": value}})
    if answer.status_code == 200:
        (step,) = commands.read(answer.get_json()["line"])
        assert step.values == {"comment": value}
    else:
        assert answer.get_json()["code"] == "bad_input"


def test_it_takes_the_scope_and_the_device(shared_web: Web) -> None:
    body = {"menu": "/system/identity", "verb": "set", "values": {"name": "core-1"}}
    assert edit(shared_web, body, Scope.CONFIG_READ).status_code == 403
    client = shared_web.client(shared_web.key(shared_web.north, Scope.CONFIG_WRITE))
    foreign = f"{home(shared_web.north)}/devices/{shared_web.south.devices[0].id}/edits"
    assert client.post(foreign, json=body).status_code == 404
