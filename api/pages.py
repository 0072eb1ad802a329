"""The pages that anyone may open: the way in, and the sign-in page."""

from __future__ import annotations

from flask import Flask, Response, redirect
from werkzeug.wrappers import Response as AnyResponse

from api import auth
from fleet.errors import Unauthenticated

LOGIN = "/login"


def install(app: Flask) -> None:
    """Serve the pages from ``app``."""
    app.add_url_rule("/", "home", home)
    app.add_url_rule(LOGIN, "login", lambda: login(app))


def home() -> AnyResponse:
    """Go to the tenant's page, or to the sign-in page."""
    try:
        return redirect(address(auth.signed_in().slug), code=303)
    except Unauthenticated:
        return redirect(LOGIN, code=303)


def login(app: Flask) -> Response:
    """Show the sign-in page; the link's token stands behind its ``#`` and never reaches a request line."""
    return app.send_static_file("login.html")


def address(slug: str) -> str:
    """Tell where a tenant's pages begin."""
    return f"/t/{slug}/"
