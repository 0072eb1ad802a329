"""Answers that many want alike: a page's news are made once for all of a tenant and a role who look at it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Hashable, Mapping
from typing import Any

from flask import Flask, Response, make_response, request

from api import auth
from dashboard.cache import Cache
from dashboard.door import CALLBACK, Door, Share

SECONDS = 1.0
"""An answer is given to those who ask within so long, and to nobody later: what it says is told in whole seconds."""

MOST = 256
"""So many answers are kept, of a few kilobytes each."""

TICK = {"id": "tick", "property": "n_intervals"}
"""What makes a page ask for news, and says nothing of what it wants."""


def install(app: Flask, door: Door, ticking: Callable[[], float]) -> None:
    """Answer callbacks that are shared from what was just answered, each after the session was looked at."""
    kept: Cache[bytes] = Cache(SECONDS, most=MOST, clock=ticking, patience=0)
    inner = app.view_functions[CALLBACK]

    def dispatch() -> Any:
        body = request.get_json()
        share = door.shared.get(body.get("output", "")) if isinstance(body, dict) else None
        if share is None:
            return inner()
        moment = int(ticking() / SECONDS)
        packed = kept.get((moment, *_key(door, share, body)), lambda: _packed(make_response(inner())))
        return _answer(packed)

    app.view_functions[CALLBACK] = dispatch


def _key(door: Door, share: Share, body: Mapping[str, Any]) -> tuple[Hashable, ...]:
    """Name an answer by who may see it and by what it is made of.

    What stands in the address is the browser's word, so the tenant is the session's; whoever names another's address
    is refused, and a refusal is not kept.
    """
    who = auth.signed_in().principal
    asked = [_gist(given) for kind in ("inputs", "state") for given in body.get(kind, ())]
    fleet = door.data.fleet(who).since if share is Share.FLEET else None
    return who.tenant_id, who.role, who.scopes, fleet, body["output"], json.dumps(asked)


def _gist(given: Any) -> Any:
    return TICK if isinstance(given, Mapping) and TICK.items() <= given.items() else given


def _packed(made: Response) -> bytes:
    return gzip.compress(made.get_data(), 5, mtime=0)


def _answer(packed: bytes) -> Response:
    response = Response(mimetype="application/json")
    response.vary.add("Accept-Encoding")
    if request.accept_encodings["gzip"]:
        response.set_data(packed)
        response.headers["Content-Encoding"] = "gzip"
    else:
        response.set_data(gzip.decompress(packed))
    return response
