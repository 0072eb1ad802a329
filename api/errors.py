"""The web's error boundary: whatever was raised becomes one clear answer, and a surprise is logged and counted."""

from __future__ import annotations

import http
import math
from datetime import timedelta
from urllib.parse import urlencode

from flask import Flask, Response, redirect, render_template, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from api import acts, problems, telemetry
from api.problems import Problem, Unexpected
from db.tenancy import TenantViolation
from fleet import logs
from fleet.errors import FleetError

log = logs.get("api")


def install(app: Flask) -> None:
    """Answer every error of ``app`` from here."""
    app.register_error_handler(FleetError, refuse)
    app.register_error_handler(HTTPException, refuse_http)
    app.register_error_handler(Exception, refuse_unexpected)


def refuse(error: FleetError) -> AnyResponse:
    """Answer one of our own errors; a browser without a session goes to the sign-in page, and from there back."""
    if isinstance(error, TenantViolation):
        telemetry.count("tenant_violation")
        log.error("the database refused a row of another tenant", path=request.path, exc_info=error)
    acts.refused(error)
    if error.status == http.HTTPStatus.UNAUTHORIZED and _by_browser():
        return redirect(way_in(), code=303)
    response = _answer(problems.of(error, telemetry.request_id()))
    if error.status == http.HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(later := getattr(error, "retry_after", None), timedelta):
        response.headers["Retry-After"] = str(max(1, math.ceil(later.total_seconds())))
    return response


def way_in() -> str:
    """Tell where to sign in and go on to the page that is asked for now."""
    return f"/login?{urlencode({'to': request.full_path.removesuffix('?')})}"


def refuse_http(error: HTTPException) -> AnyResponse:
    """Answer what Flask itself refuses; redirects pass."""
    if error.code is None or error.code < 400:
        return error.get_response()
    response = _answer(problems.of_http(error, telemetry.request_id()))
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def refuse_unexpected(error: Exception) -> AnyResponse:
    """Answer a fault of ours that nobody foresaw: the log has its traceback under the request's id."""
    telemetry.count("unexpected")
    log.error("unexpected error", path=request.path, exc_info=error)
    return refuse(Unexpected("Something went wrong on our side.", "Try again; if it stays, report the request id."))


def _answer(problem: Problem) -> Response:
    if _by_browser():
        return Response(render_template("problem.html", problem=problem), problem.status, mimetype="text/html")
    return Response(problem.model_dump_json(), problem.status, content_type=problems.MEDIA)


def _by_browser() -> bool:
    """Tell whether a person navigates here, rather than a program or a script of a page."""
    if request.path.startswith("/api/") or request.method not in ("GET", "HEAD"):
        return False
    return request.accept_mimetypes.best_match([problems.MEDIA, "text/html"]) == "text/html"
