"""Templates, their versions, previews and assignments over REST."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import psycopg
import pytest
from werkzeug.test import TestResponse

from db.access import APP, POLLER
from fleet.identity import Role, Scope
from routeros.starters import starters
from tests.fixtures.database import Tenant
from tests.fixtures.web import Web, guard, home

TEXT = "/system identity\nset name={{ device.name }}-{{ part }}\n/ppp secret\nadd name=a password={{ key }}\n"
VARIABLES = [
    {"name": "part", "kind": "string", "about": "Which part.", "default": "core"},
    {"name": "key", "kind": "secret"},
]


def send(web: Web, method: str, path: str, body: object = None, tenant: Tenant | None = None) -> TestResponse:
    tenant = tenant or web.north
    more = {} if body is None else {"json": body}
    return web.client(web.key(tenant)).open(f"{home(tenant)}{path}", method=method, **more)


def made(web: Web, **more: object) -> dict[str, Any]:
    body = {"name": "names", "about": "Names.", "text": TEXT, "variables": VARIABLES, **more}
    answer = send(web, "POST", "/templates", body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.get_json()
    assert answer.headers["Location"].endswith(f"/templates/{found['id']}")
    return found


def test_a_template_gets_versions_that_never_change_and_goes_with_all_of_them(web: Web) -> None:
    first = made(web)
    assert (first["version"], first["mode"], first["text"]) == (1, "merge", TEXT)
    place = f"/templates/{first['id']}"
    second = {"text": f"# more\n{TEXT}", "variables": VARIABLES, "mode": "whole"}
    assert send(web, "POST", f"{place}/versions", second).get_json()["version"] == 2
    assert send(web, "POST", f"{place}/versions", second).get_json()["version"] == 2
    found = send(web, "GET", f"{place}/versions").get_json()["items"]
    first = send(web, "GET", f"{place}/versions?limit=1").get_json()
    rest = send(web, "GET", f"{place}/versions?limit=1&after={first['next']}").get_json()
    assert (first["items"] + rest["items"], rest["next"]) == (found, None)
    assert [(one["version"], one["text"]) for one in found] == [(2, second["text"]), (1, TEXT)]
    assert send(web, "GET", place).get_json()["version"] == 2
    (listed,) = send(web, "GET", "/templates").get_json()["items"]
    assert (listed["name"], listed["version"], "text" in listed) == ("names", 2, False)
    assert send(web, "POST", "/templates", {"name": "names", "text": "# x\n"}).status_code == 409
    assert send(web, "DELETE", place).status_code == 204
    assert send(web, "GET", place).status_code == 404
    assert send(web, "GET", "/templates").get_json()["items"] == []
    kinds = sorted(one["kind"] for one in send(web, "GET", "/operations").get_json()["items"])
    assert kinds == ["template.created", "template.deleted", "template.updated"]


def test_a_version_cannot_be_changed_by_any_statement(web: Web) -> None:
    made(web)
    with psycopg.connect(web.context.stores.url(APP)) as connection:
        connection.execute("SELECT set_config('app.current_tenant', %s, false)", (str(web.north.id),))
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("UPDATE template_versions SET text = 'x'")


def test_a_preview_says_for_each_device_what_it_gets_or_why_not_and_no_secret(web: Web) -> None:
    template = made(web)
    devices = [str(one.id) for one in web.north.devices[:2]]
    body = {"devices": devices, "values": {"part": 'a "b"'}}
    answer = send(web, "POST", f"/templates/{template['id']}/preview", body)
    items = answer.get_json()["items"]
    assert [one["device"] for one in items] == ["router-000", "router-001"]
    assert 'set name="router-000-a \\"b\\""' in items[0]["text"]
    assert "password=*****" in items[0]["text"]
    wrong = {"devices": devices, "values": {"part": True}}
    lacking = send(web, "POST", f"/templates/{template['id']}/preview", wrong).get_json()["items"]
    assert lacking[0]["text"] is None
    assert (lacking[0]["error"], bool(lacking[0]["next_step"])) == ("The variable part is no string.", True)
    foreign = {"devices": [str(web.south.devices[0].id)]}
    assert send(web, "POST", f"/templates/{template['id']}/preview", foreign).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": "{{ nothing }}"},
        {"text": "{{ part"},
        {"variables": [{"name": "key", "kind": "secret", "default": "x"}]},
        {"variables": [{"name": "Key", "kind": "secret"}]},
        {"variables": [{"name": "key", "kind": "colour"}]},
        {"text": ""},
        {"mode": "half"},
    ],
)
def test_a_template_that_cannot_be_used_is_refused(web: Web, wrong: dict[str, object]) -> None:
    body = {"name": "names", "text": TEXT, "variables": VARIABLES, **wrong}
    assert send(web, "POST", "/templates", body).status_code == 422
    assert send(web, "GET", "/templates").get_json()["items"] == []


def test_the_starters_can_be_made_ones_own(web: Web) -> None:
    found = send(web, "GET", "/template-starters").get_json()["items"]
    assert {one["name"] for one in found} == set(starters())
    for one in found:
        made(web, **one)


def test_an_assignment_keeps_its_secrets_sealed_and_is_one_for_each_target(web: Web) -> None:
    place = f"/templates/{made(web)['id']}/assignments"
    site = str(web.place(web.north))
    device = str(web.north.devices[0].id)
    for target in ({"tag": "core"}, {"site_id": site}, {"device_id": device}):
        answer = send(web, "POST", place, {**target, "values": {"key": "geheim", "part": "x"}})
        assert (answer.status_code, answer.get_json()["values"]) == (201, {"part": "x"}), answer.text
        assert send(web, "POST", place, {**target, "values": {"key": "geheim"}}).status_code == 409
    found = send(web, "GET", place)
    assert "geheim" not in found.text
    first = found.get_json()["items"][0]
    with psycopg.connect(web.context.stores.url(POLLER)) as poller:
        kept = poller.execute("SELECT secrets FROM template_assignments").fetchall()
    assert all(secret.startswith("vault:") for (secret,) in kept)
    assert send(web, "DELETE", f"{place}/{first['id']}").status_code == 204
    assert send(web, "DELETE", f"{place}/{first['id']}").status_code == 404
    assert len(send(web, "GET", place).get_json()["items"]) == 2


def test_what_cannot_be_intended_is_refused(web: Web) -> None:
    place = f"/templates/{made(web)['id']}/assignments"
    values = {"key": "geheim"}
    assert send(web, "POST", place, {"values": values}).status_code == 422
    assert send(web, "POST", place, {"tag": "a", "site_id": str(uuid4()), "values": values}).status_code == 422
    assert send(web, "POST", place, {"tag": "a"}).status_code == 422
    assert send(web, "POST", place, {"tag": "a", "values": {**values, "other": 1}}).status_code == 422
    assert send(web, "POST", place, {"tag": "a", "values": values, "version": 7}).status_code == 404
    foreign = {"device_id": str(web.south.devices[0].id), "values": values}
    assert send(web, "POST", place, foreign).status_code == 404


def test_a_viewer_reads_and_an_operator_writes(web: Web) -> None:
    template = made(web)
    place = f"{home(web.north)}/templates"
    viewer, operator = web.browser(web.north), web.browser(web.north, Role.OPERATOR)
    assert viewer.get(place).status_code == 200
    body = {"name": "mine", "text": "# x\n"}
    assert viewer.post(place, json=body, headers=guard(viewer)).status_code == 403
    assert operator.post(place, json=body, headers=guard(operator)).status_code == 201
    reader = web.client(web.key(web.north, Scope.CONFIG_READ))
    assert reader.delete(f"{place}/{template['id']}").status_code == 403
