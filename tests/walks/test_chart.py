"""A person signs in by the link of the demo, opens a device and sees its chart move."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.fixtures.demo import Running, until


def test_a_device_opened_by_the_link_moves(running: Running, page: Page) -> None:
    page.goto(running.demo.link(running.tenant))
    expect(page.locator("#tenant")).to_have_text(running.tenant.name)
    page.get_by_role("link", name="Fleet", exact=True).click()
    expect(page.get_by_test_id("count-all")).to_contain_text("8")

    page.locator(".ag-cell a").first.click()
    expect(page.get_by_test_id("device-state")).to_contain_text("Up")
    value, line = page.get_by_test_id("traffic-now-0"), page.locator("#cpu-graph .js-line").last
    expect(value).not_to_have_text("")
    shown, drawn = value.inner_text(), line.get_attribute("d", timeout=15_000)

    until(lambda: value.inner_text() != shown or None, "the number moves")
    until(lambda: line.get_attribute("d") != drawn or None, "the chart moves")


def test_the_link_works_once(running: Running, page: Page) -> None:
    link = running.demo.link(running.tenant)
    page.goto(link)
    expect(page.locator("#tenant")).to_have_text(running.tenant.name)
    page.goto("about:blank")
    page.context.clear_cookies()
    page.goto(link)
    expect(page.get_by_text("used already")).to_be_visible()
