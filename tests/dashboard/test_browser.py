"""The dashboard in a real browser: what a person sees and does. Nothing may be asked of another host."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from dashboard.app import mount
from dashboard.theme import DARK, LIGHT
from fleet.device import Device
from fleet.identity import Role
from tests.dashboard.seats import Screen, ago
from tests.fixtures.browser import IDLE, admit, fits, together
from tests.fixtures.database import Database
from tests.fixtures.web import Web

CALLBACK = "**/_dash-update-component*"


@dataclass(frozen=True, slots=True)
class Desk:
    """A browser in which someone of the tenant north is signed in."""

    page: Page
    screen: Screen
    url: str

    @property
    def router(self) -> Device:
        return self.screen.web.north.devices[0]

    def open(self, path: str = "") -> None:
        self.page.goto(f"{self.url}/t/north/{path}")

    def poll(self, load: float) -> None:
        """Let a minute pass, and the router be polled."""
        now = self.screen.web.clock.advance(timedelta(minutes=1))
        self.screen.measure(self.router, "resource", [now - timedelta(seconds=1)], cpu_load_ratio=[load])
        self.screen.tell(self.router, state="up", heard_at=now - timedelta(seconds=1))

    def see(self, name: str) -> Locator:
        return self.page.get_by_test_id(name)

    def rest(self) -> None:
        """Have the page look for nothing by itself, and wait until all is drawn: charts stay as they are."""
        self.page.keyboard.press("p")
        expect(self.page.locator("#live")).to_have_text("Paused")
        self.page.evaluate(IDLE)

    def asks(self, query: str) -> None:
        """Wait until the address asks for this."""
        expect(self.page).to_have_url(re.compile(rf"/[^?]*{re.escape(query)}$"))

    def query(self) -> str:
        return str(self.page.evaluate("location.search"))


@pytest.fixture
def desk(database: Database, web: Web, request: pytest.FixtureRequest) -> Iterator[Desk]:
    """Someone who has signed in, at a live server with the dashboard on it."""
    mount(web.app, web.context)
    screen = Screen(web, database)
    one, two, _ = web.north.devices
    screen.tell(one, state="up", since=ago(hours=3), heard_at=ago(seconds=5), model="RB4011", version="7.16.1")
    screen.tell(two, state="down", since=ago(hours=1), heard_at=ago(seconds=5), error="It refused the password.")
    url, page = request.getfixturevalue("web_url"), request.getfixturevalue("page")
    strangers: list[str] = []
    page.on("request", lambda asked: strangers.append(asked.url) if _strange(asked, url) else None)
    admit(page, web.browser(web.north), url)
    page.goto(f"{url}/t/north/fleet")
    yield Desk(page, screen, url)
    assert strangers == []


def _strange(asked: Request, url: str) -> bool:
    return not asked.url.startswith((f"{url}/", "data:", "blob:"))


def test_a_person_signs_in_opens_a_device_and_sees_its_values_move(desk: Desk) -> None:
    desk.page.goto("about:blank")
    desk.page.context.clear_cookies()
    desk.page.goto(f"{desk.url}/login#{desk.screen.web.link(desk.screen.web.north)}")
    expect(desk.page.locator("#tenant")).to_have_text("North")
    desk.open("fleet")
    expect(desk.see("count-all")).to_contain_text("3")
    desk.page.get_by_role("link", name="router-000").click()
    expect(desk.see("device-name")).to_have_text("router-000")
    expect(desk.page).to_have_title("router-000 · North · Flotilla")
    expect(desk.see("cpu-now-0")).to_have_text("69")
    line = desk.page.locator("#cpu-graph .js-line").last
    before = line.get_attribute("d")
    desk.poll(0.12)
    expect(desk.see("cpu-now-0")).to_have_text("12")
    expect(line).not_to_have_attribute("d", str(before))


def test_rows_follow_the_fleet_where_they_stand(desk: Desk) -> None:
    cell = desk.page.locator("#fleet-grid .ag-row", has_text="router-000").locator("[col-id=cpu] b")
    expect(cell).to_have_text("69 %")
    marked = cell.evaluate("node => { node.dataset.mark = 'same'; return true; }")
    assert marked
    desk.poll(0.25)
    expect(cell).to_have_text("25 %")
    expect(desk.see("count-up")).to_contain_text("1")


def test_counts_filter_and_the_address_says_so(desk: Desk) -> None:
    rows = desk.page.locator("#fleet-grid .ag-center-cols-container .ag-row")
    expect(rows).to_have_count(3)
    desk.see("count-down").click()
    expect(desk.see("matched")).to_have_text("1 of 3 devices")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("It refused the password.")
    desk.asks("?status=down")
    desk.page.get_by_label("Remove the filter Down").click()
    expect(rows).to_have_count(3)
    desk.page.go_back()
    expect(rows).to_have_count(1)


def test_the_keyboard_searches_opens_and_goes_back(desk: Desk) -> None:
    page = desk.page
    expect(page.locator("#fleet-grid .ag-center-cols-container .ag-row")).to_have_count(3)
    page.keyboard.press("/")
    page.keyboard.type("rb4011?[p")
    expect(desk.see("matched")).to_have_text("0 of 3 devices")
    expect(page.get_by_role("dialog")).to_have_count(0)
    for _ in "?[p":
        page.keyboard.press("Backspace")
    expect(desk.see("matched")).to_have_text("1 of 3 devices")
    desk.asks("?q=rb4011")
    page.keyboard.press("Escape")
    page.locator("#fleet-grid .ag-row [col-id=address]").first.click(modifiers=["Alt"])
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Search the fleet")
    page.keyboard.press("Escape")
    desk.open(f"device/{desk.router.id}")
    expect(desk.see("device-name")).to_be_visible()
    together(page, "g", "f")
    expect(desk.see("count-all")).to_be_visible()


def test_facets_and_the_order_are_in_the_address_and_keys_look_closer(desk: Desk) -> None:
    page = desk.page
    rows = page.locator("#fleet-grid .ag-center-cols-container .ag-row")
    page.get_by_role("link", name="Model RB4011, 1 device").click()
    expect(rows).to_have_count(1)
    page.get_by_label("Remove the filter Model: RB4011").click()
    expect(rows).to_have_count(3)
    page.locator("#fleet-grid .ag-header-cell[col-id=name]").click()
    expect(rows.first).to_contain_text("router-000")
    desk.asks("?sort=name")
    page.keyboard.press("Escape")
    page.locator("body").focus()
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("#fleet-grid .ag-row[row-index='1'] .ag-cell:focus")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(desk.see("peek-name")).to_have_text("router-001")
    page.keyboard.press("k")
    expect(desk.see("peek-name")).to_have_text("router-000")
    desk.asks(f"?sort=name&peek={desk.router.id}")
    page.reload()
    expect(desk.see("peek-name")).to_have_text("router-000")
    expect(rows.first).to_contain_text("router-000")
    page.get_by_label("Close the preview").click()
    expect(desk.see("peek-name")).to_have_count(0)
    desk.asks("?sort=name")


def test_columns_are_remembered_a_view_is_saved_and_the_list_is_exported(desk: Desk) -> None:
    page, rows = desk.page, desk.page.locator("#fleet-grid .ag-center-cols-container .ag-row")
    serial = page.locator("#fleet-grid .ag-header-cell[col-id=serial]")
    desk.open("fleet?status=up,down&sort=name")
    expect(rows).to_have_count(2)
    page.get_by_role("button", name="Columns").click()
    page.get_by_label("Serial").check()
    expect(serial).to_be_attached()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Views").click()
    page.get_by_label("Name of this view").fill("Those that count")
    page.get_by_role("button", name="Save", exact=True).click()
    page.keyboard.press("Escape")
    desk.open("fleet")
    expect(rows).to_have_count(3)
    expect(serial).to_be_attached()
    page.get_by_role("button", name="Views").click()
    page.get_by_role("button", name="Those that count", exact=True).click()
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("router-000")
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as sent:
        page.get_by_role("button", name="CSV").click()
    head, *lines = sent.value.path().read_text().splitlines()
    assert '"serial"' in head
    assert ["router-000" in lines[0], "router-001" in lines[1], len(lines)] == [True, True, 2]


def test_many_devices_are_chosen_tried_confirmed_and_done(desk: Desk) -> None:
    web, page = desk.screen.web, desk.page
    page.goto("about:blank")
    page.context.clear_cookies()
    admit(page, web.browser(web.north, Role.OPERATOR), desk.url)
    desk.open("fleet?status=up,down")
    expect(page.locator("#fleet-grid .picker")).to_have_count(2)
    page.locator("#fleet-grid .picker").first.click()
    expect(desk.see("chosen")).to_have_text("1 chosen")
    page.get_by_role("button", name="Choose all 2 that match").click()
    expect(desk.see("chosen")).to_have_text("2 chosen, all that match")
    page.get_by_role("button", name="Tags…").click()
    page.get_by_label("Tags to add").fill("core")
    page.get_by_role("button", name="Preview").click()
    expect(desk.see("bulk-counts")).to_have_text("2 would change. Nothing has been done yet.")
    page.get_by_role("button", name="Change 2 devices").click()
    expect(desk.see("bulk-counts")).to_contain_text("2 changed.")
    expect(page.get_by_role("table", name="What becomes of each device")).to_contain_text("router-001")
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Tag core, 2 devices").click()
    expect(desk.see("matched")).to_have_text("2 of 3 devices")
    expect(desk.see("chosen")).to_be_hidden()


def reach(page: Page, wanted: Locator) -> None:
    """Come to a part of the page by the Tab key alone, and see that it shows that it has the focus."""
    expect(wanted).to_be_visible()
    for _ in range(80):
        if wanted.evaluate("node => node === document.activeElement"):
            break
        page.keyboard.press("Tab")
    expect(wanted).to_be_focused()
    expect(wanted).to_have_css("outline-style", "solid")


def test_rows_tabs_and_the_range_of_charts_need_no_pointer(desk: Desk) -> None:
    page, rows = desk.page, desk.page.locator("#fleet-grid .ag-center-cols-container .ag-row")
    desk.open("fleet?sort=name")
    expect(rows).to_have_count(3)
    page.keyboard.press("j")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#fleet-grid .ag-cell:focus")).to_have_css("outline-style", "solid")
    page.keyboard.press("Enter")
    expect(desk.see("peek-name")).to_have_text("router-001")
    page.keyboard.press("Escape")
    expect(desk.see("peek-name")).to_have_count(0)
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(desk.see("peek-name")).to_have_text("router-000")
    page.keyboard.press("Enter")
    expect(desk.see("device-name")).to_have_text("router-000")
    expect(page.locator("#cpu-graph .nsewdrag")).to_be_visible()
    reach(page, page.locator(".graph", has=page.locator("#cpu-graph")))
    for keys in ("ArrowLeft", *("Shift+ArrowLeft",) * 6):
        page.keyboard.press(keys)
    expect(page.locator("#cpu-graph .crosshair")).to_be_visible()
    expect(page.locator("#cpu-graph .marked")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"from=2026-01-05T11.*&to=2026-01-05T11"))
    page.keyboard.press("Backspace")
    expect(page).not_to_have_url(re.compile(r"from="))
    tab = page.get_by_role("navigation", name="Tabs of the device").get_by_role("link", name="Interfaces", exact=True)
    page.locator("#tenant").evaluate("node => { node.tabIndex = -1; node.focus(); }")
    reach(page, tab)
    page.keyboard.press("Enter")
    expect(page.locator(".sheet-of tr", has_text="ether1")).to_be_visible()


def test_what_is_dragged_over_becomes_the_range_of_all_charts(desk: Desk) -> None:
    desk.open(f"device/{desk.router.id}")
    plot = desk.page.locator("#cpu-graph .nsewdrag")
    expect(desk.page.locator("#traffic-graph .nsewdrag")).to_be_visible()
    desk.rest()
    box = plot.bounding_box() or {}
    middle = box["y"] + box["height"] / 2
    desk.page.mouse.move(box["x"] + box["width"] / 2, middle)
    expect(desk.page.locator(".crosshair:not([hidden])")).to_have_count(2)
    desk.page.mouse.move(box["x"] + 1, middle)
    desk.page.mouse.down()
    desk.page.mouse.move(box["x"] + box["width"] / 2, middle, steps=6)
    desk.page.mouse.up()
    expect(desk.page.get_by_role("link", name="Back to now")).to_be_visible()
    # A busy browser may leave out the last steps of the pointer.
    found = re.fullmatch(r"\?from=2026-01-05T11%3A0\d%3A\d\dZ&to=2026-01-05T11%3A[123]\d%3A\d\dZ", desk.query())
    assert found, desk.query()
    desk.page.get_by_role("link", name="Back to now").click()
    expect(desk.page.get_by_role("link", name="Back to now")).to_have_count(0)
    assert desk.query() in ("", "?")


def test_zooming_goes_back_step_by_step_and_a_click_asks_what_changed(desk: Desk) -> None:
    desk.open(f"device/{desk.router.id}?from=2026-01-05T11%3A00%3A00Z&to=2026-01-05T12%3A00%3A00Z")
    plot, seen = desk.page.locator("#cpu-graph .nsewdrag"), []
    expect(plot).to_be_visible()
    desk.rest()
    for _ in range(2):
        desk.page.evaluate(IDLE)
        seen.append(desk.query())
        box = plot.bounding_box() or {}
        middle = box["y"] + box["height"] / 2
        desk.page.mouse.move(box["x"] + box["width"] / 4, middle)
        desk.page.mouse.down()
        desk.page.mouse.move(box["x"] + box["width"] * 3 / 4, middle, steps=6)
        desk.page.mouse.up()
        expect(desk.page).not_to_have_url(f"{desk.url}/t/north/device/{desk.router.id}{seen[-1]}")
    for before in reversed(seen):
        desk.page.keyboard.press("Backspace")
        expect(desk.page).to_have_url(f"{desk.url}/t/north/device/{desk.router.id}{before}")
    desk.page.evaluate(IDLE)
    plot.click()
    expect(desk.see("changed")).to_contain_text("What changed around")
    expect(desk.page).to_have_url(re.compile(r"&at=2026-01-05T11"))
    desk.page.get_by_role("link", name="Close").click()
    expect(desk.see("changed")).to_have_count(0)


def test_the_tabs_lead_through_all_that_is_known(desk: Desk) -> None:
    desk.open(f"device/{desk.router.id}?over=previous")
    desk.page.get_by_role("link", name="Interfaces", exact=True).click()
    row = desk.page.locator(".sheet-of tr", has_text="ether1")
    expect(row).to_contain_text("80 bit/s")
    row.get_by_role("link").click()
    expect(desk.see("port-now-0")).to_have_text("80")
    desk.asks("?over=previous&if=ether1")
    desk.page.get_by_role("navigation", name="Tabs of the device").get_by_role("link", name="Events").click()
    expect(desk.page.locator(".happenings")).to_contain_text("Up from then on")


def test_another_interface_goes_into_the_address(desk: Desk) -> None:
    desk.open(f"device/{desk.router.id}")
    expect(desk.page.locator("#interface")).to_have_value("ether2")
    desk.page.locator("#interface").click()
    desk.page.get_by_role("option", name="ether1").click()
    expect(desk.see("traffic-now-0")).to_have_text("80")
    desk.asks("?if=ether1")


def test_the_colours_change_at_once_and_are_remembered(desk: Desk) -> None:
    desk.open(f"device/{desk.router.id}")
    html, line = desk.page.locator("html"), desk.page.locator("#cpu-graph .js-line").last
    scheme = desk.page.locator("#scheme")
    scheme.click()
    expect(html).to_have_attribute("data-mantine-color-scheme", "dark")
    expect(line).to_have_css("stroke", _rgb(DARK.series[0]))
    scheme.click()
    expect(html).to_have_attribute("data-mantine-color-scheme", "light")
    expect(line).to_have_css("stroke", _rgb(LIGHT.series[0]))
    desk.page.reload()
    expect(html).to_have_attribute("data-mantine-color-scheme", "light")
    expect(scheme).to_have_attribute("title", "Colours: light")


def test_a_lost_server_is_shown_until_it_is_back(desk: Desk) -> None:
    live = desk.page.locator("#live")
    expect(live).to_contain_text("Live")
    desk.page.route(CALLBACK, lambda route: route.abort())
    expect(live).to_have_text("Reconnecting")
    expect(desk.see("count-all")).to_contain_text("3")
    desk.page.unroute(CALLBACK)
    expect(live).to_contain_text("Live")


def test_a_refusal_is_told_with_its_id(desk: Desk) -> None:
    problem = '{"detail":"Something is wrong.","next_step":"Do this.","request_id":"abc123"}'
    desk.page.route(CALLBACK, lambda route: route.fulfill(status=422, body=problem, content_type="application/json"))
    toast = desk.page.locator(".toast")
    expect(toast).to_have_count(1)
    expect(toast).to_contain_text("Something is wrong.Do this.request abc123")
    desk.page.unroute(CALLBACK)


def test_the_account_leads_to_the_page_of_the_password(desk: Desk) -> None:
    desk.page.get_by_label("Your account").click()
    desk.page.get_by_role("menuitem", name="Change password").click()
    expect(desk.page).to_have_url(f"{desk.url}/password")
    expect(desk.page.get_by_role("heading", name="Change your password")).to_be_visible()
    desk.page.get_by_role("link", name="Back to your fleet").click()
    expect(desk.see("overview-all")).to_be_visible()


def test_signing_out_leads_to_the_door_and_so_does_an_ended_session(desk: Desk) -> None:
    desk.page.get_by_label("Your account").click()
    desk.page.get_by_role("menuitem", name="Sign out").click()
    expect(desk.page).to_have_url(re.compile(r"/login$"))
    desk.page.goto(f"{desk.url}/login#{desk.screen.web.link(desk.screen.web.north)}")
    expect(desk.see("overview-all")).to_be_visible()
    desk.open("fleet?status=down")
    desk.page.context.clear_cookies()
    expect(desk.page).to_have_url(re.compile(r"/login\?to=%2Ft%2Fnorth%2Ffleet%3Fstatus%3Ddown$"))
    desk.page.goto(f"{desk.page.url}#{desk.screen.web.link(desk.screen.web.north)}")
    expect(desk.see("matched")).to_have_text("1 of 3 devices")
    desk.asks("?status=down")


@pytest.mark.parametrize("width", [360, 1440])
def test_no_page_is_wider_than_the_screen(desk: Desk, width: int) -> None:
    desk.page.set_viewport_size({"width": width, "height": 780})
    for path, landmark in (("", "overview-all"), ("fleet", "count-all"), (f"device/{desk.router.id}", "cpu-now-0")):
        desk.open(path)
        expect(desk.see(landmark)).to_be_visible()
        desk.page.evaluate(IDLE)
        fits(desk.page, width)
        desk.page.wait_for_function("(m => m.scrollWidth <= m.clientWidth)(document.getElementById('page'))")


def test_a_device_of_nobody_and_an_empty_range_look_designed(desk: Desk) -> None:
    desk.open(f"device/{desk.screen.web.south.devices[0].id}")
    expect(desk.page.get_by_text("There is no such device")).to_be_visible()
    desk.page.get_by_role("link", name="Go to the fleet").click()
    expect(desk.see("count-all")).to_be_visible()
    desk.open(f"device/{desk.router.id}?from=now-30d&to=now-29d")
    expect(desk.page.get_by_text("Nothing was measured in this range")).to_be_visible()


def _rgb(colour: str) -> str:
    return f"rgb({', '.join(str(int(colour[place : place + 2], 16)) for place in (1, 3, 5))})"
