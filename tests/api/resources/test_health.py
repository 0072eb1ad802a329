"""Alive, ready, and measured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.registry import Collector

from api.app import create_app
from api.context import Check
from tests.fixtures.web import Web


class Stored(Collector):
    """What a composition adds to the figures of requests."""

    def collect(self) -> Iterator[Metric]:
        yield CounterMetricFamily("flotilla_events_stored_total", "Events stored", 7)


def test_the_process_is_alive(shared_web: Web) -> None:
    assert shared_web.client().get("/api/health").get_json() == {"status": "alive"}


def test_it_is_ready_when_every_check_passes(shared_web: Web) -> None:
    context = replace(shared_web.context, checks={"nats": lambda: Check("nats", True, "3 events wait")})
    answer = create_app(context).test_client().get("/api/readiness")
    found = [{"name": "nats", "ok": True, "detail": "3 events wait"}]
    assert answer.get_json() == {"status": "ready", "checks": found}


def test_while_something_else_than_the_web_fails_it_stays_in_service_and_says_so(shared_web: Web) -> None:
    checks = {
        "redis": lambda: Check("redis", True),
        "partitions": lambda: Check("partitions", False, "12 have no owner", vital=False),
    }
    answer = create_app(replace(shared_web.context, checks=checks)).test_client().get("/api/readiness")
    told = answer.get_json()
    assert (answer.status_code, told["status"]) == (200, "degraded")
    assert told["checks"][1] == {"name": "partitions", "ok": False, "detail": "12 have no owner"}


def test_it_is_not_ready_when_one_fails_and_says_which(shared_web: Web) -> None:
    checks = {
        "postgres": lambda: Check("postgres", False, "refused"),
        "redis": lambda: Check("redis", True),
        "polls": lambda: Check("polls", False, "none", vital=False),
    }
    answer = create_app(replace(shared_web.context, checks=checks)).test_client().get("/api/readiness")
    problem = answer.get_json()
    assert (answer.status_code, problem["code"]) == (503, "not_ready")
    assert problem["errors"] == [
        {"place": "check", "name": "postgres", "detail": "refused"},
        {"place": "check", "name": "polls", "detail": "none"},
    ]


def test_prometheus_reads_requests_checks_and_what_else_there_is_to_collect(shared_web: Web) -> None:
    context = replace(shared_web.context, checks={"redis": lambda: Check("redis", False)}, collectors=(Stored(),))
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
    assert "flotilla_events_stored_total 7.0" in text
