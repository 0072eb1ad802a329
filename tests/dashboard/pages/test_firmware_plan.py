"""The preview of a plan, as its callback tells it, and what is sent to keep it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from playwright.sync_api import Page, expect

from actors.cataloguing import Cataloguer
from dashboard import planform
from db import firmware
from db.platform import platform_session
from fleet.errors import BadInput
from fleet.identity import Role
from fleet.versions import version
from routeros.depot.mirror import Mirror
from tests.dashboard.seats import Screen, Seat, ago, text
from tests.fixtures.browser import admit
from tests.fixtures.depot import Shelf
from tests.fixtures.web import NOW

BODY = "firmware-plan-body.children"
BACKED = """
    INSERT INTO config_state (device_id, tenant_id, whole_at, failures) SELECT id, tenant_id, %s, 0 FROM devices
    ON CONFLICT (device_id) DO UPDATE SET whole_at = excluded.whole_at
"""


@pytest.fixture(scope="module")
def planner(screen: Screen) -> Seat:
    """An operator of north, of whose devices one can be upgraded, one runs the version and one is down."""
    north = screen.web.north
    for device, runs, state in zip(north.devices, ("7.16", "7.24.4", "7.16"), ("up", "up", "down"), strict=True):
        screen.tell(device, state=state, since=ago(hours=1), heard_at=ago(seconds=5), model="hAP ax3",
                    version=runs, serial=f"SN{device.name}")  # fmt: skip
        screen.have(device, "resource", **{"": {"architecture": "arm64"}})
        screen.have(device, "packages", routeros={})
    with psycopg.connect(screen.database.admin_url) as admin:
        admin.execute(BACKED, (ago(hours=2),))
    Cataloguer(screen.web.context.stores, Shelf(), lambda: NOW).sync()
    mirror = Mirror.of(screen.web.context.settings)
    with platform_session(screen.web.context.stores, "test") as session:
        for file in firmware.files(session, version("7.24.4"), ("arm64",), ("routeros",)):
            mirror.take(Shelf(), file)
    return Seat(screen.web.browser(north, Role.OPERATOR), north)


def form(told: str, name: str) -> dict[str, Any]:
    """Read the form of the button with an id."""
    found = next(part for part in _parts(json.loads(told)) if part.get("id") == name)
    read: dict[str, Any] = json.loads(found["data-form"])
    return read


def _parts(tree: Any) -> Iterator[dict[str, Any]]:
    """Yield the properties of all parts of what is drawn."""
    if isinstance(tree, dict):
        yield tree
    for one in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _parts(one)


def test_a_plan_is_shown_with_its_waves_its_way_back_and_who_is_left_out(planner: Seat) -> None:
    told = text(planner.call(BODY, "firmware/plan?target=7.24.4&strategy=rolling&batch=7&begin=22:00&end=04:00"))
    for word in ("1 device to 7.24.4", "Wave 1, canary", "router-000", "Downgrade", "22:00–04:00 UTC"):
        assert word in told, word
    assert "2 devices left out by the plan" in told
    assert "It does not answer." in told
    sent = form(told, "plan-keep")
    assert sent["path"].endswith("/rollouts")
    assert sent["fixed"] == {
        "target": "7.24.4",
        "strategy": "rolling",
        "batch": 7,
        "windows": [{"begin": "22:00", "end": "04:00"}],
    }
    assert sent["then"] == "/t/north/firmware/rollouts?rollout={id}"


def test_a_plan_tells_when_it_is_over_and_what_is_to_be_known(planner: Seat) -> None:
    told = text(planner.call(BODY, "firmware/plan?target=7.24.4"))
    assert "Expected to be over" in told
    assert "12:09:00, 9 min after it begins" in told
    assert "12:00:00 – 12:09:00" in told


def test_devices_that_were_chosen_in_the_fleet_are_handed_over_and_no_others_join(planner: Seat) -> None:
    asked, (first, second, _) = "firmware/plan?target=7.24.4&chosen=fleet", planner.tenant.devices
    handed = {"at": "1", "devices": [str(first.id), str(second.id)]}
    told = text(planner.call(BODY, asked, firmware_plan_handed__data=handed))
    assert "1 device to 7.24.4" in told
    assert "1 device left out by the plan" in told
    assert "2 devices by name" in told
    assert form(told, "plan-keep")["fixed"]["devices"] == handed["devices"]
    assert "the 2 chosen on the page Fleet" in told
    assert "No device is chosen" in text(planner.call(BODY, asked, firmware_plan_handed__data={"devices": []}))
    stranger = {"devices": [str(UUID(int=1))]}
    assert "There is no device" in text(planner.call(BODY, asked, firmware_plan_handed__data=stranger))


def test_what_cannot_be_is_said_beside_the_form(planner: Seat) -> None:
    for query, why in (
        ("target=soon", "neither a version nor a channel"),
        ("target=7.24.4&strategy=everything", "your word"),
        ("target=7.24.4&model=CCR*", "No device"),
        ("target=7.24.4&batch=0", "batch: "),
        ("target=7.24.4&begin=25:00&end=04:00", "windows.begin: "),
    ):
        told = text(planner.call(BODY, f"firmware/plan?{query}"))
        assert why in told, query
        assert "plan-ask" in told
        assert "plan-keep" not in told


def test_it_is_for_those_who_may_write_firmware(screen: Screen, planner: Seat) -> None:
    viewer = Seat(screen.web.browser(screen.web.north), screen.web.north)
    told = text(viewer.call(BODY, "firmware/plan?target=7.24.4"))
    assert "This page is not for your role" in told
    assert "router-000" not in told


def test_an_address_is_read_as_rest_would_read_it() -> None:
    whom = {"model": "hAP ax3, CCR*", "site": "harbour"}
    window = {"begin": "22:00", "end": "23:00", "days": "Mon,Fri", "zone": "Europe/Riga"}
    course = {"boot": "false", "hours": "12", "starts_at": "2026-01-06T22:00:00.000Z", "soak_minutes": "0"}
    asked = {"target": "stable", **whom, **window, **course}
    found = planform.wish(asked, "spring")
    assert (found.name, found.filter.model, found.filter.site) == ("spring", ["hAP ax3", "CCR*"], ["harbour"])
    assert (found.boot, found.hours, found.windows[0].days, found.windows[0].zone) == (
        False,
        12,
        [0, 4],
        "Europe/Riga",
    )
    terms = found.terms(NOW)
    assert (terms.starts_at, terms.limits.soak) == (NOW + timedelta(hours=34), timedelta(0))
    with pytest.raises(BadInput, match="target"):
        planform.wish({})


def test_who_is_chosen_in_the_fleet_comes_along_to_the_plan(
    planner: Seat, screen: Screen, shared_web_url: str, page: Page
) -> None:
    admit(page, screen.web.browser(planner.tenant, Role.OPERATOR), shared_web_url)
    page.goto(f"{shared_web_url}/t/north/fleet?sort=name")
    for name in ("router-000", "router-001"):
        page.locator(f"#fleet-grid .ag-row:has-text('{name}') .picker").click()
    expect(page.get_by_test_id("chosen")).to_have_text("2 chosen")
    page.get_by_role("button", name="Rollout…").click()
    asked = page.get_by_role("dialog", name="Plan a rollout")
    expect(asked.get_by_label("Among")).to_contain_text("the 2 chosen on the page Fleet")
    asked.get_by_label("Brought to").fill("7.24.4")
    asked.get_by_role("button", name="Preview").click()
    drawn = page.get_by_role("region", name="1 device to 7.24.4")
    expect(drawn).to_contain_text("router-000")
    expect(drawn).to_contain_text("2 devices by name")
    page.get_by_role("button", name="Keep this plan").click()
    kept = page.get_by_role("dialog", name="Keep the plan")
    kept.get_by_label("What it is called").fill("the two of the fleet")
    kept.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("heading", name="the two of the fleet")).to_be_visible()
