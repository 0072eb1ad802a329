"""The tab Tools in a real browser: answers are laid out, refusals are said, and a restart is confirmed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, Request, expect

from fleet.identity import Role
from fleet.questions import Question
from routeros.errors import Unreachable
from tests.dashboard.seats import Screen
from tests.fixtures.answers import Answers
from tests.fixtures.browser import IDLE, narrow

GRAVE = ("serious", "critical")


@dataclass(frozen=True, slots=True)
class Bench:
    """Somebody at the tools of north's first device, and the owners that answer."""

    page: Page
    answers: Answers
    writes: list[Request]

    def choose(self, word: str) -> None:
        self.page.get_by_role("group", name="Tools").get_by_role("button", name=word, exact=True).click()

    def panel(self, kind: str) -> Locator:
        return self.page.get_by_test_id(f"tools-{kind}")

    @property
    def last(self) -> Question:
        return self.answers.asked[-1]


def seat(screen: Screen, url: str, page: Page, role: Role) -> Bench:
    page.goto(f"{url}/login#{screen.web.link(screen.web.north, role)}")
    expect(page.locator("#tenant")).to_have_text("North")
    writes: list[Request] = []
    page.on(
        "request", lambda asked: writes.append(asked) if asked.method == "POST" and "/devices/" in asked.url else None
    )
    page.goto(f"{url}/t/north/device/{screen.web.north.devices[0].id}/tools")
    return Bench(page, cast(Answers, screen.web.context.questions), writes)


@pytest.fixture
def bench(screen: Screen, shared_web_url: str, page: Page) -> Iterator[Bench]:
    made = seat(screen, shared_web_url, page, Role.OPERATOR)
    made.answers.rows, made.answers.more, made.answers.raises = [], False, None
    yield made
    made.answers.rows, made.answers.raises = [], None


def test_pings_are_laid_out_with_their_sum(bench: Bench) -> None:
    bench.answers.rows = [
        {"seq": "0", "host": "192.0.2.1", "time": "12ms500us", "ttl": "60", "sent": "1", "received": "1"},
        {"seq": "1", "host": "192.0.2.1", "status": "timeout", "sent": "2", "received": "1"},
    ]
    panel = bench.panel("ping")
    expect(panel).to_contain_text("this is what it reaches")
    panel.get_by_label("Address or name").fill("192.0.2.1")
    panel.get_by_role("button", name="Start").click()
    expect(panel).to_contain_text("1 of 2 came back, 50 % lost; 12.5 / 12.5 / 12.5 ms")
    expect(panel.locator("tbody tr").nth(1)).to_contain_text("timeout")
    assert (bench.last.command, bench.last.attributes["count"]) == ("/ping", "5")


def test_what_was_answered_stays_while_the_page_moves_on(bench: Bench) -> None:
    bench.answers.rows = [{".id": "*1", "time": "10:00:00", "topics": "system,info", "message": "router rebooted"}]
    bench.choose("Log")
    panel = bench.panel("log")
    panel.get_by_role("button", name="Read").click()
    expect(panel).to_contain_text("router rebooted")
    bench.page.evaluate("window.dash_clientside.set_props('tick', {n_intervals: Date.now() % 1e9})")
    bench.page.evaluate(IDLE)
    expect(panel).to_contain_text("router rebooted")
    expect(bench.panel("ping")).to_be_hidden()


def test_a_menu_is_a_table_and_one_record_is_a_list(bench: Bench) -> None:
    bench.choose("Menus")
    panel = bench.panel("menu")
    bench.answers.rows = [{"name": "ether1", "type": "ether"}, {"name": "bridge1", "type": "bridge"}]
    panel.get_by_label("Menu", exact=True).fill("/interface")
    panel.get_by_role("button", name="Read").click()
    expect(panel).to_contain_text("2 rows")
    expect(panel.locator("thead")).to_contain_text("type")
    panel.get_by_label("Only rows with (optional)").fill("bridge")
    panel.get_by_role("button", name="Read").click()
    expect(panel).to_contain_text("1 row")
    bench.answers.rows = []
    panel.get_by_role("button", name="Read").click()
    expect(panel).to_contain_text("The menu is empty.")
    assert not bench.last.unmasked


def test_what_the_device_refuses_is_said_with_a_next_step(bench: Bench) -> None:
    bench.answers.raises = Unreachable("10.0.1.1:8729 does not answer.", device="10.0.1.1:8729")
    bench.choose("Traceroute")
    panel = bench.panel("traceroute")
    panel.get_by_label("Address or name").fill("192.0.2.1")
    panel.get_by_role("button", name="Start").click()
    expect(panel.get_by_role("alert")).to_contain_text("10.0.1.1:8729 does not answer.")
    expect(panel.get_by_role("alert")).to_contain_text("Check address, port and route")


def test_a_restart_is_sent_once_its_name_was_written(bench: Bench) -> None:
    bench.page.get_by_role("button", name="Restart", exact=True).click()
    dialog = bench.page.get_by_role("dialog")
    dialog.get_by_label("Write north to confirm").fill("nort")
    dialog.get_by_role("button", name="Restart").click()
    expect(dialog).to_contain_text("Write north to confirm.")
    assert bench.writes == []
    dialog.get_by_label("Write north to confirm").fill("north")
    with bench.page.expect_response(lambda answer: answer.url.endswith("/reboot")) as sent:
        dialog.get_by_role("button", name="Restart").click()
    assert sent.value.status == 202
    assert json.loads(bench.writes[-1].post_data or "") == {"identity": "north"}
    expect(bench.page.locator("body")).to_contain_text("is told to restart")


def test_who_only_looks_is_told_so(screen: Screen, shared_web_url: str, page: Page) -> None:
    seat(screen, shared_web_url, page, Role.VIEWER)
    expect(page.locator("#page")).to_contain_text("This page is not for your role")
    expect(page.get_by_test_id("tools")).to_have_count(0)


def test_it_fits_a_narrow_screen_and_keeps_nobody_out(bench: Bench) -> None:
    bench.answers.rows = [{"name": f"ether{n}", "comment": "to the roof " * 5, "type": "ether"} for n in range(3)]
    bench.choose("Menus")
    panel = bench.panel("menu")
    panel.get_by_label("Menu", exact=True).fill("/interface")
    panel.get_by_role("button", name="Read").click()
    expect(panel).to_contain_text("3 rows")
    grave = [fault for fault in Axe().run(bench.page).response["violations"] if fault["impact"] in GRAVE]
    assert [(fault["id"], fault["nodes"][0]["html"][:200]) for fault in grave] == []
    narrow(bench.page)
