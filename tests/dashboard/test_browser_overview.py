"""The overview and the network in a real browser: cells by keyboard and by pointer, 10,000 of them, and a node."""

from __future__ import annotations

import re

import psycopg
import pytest
from playwright.sync_api import Page, expect
from psycopg.types.json import Jsonb

from tests.dashboard.seats import Screen, ago
from tests.fixtures.browser import IDLE

MANY = 10_000

AROUND = """() => {
    const middle = (part) => (({ x, width }) => x + width / 2)(document.querySelector(part).getBoundingClientRect());
    return Math.abs(middle("#honeycomb .at") - middle("#honeycomb .cell-down")) < 1;
}"""
"""Tells whether the mark stands around the cell that is down."""


@pytest.fixture(scope="module")
def home(screen: Screen, shared_web_url: str) -> str:
    """North's pages: the second device is down, and hangs on the first."""
    one, two, _ = screen.web.north.devices
    screen.tell(two, state="down", since=ago(hours=1), heard_at=ago(seconds=5), error="It refused the password.")
    facts = {"interface": "ether5", "identity": "switch", "discovered_by": "lldp"}
    screen.tell(two, identity="switch")
    with psycopg.connect(screen.database.admin_url) as connection:
        for kind, told in (("neighbours", facts), ("routes", {"dst_address": "0.0.0.0/0", "gateway": "100.64.0.1"})):
            connection.execute(
                "INSERT INTO inventory (device_id, kind, key, tenant_id, facts, first_seen)"
                " VALUES (%s, %s, 'a', %s, %s, %s)",
                (one.id, kind, one.tenant_id, Jsonb(told), ago(hours=1)),
            )
    return f"{shared_web_url}/t/north/"


@pytest.fixture
def desk(home: str, screen: Screen, page: Page) -> Page:
    """Someone of north who has signed in."""
    page.goto(f"{home.removesuffix('t/north/')}login#{screen.web.link(screen.web.north)}")
    expect(page.locator("#tenant")).to_have_text("North")
    return page


def test_the_keyboard_goes_from_cell_to_cell_and_opens_a_device(desk: Page) -> None:
    said = desk.locator("#honeycomb-said")
    expect(desk.locator("#honeycomb svg")).to_be_visible()
    desk.locator("#honeycomb").focus()
    desk.keyboard.press("Home")
    expect(said).to_contain_text("router-000")
    desk.keyboard.press("PageDown")
    expect(said).to_contain_text("It refused the password.")
    desk.keyboard.press("Enter")
    expect(desk.get_by_test_id("device-name")).to_have_text("router-001")


def test_ten_thousand_cells_are_drawn_and_found_by_the_pointer(desk: Page) -> None:
    expect(desk.locator("#honeycomb svg")).to_be_visible()
    desk.keyboard.press("p")
    expect(desk.locator("#live")).to_have_text("Paused")
    desk.evaluate(IDLE)  # What the fleet is now would be drawn over it.
    cells = "u" * (MANY - 1) + "d"
    desk.evaluate(f"dash_clientside.set_props('overview-cells', {{data: {{key: 'many', cells: '{cells}'}}}})")
    up, down = desk.locator("#honeycomb .cell-up"), desk.locator("#honeycomb .cell-down")
    expect(up).to_have_attribute("d", re.compile(rf"^(M[^M]+){{{MANY - 1}}}$"))
    expect(down).to_have_attribute("d", re.compile(r"^M[^M]+$"))
    desk.locator("#honeycomb").focus()
    desk.keyboard.press("End")
    desk.wait_for_function(AROUND)


def test_a_node_is_chosen_in_the_table_and_what_hangs_on_it_is_told(desk: Page, home: str) -> None:
    desk.goto(f"{home}topology")
    expect(desk.locator("#network-graph .point").first).to_be_visible()
    desk.get_by_title("Show what has no way out without router-000").click()
    expect(desk.locator("#network-chosen")).to_contain_text("1 neighbour has no way out without it: router-001.")
    assert "?node=" in desk.url
    desk.get_by_role("link", name="Down paths").first.click()
    expect(desk.locator("#network-table")).to_contain_text("ether5")
