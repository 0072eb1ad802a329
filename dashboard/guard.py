"""What may be fetched under ``/t/`` without a session: scripts and style sheets, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Flask, redirect, request
from werkzeug.wrappers import Response

from api import auth
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
        if page.match(pages, path) is not None:
            if slug == person.slug:
                return None
            if _open_to(person, slug):
                return redirect(way_in(), code=303)
        raise NotFound("There is no such page.", "Check the address, or go to your fleet.")


def _open_to(person: SignedIn, slug: str) -> bool:
    """Tell whether a person may change to a tenant, which the sign-in page offers; to a stranger it is not there."""
    with platform_session(current().stores, "a person opens a page of another tenant") as session:
        return accounts.may_enter_named(session, person.user_id, slug)
