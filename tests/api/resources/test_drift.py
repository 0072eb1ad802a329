"""Drift over REST: templates and a pinned version as what is intended, explained and pushed."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from werkzeug.test import TestResponse

from fleet.identity import Scope
from tests.fixtures.web import Web, home

NOW = b"""# 2026-01-05 11:00:00 by RouterOS 7.20.6
/ip pool
add name=guests ranges=192.0.2.1
/ppp secret
add name=ann password=first
/system identity
set name=gw-1
"""
NAMES = "/system identity\nset name={{ device.name }}-{{ part }}\n"
PART = {"name": "part", "kind": "string"}
KEY = {"name": "key", "kind": "secret"}


def send(web: Web, method: str, path: str, body: object = None, *scopes: Scope) -> TestResponse:
    """Ask as a key; ``~`` is the tenant's own, ``@`` its first device."""
    place = path.replace("@", f"~/devices/{web.north.devices[0].id}").replace("~", home(web.north))
    more = {} if body is None else {"json": body}
    return web.client(web.key(web.north, *scopes)).open(place, method=method, **more)


def got(web: Web, path: str) -> Any:
    answer = send(web, "GET", path, None, Scope.CONFIG_READ)
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def made(web: Web, text: str, *variables: dict[str, str], mode: str = "merge", name: str = "names") -> str:
    body = {"name": name, "text": text, "variables": variables, "mode": mode}
    answer = send(web, "POST", "~/templates", body)
    assert answer.status_code == 201, answer.text
    return str(answer.get_json()["id"])


def assign(web: Web, template: str, **more: object) -> None:
    whom = {"device_id": str(web.north.devices[0].id)} if "tag" not in more else {}
    answer = send(web, "POST", f"~/templates/{template}/assignments", {**whom, **more})
    assert answer.status_code == 201, answer.text


def tagged(web: Web, tag: str) -> str:
    assert send(web, "PATCH", "@", {"tags": [tag]}).status_code == 200
    return tag


def sealed(web: Web) -> int:
    with psycopg.connect(web.context.stores.url("flotilla_poller")) as poller:
        return len(poller.execute("SELECT sealed FROM pushes").fetchall())


def test_of_what_nothing_is_intended_nothing_is_compared(web: Web) -> None:
    web.configuration(web.north, NOW)
    found = got(web, "@/drift")
    assert (found["state"], found["parts"], found["findings"]) == ("nothing_intended", [], 0)
    refused = send(web, "POST", "@/config/plan", {"drift": True})
    assert (refused.status_code, "Nothing is intended" in refused.get_json()["detail"]) == (422, True)


def test_a_device_that_was_never_read_is_told_so(web: Web) -> None:
    assign(web, made(web, NAMES, PART), values={"part": "a"})
    assert got(web, "@/drift")["state"] == "never_read"
    assert "never read" in send(web, "POST", "@/config/plan", {"drift": True}).get_json()["detail"]


def test_what_a_template_wants_otherwise_is_explained_and_pushed(web: Web) -> None:
    web.configuration(web.north, NOW)
    assign(web, made(web, NAMES, PART), values={"part": "edge"})
    name = web.north.devices[0].name
    found = got(web, "@/drift")
    assert (found["state"], found["findings"], found["version"]) == ("drifted", 1, 1)
    (part,) = found["parts"]
    assert (part["source"], part["name"], part["version"], part["error"]) == ("template", "names", 1, None)
    (finding,) = part["findings"]
    step = f"/system identity set name={name}-edge"
    assert (finding["difference"], finding["step"]) == ("changed", step)
    assert f"name is gw-1, intended is {name}-edge" in finding["why"]
    listed = got(web, "~/drift?limit=1")
    assert [one["state"] for one in listed["items"]] == ["drifted"]
    rest = got(web, f"~/drift?after={listed['next']}")
    assert {one["state"] for one in rest["items"]} == {"nothing_intended"}
    push = send(web, "POST", "@/config", {"drift": True})
    assert (push.status_code, push.get_json()["source"], push.get_json()["lines"]) == (202, "template", [step])
    web.configuration(web.north, NOW.replace(b"gw-1", f"{name}-edge".encode()))
    assert got(web, "@/drift")["state"] == "as_intended"


def test_the_nearest_assignment_counts(web: Web) -> None:
    web.configuration(web.north, NOW)
    template = made(web, NAMES, PART)
    assign(web, template, tag=tagged(web, "core"), values={"part": "tag"})
    assert got(web, "@/drift")["parts"][0]["findings"][0]["step"].endswith("-tag")
    assign(web, template, values={"part": "self"})
    (part,) = got(web, "@/drift")["parts"]
    assert [one["step"][-5:] for one in part["findings"]] == ["-self"]


