"""The ``Idempotency-Key`` of a write: sent again, it is not done again, and is answered as it was."""

from __future__ import annotations

import re
from typing import Any

from flask import Response, request

from api import reading
from api.context import current
from api.problems import Fault, Invalid
from api.resource import Asked, Route
from db import repeats
from db.repeats import Kept, Repeat

HEADER, REPLAYED = "Idempotency-Key", "Idempotency-Replayed"
PATTERN = "^[!-~]{1,255}$"
HEADERS = ("Content-Type", "Location", "ETag")
"""What is told again beside the body."""


def asked_for(asked: Asked[Any], route: Route[Any]) -> Repeat | None:
    """Read the key of a write; None where there is none. Raises Invalid."""
    if not route.writes or (key := request.headers.get(HEADER)) is None:
        return None
    if not re.fullmatch(PATTERN, key):
        raise Invalid([Fault(place="header", name=HEADER, detail="It is 1 to 255 printable characters, no space.")])
    parts = (request.method.encode(), request.full_path.encode(), request.mimetype.encode(), reading.body())
    likeness = current().tokens.likeness(*parts)
    return Repeat(asked.principal.tenant_id, asked.principal.name, key, likeness, asked.now)


def before(asked: Asked[Any], repeat: Repeat | None) -> Response | None:
    """Claim the key for what follows; tells the answer where it was given already."""
    if repeat is None or (kept := repeats.claim(asked.session, repeat)) is None:
        return None
    response = Response(kept.body, status=kept.status)
    del response.headers["Content-Type"]
    response.headers.update(kept.headers)
    response.headers[REPLAYED] = "true"
    return response


def after(asked: Asked[Any], repeat: Repeat | None, route: Route[Any], response: Response) -> None:
    """Keep the answer with what was done; one that shows a secret is kept without it."""
    if repeat is not None:
        headers = {name: response.headers[name] for name in HEADERS if name in response.headers}
        body = None if route.once else response.get_data()
        repeats.keep(asked.session, repeat, Kept(response.status_code, body, headers))
