"""A walk through every page, as every role, in both schemes, on a wide and a narrow screen.

Each page is kept as a picture under ``build/screens``, for people to look at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

from dashboard import page as pages
from dashboard.app import mount
from dashboard.page import ID, TAB
from fleet.identity import Role
from tests.dashboard.seats import Screen, ago
from tests.fixtures.browser import PATIENCE_MS, Quiet
from tests.fixtures.database import Database
from tests.fixtures.web import NOW, Web

pytestmark = pytest.mark.timeout(1800)
"""Thirty pages and more are a long way on a machine that has much else to do."""

Scheme = Literal["dark", "light"]

SCREENS = Path(__file__).parents[2] / "build" / "screens"
PATHS = {
    f"{page.name}-{tab}" if tab else page.name: page.path.replace(TAB, tab)
    for page in pages.every()
    for tab in page.tabs or ("",)
}
GRAVE = ("serious", "critical")
COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules of axe-core that a scheme can break."""
SIZES = {"wide": (1440, 900), "narrow": (390, 844)}
LOOKS: tuple[tuple[Scheme, str], ...] = (("dark", "wide"), ("light", "wide"), ("light", "narrow"), ("dark", "narrow"))
"""Both schemes on both screens, each a step from the one before."""


@dataclass(frozen=True, slots=True)
class House:
    """A live server with a fleet in every state, and a browser."""

    screen: Screen
    browser: Browser
    url: str

    def address(self, path: str) -> str:
        return f"{self.url}/t/north/{path.replace(ID, str(self.screen.web.north.devices[0].id))}"


@dataclass(frozen=True, slots=True)
class Walker:
    """Somebody who walks, and what the browser had to complain about."""

    house: House
    page: Page
    quiet: Quiet
    faults: list[str]

    def see(self, path: str) -> None:
        """Go to a page and wait until it has said what it is."""
        self.quiet.open(self.house.address(path))
        expect(self.page.locator("#page h1, #page .notice").first).not_to_be_empty()
        self.quiet.wait()
        expect(self.page.locator("#tenant")).to_have_text("North")

    def again(self) -> None:
        """Have the page look again, as it does by and by: what comes then is judged too."""
        self.page.evaluate("dash_clientside.set_props('tick', {n_intervals: 1000})")
        self.quiet.wait()

    def look(self, scheme: Scheme, size: str) -> None:
        """Change the scheme of the system, and the screen, under the page that is open."""
        width, height = SIZES[size]
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.emulate_media(color_scheme=scheme)
        expect(self.page.locator("html")).to_have_attribute("data-mantine-color-scheme", scheme)
        self.page.evaluate("new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))")


@pytest.fixture(scope="module")
def house(shared_database: Database, shared_web: Web, request: pytest.FixtureRequest) -> House:
    mount(shared_web.app, shared_web.context)
    screen = Screen(shared_web, shared_database)
    one, two, _ = shared_web.north.devices
    facts = {"model": "RB4011iGS+", "version": "7.16.1", "serial": "HD0812", "uptime_seconds": 86_400.0}
    screen.tell(one, state="up", since=ago(hours=3), heard_at=ago(seconds=5), **facts)
    screen.tell(two, state="down", since=ago(hours=1), heard_at=ago(hours=1), error="It refused the password.")
    times = [NOW - timedelta(minutes=n) for n in range(60, 0, -1)]
    screen.measure(one, "resource", times, cpu_load_ratio=[0.2 + (n % 7) / 20 for n in range(60)])
    return House(screen, request.getfixturevalue("chromium"), request.getfixturevalue("shared_web_url"))


@pytest.fixture
def walker(house: House, request: pytest.FixtureRequest) -> Iterator[Walker]:
    """Someone of a role, in whose browser nothing is remembered."""
    width, height = SIZES["wide"]
    with house.browser.new_context(viewport={"width": width, "height": height}, color_scheme="dark") as context:
        context.set_default_timeout(PATIENCE_MS)
        page, faults = context.new_page(), []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if _bad(said) else None)
        page.on("request", lambda asked: faults.append(asked.url) if _strange(asked, house.url) else None)
        page.goto(f"{house.url}/login#{house.screen.web.link(house.screen.web.north, request.param)}")
        expect(page.locator("#tenant")).to_have_text("North")
        yield Walker(house, page, Quiet(page), faults)


@pytest.mark.parametrize("walker", list(Role), indirect=True, ids=str)
def test_every_page_is_whole_for_everybody(walker: Walker, request: pytest.FixtureRequest) -> None:
    """Nothing is wider than the screen, nothing is asked of strangers, nothing fails, and nobody is shut out.

    Every role sees every page; one of them looks at each in both schemes on both screens.
    """
    role = request.node.callspec.id
    looks = LOOKS if role == Role.TENANT_ADMIN else LOOKS[:1]
    SCREENS.mkdir(parents=True, exist_ok=True)
    for name, path in PATHS.items():
        walker.see(path)
        if len(looks) > 1:
            walker.again()
        for scheme, size in looks:
            walker.look(scheme, size)
            walker.page.screenshot(path=SCREENS / f"{name}-{role}-{scheme}-{size}.png")
            wide = walker.page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, f"{name} is {wide} px wider than the screen"
            assert walker.faults == [], name
            if len(looks) > 1 and size == "wide":
                assert _barriers(walker.page, scheme) == [], f"{name}, {scheme}"
        walker.look(*LOOKS[0])


def _barriers(page: Page, scheme: Scheme) -> list[str]:
    """Name what keeps people out, as axe-core finds it: the grave faults alone.

    The other scheme is the same document in other colours: these alone are judged anew.
    """
    only = {} if scheme == LOOKS[0][0] else {"runOnly": {"type": "rule", "values": COLOURS}}
    found = Axe().run(page, options={"resultTypes": ["violations"], **only}).response["violations"]
    return [
        f"{fault['id']}: {fault['help']}: {node['html'][:200]}"
        for fault in found
        if fault["impact"] in GRAVE
        for node in fault["nodes"]
    ]


def _bad(said: ConsoleMessage) -> bool:
    return said.type == "error"


def _strange(asked: Request, url: str) -> bool:
    return not asked.url.startswith((f"{url}/", "data:", "blob:"))
