"""News in a real browser: they come at once by one stream for all tabs, and what was missed is caught up with."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from dashboard.app import mount
from fleet.device import Device, State
from fleet.events import DeviceStatusEvent
from tests.dashboard.seats import Screen, ago
from tests.fixtures.browser import IDLE
from tests.fixtures.database import Database
from tests.fixtures.streams import Live
from tests.fixtures.web import Web

STREAM = "/api/sse?"


@dataclass(frozen=True, slots=True)
class Desk:
    """A browser of someone of the tenant north."""

    page: Page
    screen: Screen
    live: Live

    @property
    def router(self) -> Device:
        return self.screen.web.north.devices[0]

    def tab(self) -> Page:
        """Open another tab, which looks for nothing by itself: what it shows anew came by the stream."""
        made = self.page.context.new_page()
        made.goto(f"{self.live.url}/t/north/")
        expect(made.locator("#live")).to_have_attribute("data-stream", "open")
        made.evaluate("window.dash_clientside.set_props('tick', { disabled: true })")
        expect(made.get_by_test_id("overview-down")).to_contain_text("0")
        return made

    def fall(self, live: Live) -> None:
        """Let the first router go down, and tell of it."""
        self.screen.tell(self.router, state="down", since=ago(seconds=1), heard_at=ago(seconds=1))
        told = DeviceStatusEvent(
            tenant_id=self.router.tenant_id, device_id=self.router.id, at=ago(), state=State.DOWN
        )
        teller = threading.Thread(target=live.publish, args=[told])  # The browser has a loop of its own in this one.
        teller.start()
        teller.join()

    def rise(self) -> None:
        self.screen.tell(self.router, state="up", since=ago(seconds=1), heard_at=ago(seconds=1))


@pytest.fixture
def desk(database: Database, web: Web, live: Live, page: Page) -> Desk:
    mount(web.app, web.context)
    screen = Screen(web, database)
    for device in web.north.devices:
        screen.tell(device, state="up", since=ago(hours=3), heard_at=ago(seconds=5))
    page.goto(f"{live.url}/login#{web.link(web.north)}")
    expect(page.locator("#live")).to_have_attribute("data-stream", "open")
    return Desk(page, screen, live)


def test_news_come_to_all_tabs_by_one_stream_and_outlive_the_tab_that_has_it(desk: Desk) -> None:
    tabs = [desk.tab(), desk.tab()]
    desk.fall(desk.live)
    for tab in tabs:
        expect(tab.get_by_test_id("overview-down")).to_contain_text("1")
    desk.live.until_left(1)
    desk.rise()
    with desk.page.context.expect_event("response", lambda answer: STREAM in answer.url):
        desk.page.close()
    desk.fall(desk.live)
    for tab in tabs:
        expect(tab.locator("#live")).to_have_attribute("data-stream", "open")
        expect(tab.get_by_test_id("overview-down")).to_contain_text("1")
    desk.live.until_left(1)


def test_a_stream_that_broke_off_is_told_and_what_was_missed_is_seen(desk: Desk, web: Web) -> None:
    page, dot = desk.page, desk.page.locator("#live")
    expect(dot).to_contain_text("Live")
    desk.live.close()
    expect(dot).to_contain_text("Reconnecting")
    expect(page.get_by_test_id("overview-down")).to_contain_text("0")
    with Live(web, desk.live.broker, port=desk.live.port) as again:
        desk.fall(again)
        expect(page.get_by_test_id("overview-down")).to_contain_text("1")
        expect(dot).to_have_attribute("data-stream", "open")
        expect(dot).to_contain_text("Live")


def test_a_page_that_rests_hears_and_does_not_move(desk: Desk) -> None:
    page = desk.page
    page.keyboard.press("p")
    expect(page.locator("#live")).to_have_text("Paused")
    page.evaluate(IDLE)
    desk.fall(desk.live)
    expect(page.get_by_test_id("overview-down")).to_contain_text("0")
    page.locator("#live").click()
    expect(page.get_by_test_id("overview-down")).to_contain_text("1")
    expect(page.locator("#live")).to_contain_text("Live")


def test_a_tab_whose_network_comes_back_catches_up(desk: Desk) -> None:
    tab = desk.tab()
    desk.screen.tell(desk.router, state="down", since=ago(seconds=1), heard_at=ago(seconds=1))
    with desk.page.context.expect_event("request", lambda request: STREAM in request.url):
        for one in (desk.page, tab):
            one.evaluate("window.dispatchEvent(new Event('online'))")
    expect(tab.get_by_test_id("overview-down")).to_contain_text("1")
    expect(tab.locator("#live")).to_have_attribute("data-stream", "open")
