"""The page of drift, as its callback tells it."""

from __future__ import annotations

from db import configs, templates
from db.templates import Filled, Target, Templates
from db.tenancy import tenant_session
from fleet.identity import Role
from tests.dashboard.seats import Screen, Seat, text

BODY = "config-drift-body.children"
EXPORT = b"# 2026-01-05 12:00:00 by RouterOS 7.16\n/system note\nset note=gone\n"


def test_a_device_that_differs_is_explained_and_leads_to_the_way_back(screen: Screen, south: Seat) -> None:
    web, north = screen.web, screen.web.north
    operator = Seat(web.browser(north, Role.OPERATOR), north)
    told = text(operator.call(BODY, "config/drift"))
    assert "No device has an intended state" in told
    assert "pin a version" in told
    web.configuration(north, EXPORT)
    with tenant_session(web.context.stores, north.principal) as session:
        row = templates.one(session, web.template(north))
        target, writer = Target(device_id=north.devices[0].id), Templates(session, web.author(north), north.id)
        writer.assign(row, target, Filled({}))
    told = text(operator.call(BODY, "config/drift"))
    assert "Of 1 device, 1 differs. Of 2 more devices nothing is intended." in told
    assert f"device/{north.devices[0].id}/config?push=drift" in told
    told = text(operator.call(BODY, f"config/drift?device={north.devices[0].id}"))
    for word in ("/system/note", "intended is kept", "/system note set note=kept"):
        assert word in told, word
    viewer = Seat(web.browser(north, Role.VIEWER), north)
    assert "Plan the way back" not in text(viewer.call(BODY, "config/drift"))


def test_a_pinned_version_is_intended_and_nothing_differs_from_it(screen: Screen, south: Seat) -> None:
    web, tenant = screen.web, screen.web.south
    web.configuration(tenant, EXPORT)
    with tenant_session(web.context.stores, tenant.principal) as session:
        newest = configs.numbered(session, tenant.devices[0].id, None)
        configs.pin(session, web.author(tenant), newest, "as built")
    told = text(south.call(BODY, "config/drift"))
    assert "nothing differs" in told
    assert "pinned version 1 (as built)" in told


def test_a_strangers_device_is_not_there(screen: Screen, south: Seat) -> None:
    told = text(south.call(BODY, f"config/drift?device={screen.web.north.devices[0].id}"))
    assert "There is no device" in told or "no such device" in told
