"""The frame in a real browser: the range that goes along, its keys, the palette, the tenants, and how it fails."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Locator, Page, Request, Route, expect

from dashboard.app import mount
from db import accounts
from db.platform import platform_session
from fleet.identity import Role
from tests.dashboard.seats import Screen, ago
from tests.fixtures.browser import together
from tests.fixtures.database import Database
from tests.fixtures.web import Web

CALLBACK = "**/_dash-update-component*"
PROBLEM = '{"detail":"Something is wrong.","next_step":"Do this.","request_id":"abc123"}'


@dataclass(frozen=True, slots=True)
class Desk:
    """A browser in which someone of the tenants north and south is signed in to north."""

    page: Page
    web: Web
    url: str
    email: str

    def open(self, path: str = "") -> None:
        self.page.goto(f"{self.url}/t/north/{path}")

    def see(self, name: str) -> Locator:
        return self.page.get_by_test_id(name)

    def asks(self, query: str) -> None:
        """Wait until the address asks for this."""
        expect(self.page).to_have_url(re.compile(rf"/[^?]*{re.escape(query)}$"))

    def query(self) -> str:
        return str(self.page.evaluate("location.search"))

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)


def output(route: Route) -> str:
    """Tell what a callback is to fill."""
    return str((route.request.post_data_json or {})["output"])


@pytest.fixture(scope="module")
def ground(shared_database: Database, shared_web: Web) -> Web:
    mount(shared_web.app, shared_web.context)
    screen = Screen(shared_web, shared_database)
    one, two, _ = shared_web.north.devices
    screen.tell(one, state="up", since=ago(hours=3), heard_at=ago(seconds=5), uptime_seconds=7200.0)
    screen.tell(two, state="down", since=ago(hours=1), heard_at=ago(seconds=5))
    return shared_web


@pytest.fixture
def desk(ground: Web, shared_web_url: str, page: Page) -> Desk:
    person = ground.person(ground.north)
    with platform_session(ground.context.stores, "someone of two tenants") as session:
        accounts.grant(session, ground.south.id, person.id, Role.VIEWER)
    cookies = ground.seat(person.email, ground.north)
    names = ("flotilla_session", "flotilla_refresh", "flotilla_csrf")
    held = {name: cookies.get_cookie(name) for name in names}
    page.context.add_cookies(
        [{"name": name, "value": kept.value, "url": shared_web_url} for name, kept in held.items() if kept]
    )
    return Desk(page, ground, shared_web_url, person.email)


def test_the_range_goes_along_from_page_to_page(desk: Desk) -> None:
    desk.open("?from=now-6h")
    span = desk.page.locator("#range")
    expect(span).to_have_text("Last 6 h")
    together(desk.page, "g", "f")
    expect(desk.see("count-all")).to_be_visible()
    desk.asks("?from=now-6h")
    desk.page.get_by_role("link", name="router-000").click()
    expect(desk.see("device-name")).to_be_visible()
    expect(span).to_have_text("Last 6 h")
    together(desk.page, "g", "o")
    expect(desk.see("overview-all")).to_be_visible()
    desk.asks("?from=now-6h")


def test_a_page_is_asked_for_once_and_while_its_scripts_are_still_read(desk: Desk) -> None:
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.extend(name for name in ("_dash-layout", "_dash-dependencies") if name in request.url)
        if "page.children" in (request.post_data or ""):
            asked.append("by Dash" if "endId=" in request.url else "early")

    desk.page.on("request", note)
    desk.open("?from=now-6h")
    expect(desk.see("overview-all")).to_contain_text("3")
    assert sorted(asked) == ["_dash-dependencies", "_dash-layout", "early"]


def test_the_range_is_chosen_and_moved(desk: Desk) -> None:
    desk.open()
    span = desk.page.locator("#range")
    span.click()
    menu = desk.page.get_by_role("dialog", name="Time range")
    expect(menu.get_by_role("link", name="Last 1 h")).to_have_attribute("aria-current", "true")
    menu.get_by_role("link", name="Last 7 days").click()
    expect(menu).to_be_hidden()
    expect(span).to_have_text("Last 7 days")
    desk.press("Backspace")
    expect(span).to_have_text("Last 14 days")
    desk.press(",")
    expect(span).to_contain_text(" – ")
    assert re.fullmatch(r"\?from=20[^&]*Z&to=20[^&]*Z", desk.query())
    desk.press(".")
    expect(span).to_have_text("Last 14 days")
    span.click()
    menu.get_by_label("From").fill("2026-01-05T10:00")
    menu.get_by_label("To").fill("2026-01-05T09:00")
    menu.get_by_role("button", name="Show").click()
    expect(menu.get_by_role("alert")).to_have_text("The end is not after the start.")
    menu.get_by_label("To").fill("2026-01-05T11:00")
    menu.get_by_role("button", name="Show").click()
    expect(span).to_contain_text(":00 – 11:00")


def test_a_device_offers_the_time_since_its_reboot(desk: Desk) -> None:
    desk.open(f"device/{desk.web.north.devices[0].id}")
    desk.page.locator("#range").click()
    desk.page.get_by_role("link", name="Since its last reboot").click()
    expect(desk.page.locator("#range")).to_contain_text("Since ")
    desk.asks("?from=2026-01-05T09%3A59%3A55Z")


def test_the_list_of_keys_gives_the_focus_back(desk: Desk) -> None:
    desk.open("fleet")
    link = desk.page.get_by_role("link", name="Overview")
    link.focus()
    desk.press("?")
    expect(desk.page.get_by_role("dialog", name="Keys")).to_be_visible()
    desk.press("Escape")
    expect(desk.page.get_by_role("dialog", name="Keys")).to_be_hidden()
    expect(link).to_be_focused()


def test_the_palette_finds_pages_devices_and_tenants(desk: Desk) -> None:
    desk.open("?from=now-6h")
    expect(desk.see("overview-all")).to_be_visible()
    desk.press("Control+k")
    found = desk.page.get_by_role("dialog", name="Commands")
    expect(found.get_by_role("option", name="Fleet g f")).to_be_visible()
    desk.page.keyboard.type("router-001")
    expect(found.get_by_role("option", selected=True)).to_contain_text("router-001")
    expect(found.get_by_role("option", name="router-001")).to_contain_text("■")
    desk.press("Enter")
    expect(desk.see("device-name")).to_have_text("router-001")
    desk.asks("?from=now-6h")
    desk.press("Control+k")
    desk.page.keyboard.type("discovery")
    expect(found.get_by_text("Admin", exact=True)).to_be_visible()
    desk.page.keyboard.press("Control+a")
    desk.page.keyboard.type("nothing like it")
    expect(found).to_contain_text("Nothing is called so.")
    desk.press("Escape")
    expect(found).to_be_hidden()
    desk.page.locator("#switch").click()
    expect(found.get_by_role("option")).to_have_count(2)
    desk.page.keyboard.type("sou")
    expect(found.get_by_role("option")).to_have_count(1)
    desk.press("Enter")
    expect(desk.page).to_have_url(f"{desk.url}/t/south/")
    expect(desk.page.locator("#tenant")).to_have_text("South")
    expect(desk.see("overview-all")).to_contain_text("2")


def test_keys_rest_while_a_person_types(desk: Desk) -> None:
    desk.open()
    expect(desk.see("overview-all")).to_be_visible()
    desk.press("/")
    desk.page.keyboard.type("gf,.[p?")
    expect(desk.page.locator("#search")).to_have_value("gf,.[p?")
    assert desk.query() == ""
    expect(desk.page.locator("#live")).not_to_have_text("Paused")


def test_what_fails_once_is_asked_again_and_nobody_sees_it(desk: Desk) -> None:
    failed: list[str] = []

    def fail(route: Route) -> None:
        asked = output(route)
        if asked in failed:
            return route.continue_()
        failed.append(asked)
        return route.fulfill(status=500, body=PROBLEM, content_type="application/problem+json")

    desk.page.route(CALLBACK, fail)
    desk.open()
    expect(desk.see("overview-all")).to_contain_text("3")
    expect(desk.page.locator("#live")).to_contain_text("Live")
    assert len(failed) > 1
    expect(desk.page.locator(".toast, [data-failed]")).to_have_count(0)
    desk.page.unroute_all(behavior="ignoreErrors")


def test_what_fails_twice_says_so_where_it_stands_until_it_is_back(desk: Desk) -> None:
    desk.open()
    tiles = desk.page.locator("#overview-tiles")
    expect(tiles).to_contain_text("3")

    def fail(route: Route) -> None:
        if "overview-tiles" in output(route):
            return route.fulfill(status=500, body=PROBLEM, content_type="application/problem+json")
        return route.continue_()

    desk.page.route(CALLBACK, fail)
    expect(tiles).to_have_attribute("data-failed", "Not up to date: Something is wrong. · request abc123")
    expect(tiles).to_contain_text("3")
    desk.page.unroute_all(behavior="ignoreErrors")
    expect(tiles).not_to_have_attribute("data-failed", re.compile("."))


def test_a_page_that_cannot_be_laid_out_says_so_in_its_place(desk: Desk) -> None:
    def fail(route: Route) -> None:
        if "page.children" in output(route):
            return route.fulfill(status=500, body=PROBLEM, content_type="application/problem+json")
        return route.continue_()

    desk.page.route(CALLBACK, fail)
    desk.open()
    notice = desk.page.locator("#failed")
    expect(notice).to_contain_text("Something is wrong.")
    expect(notice).to_contain_text("request abc123")
    desk.page.unroute_all(behavior="ignoreErrors")
    notice.get_by_role("button", name="Load the page again").click()
    expect(desk.see("overview-all")).to_contain_text("3")


def test_signing_in_leads_back_to_a_page_of_another_tenant_of_the_person(desk: Desk) -> None:
    desk.page.goto("about:blank")
    desk.page.context.clear_cookies()
    desk.page.goto(f"{desk.url}/t/south/fleet?q=router-001&from=now-6h")
    expect(desk.page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
    link = desk.web.link_of(desk.email, desk.web.north)
    desk.page.goto(f"{desk.page.url}#{link}")
    expect(desk.page).to_have_url(f"{desk.url}/t/south/fleet?q=router-001&from=now-6h")
    expect(desk.see("matched")).to_have_text("1 of 2 devices")
    stranger = desk.web.link(desk.web.north)
    desk.page.goto("about:blank")
    desk.page.context.clear_cookies()
    desk.page.goto(f"{desk.url}/login?to=%2Ft%2Fsouth%2Ffleet#{stranger}")
    expect(desk.page).to_have_url(f"{desk.url}/t/north/")


def test_a_page_of_another_tenant_of_the_person_is_offered(desk: Desk) -> None:
    desk.page.goto(f"{desk.url}/t/south/fleet?q=router-001")
    expect(desk.page.get_by_role("heading", name="This page is of another tenant")).to_be_visible()
    expect(desk.page.locator("[data-tenant]")).to_have_text("South")
    desk.page.get_by_role("button", name="Enter it").click()
    expect(desk.page).to_have_url(f"{desk.url}/t/south/fleet?q=router-001")
    expect(desk.see("matched")).to_have_text("1 of 2 devices")


@pytest.mark.parametrize(
    "away", ["https://evil.example/t/north/", "//evil.example/t/north/", "/t/north/../../api/docs"]
)
def test_signing_in_leads_nowhere_else(desk: Desk, away: str) -> None:
    desk.page.goto("about:blank")
    desk.page.context.clear_cookies()
    desk.page.goto(f"{desk.url}/login?{urlencode({'to': away})}#{desk.web.link(desk.web.north)}")
    expect(desk.page).to_have_url(f"{desk.url}/t/north/")


def test_who_enters_another_tenant_is_there_with_all_tabs(desk: Desk) -> None:
    desk.open()
    other = desk.page.context.new_page()
    other.goto(f"{desk.url}/t/north/fleet")
    expect(other.get_by_test_id("count-all")).to_contain_text("3")
    desk.page.locator("#switch").click()
    desk.page.get_by_role("option", name="South").click()
    expect(other).to_have_url(f"{desk.url}/t/south/")
    expect(other.locator("#tenant")).to_have_text("South")
