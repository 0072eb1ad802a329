"""The forms in a real browser: checked there first, sent to REST, and refused at the field that is wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, Request, expect

from fleet.identity import Role
from tests.dashboard.seats import Screen
from tests.fixtures.browser import admit

PIN = "ab" * 32
SIGHT = {
    "address": "10.0.1.1",
    "port": 8729,
    "tls": "pin",
    "protocol": "TLSv1.3",
    "remarks": [],
    "error": None,
    "certificate": {"fingerprint": PIN, "subject": "CN=router", "issuer": "CN=router", "self_signed": True},
}


@dataclass(frozen=True, slots=True)
class Counter:
    """A tenant admin's browser, and the writes that it sent to REST."""

    page: Page
    url: str
    writes: list[Request]

    def open(self, path: str) -> None:
        self.page.goto(f"{self.url}/t/north/{path}")

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog")

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def row(self, text: str) -> Locator:
        return self.page.locator(".admin-body tbody tr", has_text=text)


@pytest.fixture
def counter(screen: Screen, shared_web_url: str, page: Page) -> Counter:
    """A tenant admin of north, signed in at a live server."""
    writes: list[Request] = []
    page.on("request", lambda asked: writes.append(asked) if _changes(asked) else None)
    admit(page, screen.web.browser(screen.web.north, Role.TENANT_ADMIN), shared_web_url)
    return Counter(page, shared_web_url, writes)


def _changes(asked: Request) -> bool:
    return "/api/tenants/" in asked.url and asked.method != "GET"


def test_what_is_wrong_is_said_at_its_field_before_anything_is_sent(counter: Counter) -> None:
    counter.open("admin/users")
    counter.press("Invite somebody")
    field = counter.dialog.get_by_label("E-mail address")
    expect(field).to_be_focused()
    counter.press("Make the link")
    expect(counter.dialog).to_contain_text("This is needed.")
    field.fill("nobody")
    counter.press("Make the link")
    expect(counter.dialog).to_contain_text("Write it as name@example.net.")
    expect(field).to_have_attribute("aria-invalid", "true")
    assert counter.writes == []


def test_a_link_is_shown_once_and_a_removal_asks_for_the_name(counter: Counter) -> None:
    counter.open("admin/users")
    counter.press("Invite somebody")
    counter.dialog.get_by_label("E-mail address").fill("ann@north.example")
    counter.press("Make the link")
    expect(counter.dialog.locator("textarea")).to_have_value(re.compile(rf"^{counter.url}/enrol#"))
    counter.press("Done")
    expect(counter.row("ann@north.example")).to_contain_text("Viewer")
    expect(counter.page.locator("textarea")).to_have_count(0)
    counter.press("Remove ann@north.example")
    counter.press("Remove")
    expect(counter.dialog).to_contain_text("Write ann@north.example to confirm.")
    counter.dialog.get_by_label("Write ann@north.example to confirm").fill("ann@north.example")
    counter.press("Remove")
    expect(counter.row("ann@north.example")).to_have_count(0)
    sent = counter.writes[0].headers
    assert sent["idempotency-key"]
    assert sent["x-csrf-token"]


def test_a_change_goes_onto_the_version_that_was_read(counter: Counter, screen: Screen) -> None:
    screen.web.place(screen.web.north)
    counter.open("admin/sites")
    counter.press("Make a site")
    counter.dialog.get_by_label("Name").fill("Oslo 2")
    counter.press("Save")
    counter.press("Change Oslo 2")
    field = counter.dialog.get_by_label("Name")
    expect(field).to_have_value("Oslo 2")
    field.fill("Bergen")
    counter.press("Save")
    expect(counter.row("Bergen")).to_be_visible()
    assert counter.writes[-1].method == "PATCH"
    assert counter.writes[-1].headers["if-match"]
    counter.press("Make a site")
    counter.dialog.get_by_label("Name").fill("Bergen")
    counter.press("Save")
    expect(counter.dialog.get_by_role("alert").last).to_contain_text("request")


def test_a_table_is_tried_first_and_each_row_says_what_becomes_of_it(counter: Counter) -> None:
    counter.open("admin")
    counter.press("From a table (CSV)")
    counter.dialog.get_by_label("The table", exact=True).fill(
        "name,address,username,password\nedge-7,192.0.2.99,watcher,secret\nedge-8,,watcher,secret\n"
    )
    expect(counter.dialog.get_by_role("button", name="Do it")).to_be_disabled()
    counter.press("Check, keep nothing")
    expect(counter.dialog).to_contain_text("1 would be created, 1 failed.")
    expect(counter.dialog.locator("[data-status=failed]")).to_contain_text("address: A new device needs it.")
    expect(counter.row("edge-7")).to_have_count(0)
    counter.press("Do it")
    expect(counter.dialog).to_contain_text("1 created, 1 failed.")
    counter.dialog.get_by_role("button", name="Close", exact=True).last.click()
    expect(counter.row("edge-7")).to_be_visible()


def test_an_address_opens_a_form_and_a_look_at_the_device_fills_it(counter: Counter) -> None:
    counter.page.route("**/devices/probe", lambda asked: asked.fulfill(status=200, json=SIGHT))
    counter.open("admin?open=device-add")
    counter.dialog.get_by_label("Address").fill("10.0.1.1")
    counter.press("Look at the device")
    expect(counter.dialog).to_contain_text("10.0.1.1 answers on port 8729 with TLSv1.3.")
    expect(counter.dialog.get_by_label("Fingerprint")).to_have_value(PIN)
    expect(counter.dialog.get_by_label("Protection")).to_have_value("pin")
    counter.page.keyboard.press("Escape")
    expect(counter.dialog).to_have_count(0)
    assert counter.page.evaluate("location.search") == ""


def test_what_recurs_is_looked_at_before_it_is_planned(counter: Counter) -> None:
    counter.open("admin/maintenance")
    counter.press("Plan maintenance")
    dialog = counter.dialog
    look = dialog.get_by_role("button", name="Show the next times")
    expect(look).to_be_hidden()
    dialog.get_by_label("For", exact=True).select_option("all")
    dialog.get_by_label("Yes, all devices").check()
    dialog.get_by_label("Repeats").select_option("weekly")
    dialog.get_by_label("By the clock of").fill("Europe/Oslo")
    look.click()
    expect(dialog.locator(".probe")).to_contain_text("The next times, in Europe/Oslo")
    expect(dialog.locator(".probe")).to_contain_text(re.compile(r"Sun,? 11 Jan 2026.*02:00"))
    dialog.get_by_label("Repeats").select_option("rule")
    expect(dialog.locator(".probe")).to_be_empty()
    dialog.get_by_label("Rule", exact=True).fill("FREQ=MINUTELY")
    look.click()
    expect(dialog.locator(".probe")).to_contain_text("FREQ is one of HOURLY")
    assert counter.writes == []
    dialog.get_by_label("Rule", exact=True).fill("FREQ=MONTHLY;BYDAY=2TU")
    dialog.get_by_label("Reason").fill("patching")
    counter.press("Plan it")
    expect(counter.row("patching")).to_contain_text("FREQ=MONTHLY;BYDAY=2TU at 02:00, Europe/Oslo")
