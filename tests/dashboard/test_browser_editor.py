"""The live editor in a real browser: a menu is chosen, its rows are edited and moved, and the edits become a plan."""

from __future__ import annotations

from typing import cast

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from fleet.identity import Role
from tests.dashboard.seats import Screen
from tests.fixtures.answers import Answers
from tests.fixtures.browser import admit

GRAVE = ("serious", "critical")
EXPORT = (
    b"# 2026-01-05 12:00:00 by RouterOS 7.16\n/ip firewall filter\n"
    b"add action=accept chain=input protocol=icmp\nadd action=accept chain=input comment=ours\n"
)
ROWS = [
    {".id": "*1", "chain": "input", "action": "accept", "protocol": "icmp", "disabled": "false"},
    {".id": "*2", "chain": "input", "action": "accept", "comment": "ours", "disabled": "false"},
    {".id": "*3", "chain": "forward", "action": "passthrough", "dynamic": "true"},
]


def visit(screen: Screen, url: str, page: Page, role: Role) -> None:
    admit(page, screen.web.browser(screen.web.north, role), url)
    page.goto(f"{url}/t/north/device/{screen.web.north.devices[0].id}/editor")


def test_rows_are_edited_and_moved_and_the_edits_become_one_plan(
    screen: Screen, shared_web_url: str, page: Page
) -> None:
    screen.web.configuration(screen.web.north, EXPORT)
    answers = cast(Answers, screen.web.context.questions)
    answers.rows, answers.raises = ROWS, None
    visit(screen, shared_web_url, page, Role.OPERATOR)
    editor = page.get_by_test_id("editor")
    editor.get_by_label("Find a menu, or write one").fill("/ip/firewall/filter")
    editor.get_by_label("Find a menu, or write one").press("Enter")
    rows = editor.get_by_role("region", name="Rows of /ip/firewall/filter").locator("tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.nth(2)).to_contain_text("dynamic")
    expect(rows.nth(2).get_by_role("button")).to_have_count(0)

    editor.get_by_role("button", name="Edit row 2").click()
    page.get_by_role("dialog").get_by_label("comment", exact=True).fill("theirs")
    page.get_by_role("button", name="Add to the edits").click()
    editor.get_by_role("button", name="Move row 2 up").click()
    edits = editor.get_by_role("list", name="Edits").get_by_role("listitem")
    expect(edits).to_have_count(2)
    expect(edits.nth(0)).to_contain_text("/ip firewall filter set [find comment=ours] comment=theirs")
    expect(edits.nth(1)).to_contain_text("move [find comment=ours] destination=")
    editor.get_by_role("button", name="Remove row 1").click()
    expect(editor.get_by_role("alert")).to_contain_text("told from others by its place alone")
    editor.get_by_role("button", name="Drop the edit").first.click()
    expect(edits).to_have_count(1)
    editor.get_by_role("button", name="Plan the edits").click()
    expect(editor.get_by_role("list", name="What is done")).to_contain_text("move")
    faults = [fault for fault in Axe().run(page).response["violations"] if fault["impact"] in GRAVE]
    assert [(fault["id"], fault["nodes"][0]["html"][:200]) for fault in faults] == []
    answers.rows = []


def test_who_only_looks_is_told_so(screen: Screen, shared_web_url: str, page: Page) -> None:
    visit(screen, shared_web_url, page, Role.VIEWER)
    expect(page.get_by_text("This page is not for your role")).to_be_visible()
    expect(page.get_by_test_id("editor")).to_have_count(0)
