"""The explorer in a real browser: choices go into the address and come back from it, and answers are taken along."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.dashboard.seats import Screen, ago


@pytest.fixture
def desk(screen: Screen, shared_web_url: str, page: Page) -> Page:
    """Someone who looks at the explorer; two devices of north were measured in the hour before."""
    times = [ago(minutes=minute) for minute in range(60, 0, -1)]
    screen.measure(screen.web.north.devices[1], "resource", times, cpu_load_ratio=[0.8] * 60)
    page.goto(f"{shared_web_url}/login#{screen.web.link(screen.web.north)}")
    expect(page.locator("#tenant")).to_have_text("North")
    page.goto(f"{shared_web_url}/t/north/explore")
    expect(page.locator("#explore-graph .js-line")).to_have_count(2)
    return page


def choose(page: Page, name: str, option: str) -> None:
    page.get_by_role("combobox", name=name, exact=True).or_(page.get_by_label(name, exact=True)).first.click()
    page.get_by_role("option", name=option, exact=True).click()


def test_the_question_stands_in_the_address(desk: Page) -> None:
    caption, reduced = desk.locator("#explore-caption"), desk.locator("#ask-agg")
    choose(desk, "Reduced to", "Greatest")
    expect(caption).to_contain_text("CPU load · greatest by device · all devices")
    choose(desk, "Devices", "Up to 8 by name")
    desk.get_by_label("Names").first.fill("-001")
    desk.get_by_role("option", name="router-001").click()
    expect(caption).to_contain_text("1 device by name")
    expect(desk.locator("#explore-graph .js-line")).to_have_count(1)
    assert re.search(r"\?agg=max&of=devices&in=[0-9a-f-]{36}$", desk.url)
    desk.get_by_role("link", name="Heatmap").click()
    expect(desk.locator("#explore-graph .heatmaplayer image")).to_have_count(1)
    desk.reload()
    expect(desk.locator("#explore-graph .heatmaplayer image")).to_have_count(1)
    expect(reduced).to_have_value("Greatest")
    desk.go_back()
    desk.go_back()
    desk.go_back()
    desk.go_back()
    expect(caption).to_contain_text("mean by device · all devices")
    expect(reduced).to_have_value("Mean")


def test_what_is_shown_can_be_taken_along(desk: Page, tmp_path: Path) -> None:
    desk.context.grant_permissions(["clipboard-read", "clipboard-write"])
    desk.get_by_role("button", name="Copy pandas code").click()
    expect(desk.locator("#explore-pandas")).to_have_attribute("data-word", "Copy pandas code")  # It said "Copied".
    code = str(desk.evaluate("navigator.clipboard.readText()"))
    assert code.startswith("import os")
    assert f'with Client("{desk.url.split("/t/")[0]}"' in code
    saved = {}
    for name in ("CSV", "Parquet", "PNG"):
        with desk.expect_download() as download:
            desk.get_by_role("button", name=name, exact=True).click()
        saved[name] = download.value
        download.value.save_as(tmp_path / name)
    assert saved["CSV"].suggested_filename == "resource.cpu_load_ratio-line-20260105T120000Z.csv"
    assert (tmp_path / "CSV").read_text().count("router-001") == 60
    assert (tmp_path / "Parquet").read_bytes()[:4] == b"PAR1"
    assert (tmp_path / "PNG").read_bytes()[:4] == b"\x89PNG"
    assert saved["PNG"].suggested_filename == "CPU-load-mean-by-device-all-devices.png"
