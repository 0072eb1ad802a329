"""The contract of a page, for every page there is."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest

from dashboard import page
from dashboard.page import Page
from fleet.identity import DeviceId

PAGES = page.every()
SOME = DeviceId(UUID(int=7))
ICONS = "".join(sheet.read_text() for sheet in (Path(page.__file__).parent / "assets").glob("*.css"))


@pytest.mark.parametrize("shown", PAGES, ids=lambda p: p.name)
def test_a_page_says_what_it_is(shown: Page) -> None:
    assert shown.name.isidentifier()
    assert shown.title
    assert shown.path == shown.path.strip("/")
    assert shown.path.count(page.ID) <= 1
    assert not shown.icon or f".icon-{shown.icon} " in ICONS
    assert len(shown.key) <= 1


def test_pages_are_apart() -> None:
    assert len({p.name for p in PAGES}) == len({p.path for p in PAGES}) == len(PAGES)
    keys = [p.key for p in PAGES if p.key]
    assert len(set(keys)) == len(keys)


def test_the_overview_is_the_first_page() -> None:
    assert PAGES[0].path == ""


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("", "overview"),
        ("/", "overview"),
        ("fleet", "fleet"),
        (f"device/{SOME}", "device"),
        (f"device/{SOME}/", "device"),
        ("device", None),
        ("device/", None),
        ("device/1", None),
        (f"device/{SOME.hex}", None),
        (f"device/{SOME}/interfaces", "device"),
        (f"device/{SOME}/more", None),
        (f"device/{SOME}/events/more", None),
        ("device/events", None),
        ("nowhere", None),
        ("../fleet", None),
    ],
)
def test_a_path_leads_to_its_page(path: str, name: str | None) -> None:
    found = page.match(PAGES, path)
    assert (found.page.name if found else None) == name
    assert found is None or found.id == (SOME if "device" in path else None)


def test_a_tab_is_told_by_its_name() -> None:
    for path, tab in ((f"device/{SOME}", ""), (f"device/{SOME}/events", "events")):
        found = page.match(PAGES, path)
        assert found is not None
        assert found.tab == tab
