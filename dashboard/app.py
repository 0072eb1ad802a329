"""Dash on the Flask application, under ``/t/``: the shell, the pages that are found, one router between them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from dash import Dash, Input, Output, State, ctx, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate
from flask import Flask, request

from api import auth, csrf, headers
from api.context import Context
from api.telemetry import request_id
from dashboard import controls, delivery, guard, page, sharing, shell, theme
from dashboard.data import Data
from dashboard.door import PREFIX, Door, Visit, split
from dashboard.page import Page
from fleet.errors import FleetError

SUITES = "_dash-component-suites"
UNUSED = ("dash/dash_table",)
"""Scripts that Dash writes into every page, of components that no page has."""

LAYOUT = (Path(__file__).parent / "index.html").read_text()
EARLY = (Path(__file__).parent / "early.js").read_text()
"""Stands in the first HTML itself: a script that had to be fetched would come too late."""


class Screen(Dash):
    """Dash with scripts that only some pages load."""

    pages: Sequence[Page] = ()

    def index(self, *args: Any, **kwargs: Any) -> str:
        """Write the first HTML of a page: without scripts that it does not need, with a hint at those it will."""
        found = page.match(self.pages, split(request.path)[1])
        needed = found.page.needs if found else ()
        written: Any = super().index
        whole: str = written(*args, **kwargs)
        others = {package for every in self.pages for package in every.needs if package not in needed}
        for package in {*others, *UNUSED}:
            whole = re.sub(rf'<script src="[^"]*/{SUITES}/{package}/[^"]*"></script>\s*', "", whole)
        soon = found.page.later if found else ()
        later = {script: script in soon for every in self.pages for script in every.later}
        hints = "".join(_hint(script, now) for script, now in later.items())
        return delivery.join(whole).replace("</head>", f"{hints}</head>", 1)


def _hint(script: str, soon: bool) -> str:
    """Let the browser fetch a script ahead: at once, or when it has nothing else to do."""
    address = delivery.lasting(f"{PREFIX}{SUITES}/{script}")
    return f'<link rel="{"preload" if soon else "prefetch"}" as="script" href="{address}">'


def mount(app: Flask, context: Context, ticking: Callable[[], float] = time.monotonic) -> Dash:
    """Put the dashboard on the application; ``ticking`` tells the seconds by which what was read is kept."""
    pages = page.every()
    delivery.install(app)
    guard.install(app, pages)
    screen = _screen(app)
    screen.pages = pages
    door = Door(screen, Data(context.stores, context.families, context.clock, ticking), context.clock)
    screen.layout = lambda: _layout(pages)
    _route(door, pages)
    shell.connect(door)
    for found in pages:
        found.connect(door)
    sharing.install(app, door, ticking)
    hashes = [*screen.csp_hashes(), headers.hashed(EARLY)]
    headers.extend(app, PREFIX, headers.policy(hashes, styles=["'unsafe-inline'"]))
    return screen


def _layout(pages: Sequence[Page]) -> Component:
    """Lay the frame out for whoever is signed in; Dash itself asks once, at its first request, to check it."""
    asked = request.path == f"{PREFIX}_dash-layout"
    return shell.layout(auth.signed_in(), pages) if asked else html.Div()


def _screen(app: Any) -> Screen:
    return Screen(
        "dashboard",
        server=app,
        url_base_pathname=PREFIX,
        assets_folder=str(delivery.ASSETS),
        index_string=LAYOUT.replace("{{palette}}", theme.style_sheet()).replace("{{early}}", EARLY),
        title="Flotilla",
        update_title="",
        use_pages=False,
        enable_mcp=False,
        add_log_handler=False,
        suppress_callback_exceptions=True,
        csrf_token_name=csrf.COOKIE,
        csrf_header_name=csrf.HEADER,
    )


def _route(door: Door, pages: Sequence[Page]) -> None:
    inputs = {"pathname": Input("url", "pathname"), "look": Input("look", "data"), "shown": State("shown", "data")}

    @door.callback((Output("page", "children"), Output("shown", "data")), inputs)
    def show(visit: Visit, shown: dict[str, str] | None, **_: Any) -> tuple[Component, dict[str, str]]:
        """Lay out the page of the address. It waits for the look; a page that is there sees to a new look itself."""
        if "url.pathname" not in ctx.triggered_prop_ids and shown and shown.get("path") == visit.path:
            raise PreventUpdate
        found = page.match(pages, page.SETUP if _begins(visit) else visit.path)
        if found is None:
            return shell.lost(visit), {"path": visit.path, "title": "Not found"}
        return _laid_out(found.page, visit), {"path": visit.path, "title": found.page.title}


def _begins(visit: Visit) -> bool:
    """Tell whether somebody comes to a tenant that has no device yet."""
    return not visit.path.strip("/") and not visit.data.fleet(visit.principal).entries


def _laid_out(found: Page, visit: Visit) -> Component:
    """Lay a page out; what it refuses is told in its place, with what to do."""
    try:
        return found.layout(visit)
    except FleetError as error:
        return controls.refusal(error, request_id())