def test_a_pinned_version_is_intended_where_no_template_speaks(web: Web) -> None:
    version = web.configuration(web.north, NOW)
    assert send(web, "PUT", f"~/configversions/{version}/pin", {"name": "as accepted"}).status_code == 200
    assert got(web, "@/drift")["state"] == "as_intended"
    changed = NOW.replace(b"192.0.2.1", b"192.0.2.9").replace(b"first", b"hunter2").replace(b"gw-1", b"other")
    web.configuration(web.north, changed)
    found = got(web, "@/drift")
    assert [(one["source"], one["name"]) for one in found["parts"]] == [("version", "as accepted")]
    menus = {one["menu"] for one in found["parts"][0]["findings"]}
    assert menus == {"/ip/pool", "/ppp/secret", "/system/identity"}
    assert "hunter2" not in str(found)
    assert "first" not in str(found)
    assign(web, made(web, "/system identity\nset name=other\n"))
    template, pin = got(web, "@/drift")["parts"]
    assert template["findings"] == []
    assert {one["menu"] for one in pin["findings"]} == {"/ip/pool", "/ppp/secret"}
    push = send(web, "POST", "@/config", {"drift": True})
    assert (push.status_code, len(push.get_json()["lines"])) == (202, 2)


def test_secrets_are_not_compared_and_a_row_that_lacks_them_is_pushed_by_the_template(web: Web) -> None:
    web.configuration(web.north, NOW)
    ann = made(web, "/ppp secret\nadd name=ann password={{ key }}\n", KEY)
    assign(web, ann, values={"key": "geheim"})
    assert got(web, "@/drift")["state"] == "as_intended"
    bob = made(web, "/ppp secret\nadd name=bob password={{ key }}\n", KEY, name="bob")
    assign(web, bob, values={"key": "geheim"})
    assert got(web, "@/drift")["findings"] == 1
    refused = send(web, "POST", "@/config", {"drift": True})
    assert (refused.status_code, "bob" in refused.get_json()["detail"]) == (422, True)
    push = send(web, "POST", "@/config", {"template": {"id": bob, "values": {"key": "geheim"}}})
    assert (push.status_code, push.get_json()["source"]) == (202, "template")
    assert push.get_json()["lines"] == ["/ppp secret add name=bob password=*****"]
    assert "geheim" not in push.text


def test_a_template_that_fails_for_a_device_is_told_and_pushes_nothing(web: Web) -> None:
    web.configuration(web.north, NOW)
    assign(web, made(web, NAMES, PART), values={"part": "a"})
    broken = made(web, "/system note\nset note={{ part | int / 0 }}\n", PART, name="broken")
    assign(web, broken, values={"part": "1"})
    found = got(web, "@/drift")
    assert (found["state"], found["findings"]) == ("unknown", 1)
    assert "fails for this device" in str(found["error"])
    assert send(web, "POST", "@/config", {"drift": True}).status_code == 422
    assert sealed(web) == 0


@pytest.mark.parametrize(("meaning", "more"), [("merge", []), ("whole", ["/ip pool remove [find name=guests]"])])
def test_a_template_is_pushed_with_its_values(web: Web, meaning: str, more: list[str]) -> None:
    web.configuration(web.north, NOW)
    pool = made(web, "/ip pool\nadd name=staff ranges={{ part }}\n", PART, mode=meaning)
    wish = {"id": pool, "values": {"part": "192.0.2.9"}}
    told = send(web, "POST", "@/config/plan", {"template": wish}, Scope.CONFIG_READ).get_json()
    assert (told["source"], told["lines"]) == ("template", ["/ip pool add name=staff ranges=192.0.2.9", *more])
    unfilled = send(web, "POST", "@/config", {"template": {**wish, "values": {}}})
    assert "part has no value" in unfilled.get_json()["detail"]
    absent = send(web, "POST", "@/config", {"template": {**wish, "version": 7}})
    assert absent.status_code == 404


def test_a_secret_where_everybody_reads_it_is_refused(web: Web) -> None:
    web.configuration(web.north, NOW)
    wish = {"id": made(web, "/system note\nset note={{ key }}\n", KEY), "values": {"key": "geheim"}}
    refused = send(web, "POST", "@/config/plan", {"template": wish})
    assert (refused.status_code, "geheim" in refused.text) == (422, False)
    assert "everybody may read" in refused.get_json()["detail"]


def test_a_foreign_template_is_one_that_is_not_there(web: Web) -> None:
    web.configuration(web.north, NOW)
    answer = send(web, "POST", "@/config", {"template": {"id": str(web.template(web.south))}})
    assert answer.status_code == 404
