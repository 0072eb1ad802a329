"""The pages that anyone may open: the way in, signing in, choosing a password, and the reference of the API."""

from __future__ import annotations

from functools import partial

from flask import Flask, redirect, render_template
from werkzeug.wrappers import Response as AnyResponse

from api import auth, catalogue, headers
from fleet.errors import Unauthenticated

LOGIN = "/login"
ENROL = "/enrol"
CHANGE = "/password"
DOORS = {LOGIN: "login.html", ENROL: "enrol.html", CHANGE: "password.html"}
"""Static pages: what is secret stands behind their ``#`` or is typed, and never reaches a request line."""
REFERENCE = "/api/docs"


def install(app: Flask) -> None:
    """Serve the pages from ``app``."""
    app.add_url_rule("/", "home", home)
    for path, file in DOORS.items():
        app.add_url_rule(path, path.lstrip("/"), partial(app.send_static_file, file))
    headers.extend(app, REFERENCE, headers.policy())
    app.add_url_rule(REFERENCE, "reference", lambda: app.send_static_file("reference.html"))
    app.add_url_rule(catalogue.PLACE, "errors", errors)


def home() -> AnyResponse:
    """Go to the tenant's page, or to the sign-in page."""
    try:
        return redirect(address(auth.signed_in().slug), code=303)
    except Unauthenticated:
        return redirect(LOGIN, code=303)


def errors() -> str:
    """Show what each code of a refusal means: where the ``type`` of a problem leads."""
    return render_template("errors.html", meanings=catalogue.EVERY)


def address(slug: str) -> str:
    """Tell where a tenant's pages begin."""
    return f"/t/{slug}/"
