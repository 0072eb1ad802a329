"""Run the measurements of the dashboard: ``python -m bench.ui [--quick]``; writes ``bench/results/ui.json``."""

from __future__ import annotations

import argparse
import json
import statistics
import time
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from playwright.sync_api import Browser, BrowserContext

from bench import __main__ as bench
from bench.ui import replay, screen
from bench.ui.ground import SLUG, Size, Stage, device, stage
from bench.web.mouth import Mouth
from fleet import logs
from fleet.device import State
from fleet.events import DeviceStatusEvent

FULL, QUICK = Size(), Size(devices=2_000, measured=100, days=3)
PEOPLE, RHYTHM = 20, 2.0
MOST = 2_000
"""Points of a line."""

PAGES = {
    "overview": ("", "[data-testid=overview-all]"),
    "fleet": ("fleet", ".ag-row a"),
    "device": (f"device/{device(0)}", "#cpu-graph .main-svg"),
    "explore": ("explore", ".explore .main-svg"),
}
"""Where each page is, and what of it is looked for: its content, and not its frame."""

SHOWN = {
    "device": (f"device/{device(0)}", "#device-head .state[data-state={}]"),
    "fleet": ("fleet?q=device-0", f'.ag-row[row-id="{device(0)}"] .state[data-state={{}}]'),
}
"""Where a device's state is seen, and how what shows it looks in each state."""

_AWAIT = """(looked) => {
    window.shown = new Promise((done, fail) => {
        const look = () => document.querySelector(looked) && (seen.disconnect(), done(Date.now()));
        setTimeout(() => fail(new Error("a minute later there is no " + looked)), 60000);
        const seen = new MutationObserver(look);
        seen.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    });
}"""
"""Keep the moment at which something is in the page: a mutation is drawn with the next frame."""

_LINES = """() => [...document.querySelectorAll('.js-plotly-plot')].flatMap(
    (chart) => (chart.data || []).map((line) => (line.x || []).length))"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.ui", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two thousand devices and three days, under 90 seconds")
    quick = parser.parse_args().quick
    found = measure(QUICK if quick else FULL, 10 if quick else 40)
    bench.show(found)
    bench.RESULTS.mkdir(exist_ok=True)
    (bench.RESULTS / "ui.json").write_text(json.dumps(found, default=bench.plain, indent=1) + "\n")


def measure(size: Size, count: int) -> dict[str, Any]:
    """Measure all of it."""
    begun = time.monotonic()

    def say(text: str) -> None:
        print(f"  {time.monotonic() - begun:5.0f} s  {text}", flush=True)

    with stage(size, say) as made, screen.browser() as started:
        loads = {name: _loads(started, made, name) for name in PAGES}
        say("pages are loaded over a slow line")
        with screen.person(started, made) as context:
            callbacks = _callbacks(made, context, count)
            say("callbacks are asked")
            shown = _shown(made, context, max(3, count // 4))
    return {"devices": size.devices, "measured": size.measured, "days": size.days, **loads, **callbacks, **shown}


def _loads(started: Browser, made: Stage, name: str) -> dict[str, Any]:
    """Load a page over a slow line, with nothing kept and then again."""
    path, seen = PAGES[name]
    told: dict[str, Any] = {}
    made.hear()
    with screen.person(started, made) as context:
        for turn, cold in (("first", True), ("again", False)):
            found = screen.watched(context, slow=True, cold=cold)
            frame, content = found.open(f"{made.url}/t/{SLUG}/{path}", seen)
            told |= {f"{turn}_kb": found.bytes / 1000, f"{turn}_paint_s": frame, f"{turn}_content_s": content}
            told["most_points"] = max(found.page.evaluate(_LINES), default=0)
            found.page.close()
    assert told["most_points"] <= MOST, f"{name} draws {told['most_points']} points in a line"
    return told


def _callbacks(made: Stage, context: BrowserContext, count: int) -> dict[str, Any]:
    """Ask the callbacks of each page as the browser did, over and over."""
    asks, told = replay.line(made.url, context), dict[str, Any]()
    kept: list[float] = []
    for name, (path, seen) in PAGES.items():
        made.hear()
        found = screen.watched(context)
        found.open(f"{made.url}/t/{SLUG}/{path}", seen)
        found.page.close()
        bodies = [body for body in found.asked if "getRowsResponse" not in body["output"]]
        took = replay.repeated(asks, bodies, count, anew=False)
        kept += took
        told[f"{name}_callback_p95_ms"] = replay.p95(took)
        told[f"{name}_anew_p95_ms"] = replay.p95(replay.repeated(asks, bodies, count, anew=True))
        if blocks := [body for body in found.asked if "getRowsResponse" in body["output"]]:
            told["grid_block_p95_ms"] = replay.p95(replay.repeated(asks, blocks[:1], 4 * count, anew=False))
        if name == "overview":
            one = replay.p95(replay.crowd(asks, bodies, 1, count, RHYTHM / 10))
            told["overview_crowd_ratio"] = replay.p95(replay.crowd(asks, bodies, PEOPLE, 5, RHYTHM)) / one
    return told | {"callback_p95_ms": replay.p95(kept)}


def _shown(made: Stage, context: BrowserContext, count: int) -> dict[str, Any]:
    """Tell how long after its event a device's new state stands on the screen: stored, read again, and drawn."""
    told: dict[str, Any] = {}
    with Mouth(made.bed) as mouth:
        for name, (path, drawn) in SHOWN.items():
            made.hear()
            page = context.new_page()
            page.goto(f"{made.url}/t/{SLUG}/{path}")
            page.locator(drawn.format(State.UP.value)).first.wait_for()
            page.wait_for_timeout(5_000)
            took = list[float]()
            for number in range(count):
                state = State.DOWN if number % 2 == 0 else State.UP
                page.evaluate(_AWAIT, drawn.format(state.value))
                begun = time.time()
                mouth.tell(_status(made, state))
                took.append(page.evaluate("() => window.shown") / 1000 - begun)
                page.wait_for_timeout(2_000)
            page.close()
            told |= {f"event_to_{name}_s": max(took), f"event_to_{name}_median_s": statistics.median(took)}
    return told


def _status(made: Stage, state: State) -> DeviceStatusEvent:
    tenant = made.bed.stores.tenants[0]
    return DeviceStatusEvent(tenant_id=tenant, device_id=UUID(device(0)), at=datetime.now(UTC), state=state)


if __name__ == "__main__":
    logs.configure("bench", "warning")
    main()
