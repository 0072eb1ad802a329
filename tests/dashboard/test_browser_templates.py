"""Templates in a real browser: one is made of a starter, checked, saved, previewed for a device and pushed to it."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from fleet.identity import Role
from tests.dashboard.seats import Screen

EXPORT = b"# 2026-01-05 12:00:00 by RouterOS 7.16\n/system note\nset note=old\n"
TEXT = '/system note\nset note="{{ note }}"\n'


def test_a_template_is_written_checked_previewed_and_pushed(screen: Screen, shared_web_url: str, page: Page) -> None:
    screen.web.configuration(screen.web.north, EXPORT)
    page.goto(f"{shared_web_url}/login#{screen.web.link(screen.web.north, Role.OPERATOR)}")
    expect(page.locator("#tenant")).to_have_text("North")
    page.goto(f"{shared_web_url}/t/north/config/templates")
    page.get_by_role("button", name="New template").click()
    made = page.get_by_role("dialog", name="New template")
    made.get_by_label("Name", exact=True).fill("Notes")
    made.get_by_role("button", name="Add a variable").click()
    row = made.get_by_role("group", name="Variable")
    row.get_by_label("Name").fill("note")
    made.get_by_label("Text: console commands").fill("set note={{ other }}")
    made.get_by_role("button", name="Check the text").click()
    expect(made.get_by_role("alert")).to_be_visible()
    made.get_by_label("Text: console commands").fill(TEXT)
    made.get_by_role("button", name="Check the text").click()
    expect(made).to_contain_text("The text can be read.")
    made.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Notes, version 1")).to_be_visible()

    page.get_by_role("button", name="Preview and push").click()
    tried = page.get_by_role("dialog", name="Notes, version 1")
    first, device = screen.web.north.devices[0], tried.get_by_label("Device", exact=True)
    device.fill(first.name)
    expect(device).to_have_attribute("data-id", str(first.id))
    tried.get_by_label("note").fill("new")
    tried.get_by_role("button", name="Preview").click()
    card = tried.get_by_role("region", name=first.name)
    expect(card).to_contain_text("1 step")
    card.get_by_role("button", name="Plan and push").click()
    expect(card.get_by_role("list", name="What is done")).to_contain_text("note=new")
    expect(card.get_by_role("button", name="Push to router-000")).to_be_enabled()
