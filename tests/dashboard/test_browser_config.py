"""The tab Config in a real browser: a push is planned, a risk wants the device's name, and its steps are told."""

from __future__ import annotations

import json
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from db import templates
from db.pushjournal import Note, PushBook
from db.templates import Filled, Target, Templates
from db.tenancy import tenant_session
from fleet.changes import Entry, PushState, Seen, Step
from fleet.identity import Role
from tests.dashboard.seats import Screen
from tests.fixtures.browser import admit, narrow
from tests.fixtures.web import NOW

GRAVE = ("serious", "critical")
CUT = "/ip service set api disabled=yes"
EXPORT = b"# 2026-01-05 12:00:00 by RouterOS 7.16\n/ip service\nset api disabled=no\n"


@pytest.fixture
def tab(screen: Screen, shared_web_url: str, page: Page) -> Page:
    """An operator's look at the tab of north's first device."""
    admit(page, screen.web.browser(screen.web.north, Role.OPERATOR), shared_web_url)
    page.goto(f"{shared_web_url}/t/north/device/{screen.web.north.devices[0].id}/config")
    return page


def plan(page: Page, commands: str) -> None:
    page.get_by_test_id("push").get_by_label("Lines to push").fill(commands)
    page.get_by_role("button", name="Plan").click()


def test_a_push_is_planned_begun_and_watched_step_by_step(screen: Screen, tab: Page) -> None:
    push = tab.get_by_test_id("push")
    plan(tab, "/system identity set name=after")
    expect(push).to_contain_text("One step")
    expect(push).to_contain_text("What catches it")
    with tab.expect_response(
        lambda answer: answer.request.method == "POST" and answer.url.endswith("/config")
    ) as sent:
        push.get_by_role("button", name="Push to router-000").click()
    assert sent.value.status == 202
    expect(push.get_by_role("status")).to_contain_text("Waits for the device's owner.")
    book, push_id = PushBook(screen.web.context.stores), sent.value.json()["id"]
    book.entries(push_id, 1)
    entries = (Entry(Step.APPLY, number=1), Entry(Step.APPLY, Seen.DONE, 1))
    for seq, entry in enumerate(entries):
        assert book.write(Note(push_id, 1, seq, NOW, entry, PushState.APPLYING))
    expect(push.get_by_role("status")).to_contain_text("It is applied.")
    expect(push.locator(".push-steps li")).to_have_count(1)
    expect(push.locator(".push-steps li")).to_contain_text("/system identity set name=after")
    expect(push.locator(".push-steps li")).to_contain_text("done")


def test_what_may_cut_the_path_wants_the_name_of_the_device_and_a_reason(screen: Screen, tab: Page) -> None:
    screen.web.configuration(screen.web.north, EXPORT)
    push = tab.get_by_test_id("push")
    plan(tab, CUT)
    begin = push.get_by_role("button", name="Push to router-000")
    expect(begin).to_be_disabled()
    push.get_by_label("Write north to push it all the same").fill("north")
    expect(begin).to_be_disabled()
    push.get_by_label("Why it must be done").fill("I stand beside it")
    grave = [fault for fault in Axe().run(tab).response["violations"] if fault["impact"] in GRAVE]
    assert [(fault["id"], fault["nodes"][0]["html"][:200]) for fault in grave] == []
    with tab.expect_response(
        lambda answer: answer.request.method == "POST" and answer.url.endswith("/config")
    ) as sent:
        begin.click()
    told = json.loads(sent.value.request.post_data or "")
    assert (sent.value.status, told["override"]) == (202, {"name": "north", "reason": "I stand beside it"})
    push.get_by_role("button", name="Cancel").click()
    expect(push.get_by_role("status")).to_contain_text("Cancelled before it began.")


def test_a_line_that_cannot_be_read_is_refused_with_a_next_step(tab: Page) -> None:
    plan(tab, "make it faster")
    expect(tab.get_by_test_id("push").get_by_role("alert")).to_be_visible()


def test_the_way_back_to_a_version_is_planned_from_its_text(screen: Screen, tab: Page) -> None:
    for name in (b"gw-old", b"gw-new"):
        screen.web.configuration(screen.web.north, EXPORT + b"/system identity\nset name=" + name + b"\n")
    tab.reload()
    tab.get_by_role("region", name="Versions").locator("tbody tr").nth(1).get_by_role("link").first.click()
    expect(tab.locator(".config-text")).to_contain_text("gw-old")
    tab.get_by_role("button", name="Plan the way back to it").click()
    push = tab.get_by_test_id("push")
    expect(push.get_by_role("list", name="What is done")).to_contain_text("name=gw-old")
    push.get_by_text("The line that takes it back").click()
    expect(push.get_by_role("list", name="What takes it back")).to_contain_text("name=gw-new")


def test_two_versions_fit_a_narrow_screen_and_a_plan_stays_beside_them(screen: Screen, tab: Page) -> None:
    for servers in (b"192.0.2.1", b"192.0.2.2"):
        screen.web.configuration(screen.web.north, EXPORT + b"/ip dns\nset servers=" + servers + b"\n")
    tab.reload()
    plan(tab, "/system identity set name=kept")
    tab.get_by_role("link", name="what it changed").first.click()
    expect(tab.locator(".compare")).to_contain_text("servers=192.0.2.2")
    expect(tab.get_by_label("Lines to push")).to_have_value("/system identity set name=kept")
    expect(tab.get_by_test_id("push")).to_contain_text("One step")
    narrow(tab)


def test_what_differs_is_planned_from_a_link_then_counted_down_and_a_refusal_may_be_overridden(
    screen: Screen, tab: Page
) -> None:
    web, north = screen.web, screen.web.north
    web.configuration(north, EXPORT + b"/system note\nset note=gone\n")
    with tenant_session(web.context.stores, north.principal) as session:
        row = templates.one(session, web.template(north))
        target = Target(device_id=north.devices[0].id)
        Templates(session, web.author(north), north.id).assign(row, target, Filled({}))
    tab.goto(f"{tab.url}?push=drift")
    push = tab.get_by_test_id("push")
    expect(push.get_by_role("list", name="What is done")).to_contain_text("/system note set note=kept")
    with tab.expect_response(
        lambda answer: answer.request.method == "POST" and answer.url.endswith("/config")
    ) as sent:
        push.get_by_role("button", name="Push to router-000").click()
    book, push_id = PushBook(web.context.stores), sent.value.json()["id"]
    book.entries(push_id, 1)
    armed = Entry(Step.ARM, Seen.DONE, detail={"armed_until": "2126-01-05T12:00:00+00:00"})
    assert book.write(Note(push_id, 1, 0, NOW, Entry(Step.ARM), PushState.PREPARING))
    assert book.write(Note(push_id, 1, 1, NOW, armed, PushState.PREPARING))
    expect(push.get_by_role("timer")).to_have_text(re.compile(r"takes it back by itself in \d+:\d\d$"))
    refused = Note(push_id, 1, 2, NOW, Entry(Step.END, Seen.DONE), PushState.FAILED, "no_net", "No net can be had.")
    assert book.write(refused)
    expect(push.get_by_role("status")).to_contain_text("No net can be had.")
    expect(push.get_by_role("timer")).to_have_count(0)
    expect(push.get_by_label("Write north to push it all the same")).to_be_visible()
