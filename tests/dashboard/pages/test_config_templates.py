"""The page of templates, as its callback tells it."""

from __future__ import annotations

import pytest

from db import templates
from db.templates import Filled, Target, Templates
from db.tenancy import tenant_session
from fleet.identity import Role
from routeros.starters import starters
from tests.dashboard.seats import Screen, Seat, text

BODY = "config-templates-body.children"


@pytest.fixture
def operator(screen: Screen) -> Seat:
    """Someone of north who may write templates."""
    return Seat(screen.web.browser(screen.web.north, Role.OPERATOR), screen.web.north)


def test_a_tenant_without_templates_is_offered_those_to_begin_with(screen: Screen, south: Seat) -> None:
    tenant = screen.web.south
    seen = text(south.call(BODY, "config/templates"))
    assert "There is no template yet. An operator can make one." in seen
    assert "Begin with it" not in seen
    told = text(Seat(screen.web.browser(tenant, Role.OPERATOR), tenant).call(BODY, "config/templates"))
    for name in starters():
        assert f'"starter:{name}"' in told, name


def test_a_template_is_shown_with_its_variables_versions_and_assignments(screen: Screen, operator: Seat) -> None:
    web, north = screen.web, screen.web.north
    made = web.template(north)
    with tenant_session(web.context.stores, north.principal) as session:
        writer = Templates(session, web.author(north), north.id)
        writer.assign(templates.one(session, made), Target(tag="branch"), Filled({"note": "by tag"}))
    told = text(operator.call(BODY, f"config/templates?template={made}"))
    for word in ("/system note", "note=by tag", "tag branch", "version 1", "Preview and push", "Write a new version"):
        assert word in told, word
    assert f"templates/{made}/assignments" in told
    viewer = Seat(web.browser(north, Role.VIEWER), north)
    seen = text(viewer.call(BODY, f"config/templates?template={made}"))
    assert "tag branch" in seen
    for word in ("Write a new version", "Release", "Assign templ"):
        assert word not in seen, word


def test_a_strangers_template_is_refused_with_what_to_do(screen: Screen, south: Seat) -> None:
    made = screen.web.template(screen.web.north)
    assert "There is no template" in text(south.call(BODY, f"config/templates?template={made}"))
