"""What is known of every request: its id, how long it took, and the figures that Prometheus reads."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast
from uuid import uuid4

import structlog
from flask import Flask, Response, current_app, g, has_request_context, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from api.context import Context

HEADER = "X-Request-ID"
EXTENSION = "flotilla.telemetry"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")


@dataclass(frozen=True, slots=True)
class Figures:
    """The counters of one application."""

    registry: CollectorRegistry
    requests: Counter
    seconds: Histogram
    faults: Counter


class Readiness(Collector):
    """The checks of a context, asked when Prometheus asks."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def describe(self) -> Iterator[GaugeMetricFamily]:
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        ready = GaugeMetricFamily("flotilla_ready", "1 while what a check looks at works", labels=["check"])
        for name, ask in self.context.checks.items():
            ready.add_metric([name], float(ask().ok))
        yield ready


def install(app: Flask, context: Context) -> None:
    """Give every request of ``app`` an id, and count it."""
    registry = CollectorRegistry()
    for collector in (Readiness(context), *context.collectors):
        registry.register(collector)
    app.extensions[EXTENSION] = Figures(
        registry=registry,
        requests=Counter(
            "flotilla_web_requests", "Requests, by route and status", ["method", "route", "status"], registry=registry
        ),
        seconds=Histogram("flotilla_web_seconds", "Time until an answer was made", ["route"], registry=registry),
        faults=Counter(
            "flotilla_web_faults", "Requests that met a fault of ours, by kind", ["kind"], registry=registry
        ),
    )
    app.before_request(_begin)
    app.after_request(_end)
    app.teardown_request(_forget)


def request_id() -> str:
    """Tell the id of this request."""
    return str(g.request_id)


def exposition() -> str:
    """Write all figures as Prometheus reads them."""
    return generate_latest(_figures().registry).decode()


def count(fault: str) -> None:
    """Count a fault of ours."""
    _figures().faults.labels(fault).inc()


def _figures() -> Figures:
    return cast(Figures, current_app.extensions[EXTENSION])


def _begin() -> None:
    asked = request.headers.get(HEADER, "")
    g.request_id = asked if _ACCEPTED.match(asked) else uuid4().hex
    g.began = time.perf_counter()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _end(response: Response) -> Response:
    route = request.url_rule.rule if request.url_rule else "none"
    figures = _figures()
    method = request.method if request.method in METHODS else "other"
    figures.requests.labels(method, route, response.status_code).inc()
    figures.seconds.labels(route).observe(time.perf_counter() - g.began)
    response.headers[HEADER] = g.request_id
    return response


def _forget(error: BaseException | None) -> None:
    if has_request_context():
        structlog.contextvars.unbind_contextvars("request_id")
