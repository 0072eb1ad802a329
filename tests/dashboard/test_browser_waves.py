"""A push over many devices in a browser: handed over by the fleet, foreseen for each, begun, seen by its waves."""

from __future__ import annotations

import json

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from fleet.identity import Role
from tests.dashboard.seats import Screen

GRAVE = ("serious", "critical")
EXPORT = b"# 2026-01-05 12:00:00 by RouterOS 7.16\n/ip service\nset api disabled=no\n"


def test_what_is_chosen_in_the_fleet_is_pushed_to_in_waves(screen: Screen, shared_web_url: str, page: Page) -> None:
    screen.web.configuration(screen.web.north, EXPORT)
    page.goto(f"{shared_web_url}/login#{screen.web.link(screen.web.north, Role.OPERATOR)}")
    expect(page.locator("#tenant")).to_have_text("North")
    page.goto(f"{shared_web_url}/t/north/config/waves")
    chosen = [[str(device.id), device.name] for device in screen.web.north.devices[:2]]
    page.evaluate("chosen => sessionStorage.setItem('flotilla-chosen', JSON.stringify(chosen))", chosen)
    page.goto(f"{shared_web_url}/t/north/config/waves?open=push-many")
    made = page.get_by_role("dialog", name="Push to many devices")
    expect(made.get_by_label("Devices", exact=True)).to_contain_text("the 2 chosen in the fleet")
    made.get_by_label("Lines, as an export writes them").fill("/ip service set api disabled=yes")
    made.get_by_label("Waves", exact=True).fill("1, rest")
    made.get_by_label("What it is for").fill("a note for two")
    made.get_by_role("button", name="Preview").click()
    first, second = (made.get_by_role("region", name=device.name) for device in screen.web.north.devices[:2])
    expect(second).to_contain_text("1 step")
    expect(first).to_contain_text("may cut the path to it: it is left out unless you say otherwise")
    first.get_by_text("Push to it all the same").click()
    first.get_by_label("Write the identity of router-000").fill("north")
    first.get_by_label("Why it must be done").fill("I stand beside it")
    expect(made).to_contain_text("2 devices in waves of 1, 1.")
    faults = [fault for fault in Axe().run(page).response["violations"] if fault["impact"] in GRAVE]
    assert [(fault["id"], fault["nodes"][0]["html"][:200]) for fault in faults] == []
    with page.expect_response(
        lambda answer: answer.request.method == "POST" and answer.url.endswith("/pushes")
    ) as sent:
        made.get_by_role("button", name="Begin with the first wave of 2 devices").click()
    told = json.loads(sent.value.request.post_data or "")
    (word,) = told["overrides"]
    assert (sent.value.status, word["name"], word["reason"]) == (202, "north", "I stand beside it")
    expect(page.get_by_role("heading", name="a note for two")).to_be_visible()
    expect(page.get_by_role("list", name="Waves").get_by_role("listitem")).to_have_count(2)
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("dialog", name="Pause").get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Go on")).to_be_visible()
