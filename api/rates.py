"""How often one may ask: a bucket for each principal and class of route, and the headers that tell what is left."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta

from flask import Flask, Response, g, request

from api.context import current
from api.resource import AnyRoute, Download, OpenRoute
from db.limits import Left, LimitReached
from fleet.identity import Principal

POLICY, LIMIT = "RateLimit-Policy", "RateLimit"


@dataclass(frozen=True, slots=True)
class Rate:
    """A class of routes, and how many requests a principal has: so many at once, and so many a second."""

    name: str
    second: float
    burst: int

    @property
    def window(self) -> int:
        """Tell in how many seconds all of them come back."""
        return math.ceil(self.burst / self.second)


READ = Rate("read", 100, 300)
WRITE = Rate("write", 30, 150)
EXPORT = Rate("export", 0.5, 20)
SIGN_IN = Rate("sign-in", 2, 120)
"""That of client addresses, as nobody is known yet: many may sit behind one; the handlers have narrower ones."""


def of(route: AnyRoute) -> Rate | None:
    """Tell the class of a route; what anyone may read has none."""
    if isinstance(route, OpenRoute):
        return SIGN_IN if route.method != "GET" else None
    if route.answer is Download:
        return EXPORT
    return WRITE if route.writes else READ


def take(route: AnyRoute, principal: Principal | None = None) -> None:
    """Count a request of a principal, or of the client's address; raises LimitReached."""
    rate = of(route)
    if rate is None:
        return
    who = request.remote_addr if principal is None else f"{principal.tenant_id}:{principal.name}"
    second = rate.second * current().settings.rate_factor
    try:
        left = current().limits.take(f"{rate.name}:{who}", second, _burst(rate), fail_open=True)
    except LimitReached as error:
        g.left = rate, Left(0, error.retry_after)
        raise
    if left is not None:
        g.left = rate, left


def install(app: Flask) -> None:
    """Tell on every answer of a limited route what is left."""
    app.after_request(_tell)


def _tell(response: Response) -> Response:
    if "left" in g:
        rate, left = g.left
        response.headers[POLICY] = f'"{rate.name}";q={_burst(rate)};w={rate.window}'
        response.headers[LIMIT] = f'"{rate.name}";r={left.tokens};t={_seconds(left.full)}'
    return response


def _burst(rate: Rate) -> int:
    return max(1, round(rate.burst * current().settings.rate_factor))


def _seconds(span: timedelta) -> int:
    return math.ceil(span.total_seconds())
