"""Alerts in a real browser: some are chosen by keys and acknowledged together; a rule is changed in its own units."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, expect

from db import alertrules
from db.tenancy import tenant_session
from fleet.identity import Role
from tests.dashboard.alarms import rule, strike
from tests.dashboard.seats import Screen


@dataclass(frozen=True, slots=True)
class Watch:
    """An operator's browser."""

    page: Page
    url: str

    def open(self, path: str) -> None:
        self.page.goto(f"{self.url}/t/north/{path}")

    def row(self, text: str) -> Locator:
        return self.page.locator(".admin-body tbody tr", has_text=text)

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog")


@pytest.fixture
def watch(screen: Screen, shared_web_url: str, page: Page) -> Watch:
    """An operator of north, signed in at a live server."""
    page.goto(f"{shared_web_url}/login#{screen.web.link(screen.web.north, Role.OPERATOR)}")
    expect(page.locator("#tenant")).to_have_text("North")
    return Watch(page, shared_web_url)


def test_what_is_chosen_by_keys_is_acknowledged_and_the_bell_follows(watch: Watch, screen: Screen) -> None:
    busy = rule(screen, screen.web.north, "CPU busy")
    for device in screen.web.north.devices:
        strike(screen, device, busy, value=0.97)
    watch.open("alerts")
    expect(watch.page.locator("#bell .bell-count")).to_have_text("3")
    expect(watch.page.locator("#alerts-heed")).to_have_text("Acknowledge all 3")
    for key in "jxjx":
        watch.page.keyboard.press(key)
    expect(watch.page.locator("#alerts-heed")).to_have_text("Acknowledge 2 chosen")
    watch.page.locator("#alerts-heed").click()
    expect(watch.dialog).to_contain_text("Acknowledge 2 alerts")
    watch.dialog.get_by_label("Comment").fill("on my way")
    watch.dialog.get_by_role("button", name="Acknowledge", exact=True).click()
    expect(watch.row("“on my way”")).to_have_count(2)
    expect(watch.page.locator("#bell .bell-count")).to_have_text("1")
    expect(watch.page.locator("#alerts-heed")).to_have_text("Acknowledge all 1")


def test_a_rule_is_changed_in_the_unit_of_its_measurement(watch: Watch, screen: Screen) -> None:
    watch.open("alerts/rules")
    watch.page.get_by_role("button", name="Change CPU busy").click()
    threshold = watch.dialog.get_by_label("Threshold (%)")
    expect(threshold).to_have_value("90")
    threshold.fill("95")
    watch.dialog.get_by_label("It must last (minutes)").fill("3")
    watch.dialog.get_by_role("button", name="Save").click()
    expect(watch.row("CPU load above 95 %")).to_contain_text("for 3 min")
    watch.page.get_by_role("button", name="Copy CPU busy").click()
    watch.dialog.get_by_label("Measurement").select_option(label="Health: Temperature (°C)")
    watch.dialog.get_by_label("Threshold", exact=True).locator("visible=true").fill("60")
    watch.dialog.get_by_label("Over again at", exact=True).locator("visible=true").fill("55")
    watch.dialog.get_by_label("Name").fill("warm")
    watch.dialog.get_by_role("button", name="Try it on the last 7 days").click()
    expect(watch.dialog.locator(".trial")).to_contain_text("It would not have fired in 7 days")
    watch.dialog.get_by_role("button", name="Add the rule").click()
    expect(watch.row("warm")).to_contain_text("Temperature above 60 °C")
    with tenant_session(screen.web.context.stores, screen.web.north.principal) as session:
        kept = {row.rule.name: row.rule.condition for row in alertrules.every(session)}
    assert (kept["CPU busy"].threshold, kept["CPU busy"].clear) == (0.95, 0.8)
    assert (kept["warm"].field, kept["warm"].threshold, kept["warm"].clear) == ("temperature_celsius", 60, 55)
