"""What may be fetched under ``/t/`` without a session: scripts and style sheets, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from dash.exceptions import DependencyException
from flask import Flask, redirect, request
from werkzeug.wrappers import Response

from api import auth, errors
from api.context import current
from api.errors import way_in
from dashboard import page
from dashboard.door import PREFIX, split
from dashboard.page import Page
from db import accounts
from db.accounts import SignedIn
from db.platform import platform_session
from fleet.errors import NotFound

PUBLIC = (f"{PREFIX}_dash-component-suites/", f"{PREFIX}assets/", f"{PREFIX}_favicon.ico")
INTERNAL = f"{PREFIX}_"
ANY = f"{PREFIX}<path:path>"
"""The rule by which Dash answers every address that has none of its own."""
HOME = PREFIX.rstrip("/")


def install(app: Flask, pages: Sequence[Page]) -> None:
    """Check every request under the dashboard's prefix before Dash sees it; of files, whether Dash knows them."""
    app.register_error_handler(DependencyException, lambda _: errors.refuse(no_file()))

    @app.before_request
    def check() -> Response | None:
        if not request.path.startswith(PREFIX) and request.path != HOME:
            return None
        if request.path.startswith(PUBLIC):
            _see_file()
            return None
        person = auth.signed_in()
        if request.path.startswith(INTERNAL):
            return None
        slug, path = split(request.path)
        if not slug:
            return redirect(f"{PREFIX}{person.slug}/", code=303)
        if page.match(pages, path) is not None:
            if slug == person.slug:
                return None
            if _open_to(person, slug):
                return redirect(way_in(), code=303)
        raise NotFound("There is no such page.", "Check the address, or go to your fleet.")


def _see_file() -> None:
    """Let a file pass; what is none would be answered with the first HTML of a page, which is for those signed in."""
    if request.url_rule is None or request.url_rule.rule == ANY:
        raise no_file()


def no_file() -> NotFound:
    """Say that there is no such file; a browser asks for one when the page is of an older version than the server."""
    return NotFound("There is no such file.", "Load the page again.")


def _open_to(person: SignedIn, slug: str) -> bool:
    """Tell whether a person may change to a tenant, which the sign-in page offers; to a stranger it is not there."""
    with platform_session(current().stores, "a person opens a page of another tenant") as session:
        return accounts.may_enter_named(session, person.user_id, slug)
