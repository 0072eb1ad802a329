"""A browser that looks at the dashboard: what travels, when something is seen, and what its callbacks ask."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

from bench.ui.ground import SLUG, Stage

LINE = {"offline": False, "latency": 20, "downloadThroughput": 2_500_000, "uploadThroughput": 2_500_000}
"""20 Mbit/s, and 20 ms there and back."""

EXECUTABLES = ("chromium", "chromium-browser", "google-chrome")
CALLBACK = "/_dash-update-component"
FRAME = "#waiting:visible, nav:visible"
PAINTED = "() => performance.getEntriesByType('paint')[0].startTime"
"""Milliseconds from the beginning of the navigation until the browser painted the frame's outline."""

SEEN = """
    window.content = new Promise((done) => {
        const drawn = () => requestAnimationFrame(() => done(performance.now()));
        const look = () => document.querySelector(LOOKED) && (seen.disconnect(), drawn());
        const seen = new MutationObserver(look);
        seen.observe(document, { subtree: true, childList: true });
    });
"""
"""Keep the milliseconds from the beginning of the navigation until a frame is drawn with what is looked for: the page
itself knows it, and whoever asks from outside waits for his turn."""

PATIENCE_MS = 60_000


@dataclass
class Watched:
    """A page, the bytes that came over the wire for it, and the callbacks that it asked for."""

    page: Page
    bytes: int = 0
    asked: list[dict[str, Any]] = field(default_factory=list)

    def open(self, address: str, seen: str) -> tuple[float, float]:
        """Go to an address; tells the seconds to the first paint of the frame, and to the content looked for."""
        self.bytes = 0
        self.page.add_init_script(SEEN.replace("LOOKED", json.dumps(seen)))
        self.page.goto(address, wait_until="commit")
        self.page.locator(FRAME).first.wait_for(timeout=PATIENCE_MS)
        self.page.locator(seen).first.wait_for(timeout=PATIENCE_MS)
        self.page.wait_for_load_state("networkidle")
        return self.page.evaluate(PAINTED) / 1000, self.page.evaluate("() => window.content") / 1000


@contextmanager
def browser() -> Iterator[Browser]:
    """Start Chromium."""
    path = next((found for name in EXECUTABLES if (found := shutil.which(name))), None)
    if path is None:
        raise SystemExit("Chromium is not installed. On Debian or Ubuntu: apt install chromium")
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"]) as started,
    ):
        yield started


@contextmanager
def person(started: Browser, stage: Stage) -> Iterator[BrowserContext]:
    """Open a browser's profile in which somebody has signed in."""
    with started.new_context(viewport={"width": 1440, "height": 900}) as context:
        page = context.new_page()
        page.goto(stage.link())
        page.wait_for_url(f"**/t/{SLUG}/")
        page.close()
        yield context


def watched(context: BrowserContext, *, slow: bool = False, cold: bool = False) -> Watched:
    """Open a page that is watched, over a ``slow`` line, with nothing kept from before (``cold``)."""
    found = Watched(context.new_page())
    wire = context.new_cdp_session(found.page)
    wire.send("Network.enable")
    if cold:
        wire.send("Network.clearBrowserCache")
    if slow:
        wire.send("Network.emulateNetworkConditions", LINE)

    def count(loaded: Mapping[str, Any]) -> None:
        found.bytes += int(loaded["encodedDataLength"])

    def note(asked: Request) -> None:
        if CALLBACK in asked.url and asked.post_data:
            found.asked.append(json.loads(asked.post_data))

    wire.on("Network.loadingFinished", count)
    found.page.on("request", note)
    return found
