"""The pages of policies and of tools, as their callbacks tell them."""

from __future__ import annotations

import json
from datetime import timedelta

from db import configpolicies, toolsettings
from db.tenancy import tenant_session
from fleet.backups import Policy
from fleet.identity import Role
from routeros.inquiry import EXTRAS
from tests.dashboard.seats import Screen, Seat, text

BODY, TOOLS = "config-policies-body.children", "admin-tools-body.children"


def test_policies_are_told_and_may_be_changed_by_those_who_write(screen: Screen) -> None:
    web, north = screen.web, screen.web.north
    operator = Seat(web.browser(north, Role.OPERATOR), north)
    assert "Nothing is taken by itself yet" in text(operator.call(BODY, "config/policies"))
    with tenant_session(web.context.stores, north.principal) as session:
        author = web.author(north)
        configpolicies.put(session, author, north.id, None, Policy(timedelta(days=1), keep_count=50))
        configpolicies.put(session, author, north.id, north.devices[1].id, Policy(on_change=True))
    told = text(operator.call(BODY, "config/policies"))
    for word in ("every day", "50 versions, 365 days", north.devices[1].name, "Remove its own", "configpolicy"):
        assert word in told, word
    assert north.devices[0].name not in told
    seen = text(Seat(web.browser(north, Role.VIEWER), north).call(BODY, "config/policies"))
    assert "every day" in seen
    assert "configpolicy" not in seen


def test_the_form_of_a_policy_says_what_is_left_open(screen: Screen) -> None:
    web, south = screen.web, screen.web.south
    with tenant_session(web.context.stores, south.principal) as session:
        configpolicies.put(session, web.author(south), south.id, None, Policy(timedelta(hours=5)))
    answer = Seat(web.browser(south, Role.OPERATOR), south).call(BODY, "config/policies")
    told = text(answer)
    form = next(json.loads(part["data-form"]) for part in _parts(answer.json) if "data-form" in part)
    fields = {one["name"]: one for one in form["fields"]}
    assert form["method"] == "PUT"
    assert fields["every_seconds"]["value"] == "18000"
    assert ["18000", "every 5 h"] in fields["every_seconds"]["options"]
    assert "value" not in fields["on_change"]
    assert "as usual: no" in told


def test_administrators_say_which_commands_are_allowed(screen: Screen) -> None:
    web, north = screen.web, screen.web.north
    name = min(EXTRAS)
    with tenant_session(web.context.stores, north.principal) as session:
        toolsettings.write(session, web.author(north), north.id, [name])
    told = text(Seat(web.browser(north, Role.TENANT_ADMIN), north).call(TOOLS, "admin/tools"))
    assert EXTRAS[name].warning in told
    assert "Changed last by" in told
    assert '\\"method\\":\\"PATCH\\"' in told
    assert "PATCH" not in text(Seat(web.browser(north, Role.OPERATOR), north).call(TOOLS, "admin/tools"))


def _parts(node: object) -> list[dict[str, object]]:
    """Find the properties of all components in an answer."""
    if isinstance(node, list):
        return [found for one in node for found in _parts(one)]
    if not isinstance(node, dict):
        return []
    mine = [node["props"]] if isinstance(node.get("props"), dict) else []
    return mine + [found for one in node.values() for found in _parts(one)]
