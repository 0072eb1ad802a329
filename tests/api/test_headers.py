"""The security headers of every answer."""

from __future__ import annotations

import pytest

from api import headers
from api.app import create_app
from tests.fixtures.web import Web

PATHS = [
    "/",
    "/login",
    "/enrol",
    "/password",
    "/static/login.js",
    "/static/srp.js",
    "/api/health",
    "/api/openapi.json",
    "/api/docs",
    "/api/docs/errors",
    "/api/tenants",
    "/metrics",
    "/nothing",
]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_is_guarded(shared_web: Web, path: str) -> None:
    sent = shared_web.client().get(path).headers
    assert sent["X-Content-Type-Options"] == "nosniff"
    assert sent["Referrer-Policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in sent["Content-Security-Policy"]
    assert "default-src 'none'" in sent["Content-Security-Policy"]
    assert "unsafe" not in sent["Content-Security-Policy"]
    assert "Access-Control-Allow-Origin" not in sent


@pytest.mark.parametrize("path", ["/api/health", "/api/tenants", "/api/nothing", "/login", "/"])
def test_nothing_that_may_be_private_is_kept(shared_web: Web, path: str) -> None:
    assert shared_web.client().get(path).headers["Cache-Control"] == "no-store"


def test_a_part_of_the_site_may_have_its_own_policy(shared_web: Web) -> None:
    app = create_app(shared_web.context)
    headers.extend(app, "/static/", headers.policy(["'sha256-abc'"], styles=["'sha256-def'"]))
    client = app.test_client()
    sent = client.get("/static/login.js").headers["Content-Security-Policy"]
    assert "script-src 'self' 'sha256-abc';" in sent
    assert "style-src 'self' 'sha256-def';" in sent
    assert "sha256" not in client.get("/login").headers["Content-Security-Policy"]
