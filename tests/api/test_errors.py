"""Every refusal is a problem with a code, a request id and a next step."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from structlog.testing import capture_logs

from api.app import create_app
from db.engine import Stores
from db.tenancy import TenantViolation
from fleet.errors import Conflict
from tests.fixtures.web import Web

MEMBERS = {"type", "title", "status", "code", "detail", "next_step", "request_id", "errors"}
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def raising(web: Web, error: Exception) -> Flask:
    """The application with a page that raises."""
    app = create_app(web.context)

    def page() -> str:
        raise error

    app.add_url_rule("/api/broken", "broken", page)
    return app


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/nothing", 404, "not_found"),
        ("GET", "/nothing", 404, "not_found"),
        ("DELETE", "/api/health", 405, "method_not_allowed"),
        ("GET", "/api/health?x=1", 422, "bad_input"),
        ("POST", "/api/auth/link", 415, "unsupported_media_type"),
    ],
)
def test_a_refusal_is_a_problem(shared_web: Web, method: str, path: str, status: int, code: str) -> None:
    answer = shared_web.client().open(path, method=method)
    problem = answer.get_json()
    assert answer.content_type == "application/problem+json"
    assert set(problem) == MEMBERS
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert problem["type"] == f"/api/docs/errors#{code}"
    assert problem["detail"]
    assert problem["next_step"]
    assert problem["request_id"] == answer.headers["X-Request-ID"]


def test_a_wrong_method_is_told_the_right_ones(shared_web: Web) -> None:
    assert "GET" in shared_web.client().delete("/api/health").headers["Allow"]


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'{"token": 1}', b'{"token": ""}', b"\xff", b'{"token": "\\ud800"}', b""]
)
def test_a_malformed_body_is_a_problem(shared_web: Web, body: bytes) -> None:
    answer = shared_web.client().post("/api/auth/link", data=body, content_type="application/json")
    assert (answer.status_code, answer.get_json()["code"]) == (422, "bad_input")
    assert answer.get_json()["errors"][0]["place"] == "body"


def test_too_large_a_body_is_a_problem(shared_web: Web) -> None:
    answer = shared_web.client().post("/api/auth/link", data=b" " * 1_000_001, content_type="application/json")
    assert (answer.status_code, answer.get_json()["code"]) == (413, "request_entity_too_large")


def test_a_surprise_is_logged_counted_and_not_told(shared_web: Web) -> None:
    app = raising(shared_web, ZeroDivisionError("the secret of the house"))
    with capture_logs() as logged:
        answer = app.test_client().get("/api/broken", headers={"X-Request-ID": "mine-1"})
    assert (answer.status_code, answer.get_json()["code"]) == (500, "unexpected")
    assert answer.get_json()["request_id"] == "mine-1"
    assert "secret" not in answer.text
    (entry,) = [entry for entry in logged if entry["log_level"] == "error"]
    assert str(entry["exc_info"]) == "the secret of the house"
    assert 'flotilla_web_faults_total{kind="unexpected"} 1.0' in app.test_client().get("/metrics").text


def test_an_error_of_ours_keeps_its_code_and_status(shared_web: Web) -> None:
    answer = raising(shared_web, Conflict("Two of them.", "Keep one.")).test_client().get("/api/broken")
    problem = answer.get_json()
    assert (answer.status_code, problem["detail"], problem["next_step"]) == (409, "Two of them.", "Keep one.")


def test_a_row_that_the_database_refuses_is_counted(shared_web: Web) -> None:
    app = raising(shared_web, TenantViolation("Not yours.", "Ask for your own."))
    answer = app.test_client().get("/api/broken")
    assert (answer.status_code, answer.get_json()["code"]) == (403, "tenant_violation")
    assert 'flotilla_web_faults_total{kind="tenant_violation"} 1.0' in app.test_client().get("/metrics").text


def test_without_the_database_there_is_a_problem_to_wait_for(shared_web: Web) -> None:
    key = shared_web.key(shared_web.north)
    nowhere = Stores(dict.fromkeys(("flotilla_app", "flotilla_platform"), "postgresql://u@127.0.0.1:1/none"))
    app = create_app(replace(shared_web.context, stores=nowhere))
    answer = app.test_client().get("/api/tenants", headers={"Authorization": f"Bearer {key}"})
    assert (answer.status_code, answer.get_json()["code"]) == (503, "unavailable")


def test_a_person_who_navigates_gets_a_page(shared_web: Web) -> None:
    answer = shared_web.client().get("/nothing", headers=BROWSER)
    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert answer.headers["X-Request-ID"] in answer.text


def test_the_api_answers_a_browser_with_a_problem(shared_web: Web) -> None:
    assert shared_web.client().get("/api/tenants", headers=BROWSER).content_type == "application/problem+json"


@pytest.mark.parametrize("asked", ["", "two words", "x" * 65, "a\u00e9"])
def test_a_request_id_that_cannot_be_one_is_replaced(shared_web: Web, asked: str) -> None:
    answer = shared_web.client().get("/api/health", headers={"X-Request-ID": asked})
    assert answer.headers["X-Request-ID"] not in ("", asked)
