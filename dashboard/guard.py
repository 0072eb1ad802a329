"""What may be fetched under ``/t/`` without a session: scripts and style sheets, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Flask, redirect, request
from werkzeug.wrappers import Response

from api import auth
from dashboard import page
from dashboard.door import PREFIX, split
from dashboard.page import Page
from fleet.errors import NotFound

PUBLIC = (f"{PREFIX}_dash-component-suites/", f"{PREFIX}assets/", f"{PREFIX}_favicon.ico")
INTERNAL = f"{PREFIX}_"
HOME = PREFIX.rstrip("/")


def install(app: Flask, pages: Sequence[Page]) -> None:
    """Check every request under the dashboard's prefix before Dash sees it."""

    @app.before_request
    def check() -> Response | None:
        if not request.path.startswith(PREFIX) and request.path != HOME:
            return None
        if request.path.startswith(PUBLIC):
            return None
        person = auth.signed_in()
        if request.path.startswith(INTERNAL):
            return None
        slug, path = split(request.path)
        if not slug:
            return redirect(f"{PREFIX}{person.slug}/", code=303)
        if slug != person.slug or page.match(pages, path) is None:
            raise NotFound("There is no such page.", "Check the address, or go to your fleet.")
        return None
