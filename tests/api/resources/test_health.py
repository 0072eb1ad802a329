"""Alive, ready, and measured."""

from __future__ import annotations

from dataclasses import replace

from api.app import create_app
from api.context import Check
from fleet.errors import Unavailable
from tests.fixtures.web import Web


def absent() -> float:
    raise Unavailable("The stream is away.", "Wait.")


def test_the_process_is_alive(shared_web: Web) -> None:
    assert shared_web.client().get("/api/health").get_json() == {"status": "alive"}


def test_it_is_ready_when_every_check_passes(shared_web: Web) -> None:
    context = replace(shared_web.context, checks={"nats": lambda: Check("nats", True, "3 events wait")})
    answer = create_app(context).test_client().get("/api/readiness")
    assert answer.get_json() == {"status": "ready", "checks": [{"name": "nats", "detail": "3 events wait"}]}


def test_it_is_not_ready_when_one_fails_and_says_which(shared_web: Web) -> None:
    checks = {"nats": lambda: Check("nats", False, "refused"), "redis": lambda: Check("redis", True)}
    answer = create_app(replace(shared_web.context, checks=checks)).test_client().get("/api/readiness")
    problem = answer.get_json()
    assert (answer.status_code, problem["code"]) == (503, "not_ready")
    assert problem["errors"] == [{"place": "check", "name": "nats", "detail": "refused"}]


def test_prometheus_reads_requests_checks_and_gauges(shared_web: Web) -> None:
    context = replace(
        shared_web.context,
        checks={"redis": lambda: Check("redis", False)},
        gauges={"flotilla_events_stored": lambda: 7.0, "flotilla_events_published": absent},
    )
    client = create_app(context).test_client()
    client.get("/api/health")
    client.get("/nowhere/at/all")
    client.open("/api/health", method="BREW")
    text = client.get("/metrics").text
    assert 'flotilla_web_requests_total{method="GET",route="/api/health",status="200"} 1.0' in text
    assert 'flotilla_web_requests_total{method="GET",route="none",status="404"} 1.0' in text
    assert 'flotilla_web_requests_total{method="other",route="none",status="405"} 1.0' in text
    assert "flotilla_web_seconds_bucket" in text
    assert 'flotilla_ready{check="redis"} 0.0' in text
    assert "flotilla_events_stored 7.0" in text
    assert "flotilla_events_published" not in text
