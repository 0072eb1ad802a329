"""The door of the firmware mirror: what it keeps, in the vendor's layout, for devices that do not reach the vendor.

Whoever reaches the web server may read it, for a device has no way to sign in: these are files that the vendor gives
to anyone. Nothing is listed, nothing is written, and nothing beside the mirror is found.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import BoundedSemaphore
from typing import Final, cast

from flask import Flask, Response, current_app, request

from api import downloads, headers
from api.context import current
from api.resource import Download
from fleet.errors import NotFound
from routeros.depot.mirror import Mirror
from routeros.depot.source import PIECE

PLACE: Final = "/firmware/"
EXTENSION: Final = "flotilla.mirror"
AT_ONCE: Final = 8
"""How many may download at once from a process: each holds a thread. Who comes then is told to come again."""

SECOND, BURST = 5.0, 200
"""How often a client address may ask: many devices may sit behind one."""

LASTING: Final = "public, max-age=86400"
"""A package of a version never changes; where a channel points does."""


def install(app: Flask) -> None:
    """Serve the mirror from ``app``."""
    app.extensions[EXTENSION] = BoundedSemaphore(AT_ONCE)
    headers.extend(app, PLACE, headers.NOTHING)
    app.add_url_rule(f"{PLACE}<path:path>", "mirror", serve, methods=["GET"])


def serve(path: str) -> Response:
    """Send a file, or the part of it that was asked for; raises NotFound, LimitReached or TooMany."""
    context = current()
    second = SECOND * context.settings.rate_factor
    context.limits.take(f"mirror:{request.remote_addr}", second, BURST, fail_open=True)
    found = Mirror.of(context.settings).find(path)
    if found is None:
        raise NotFound("The mirror does not have this file.", "`flotilla firmware mirror` says what it keeps.")
    package = found.suffix == ".npk"
    media = "application/octet-stream" if package else "text/plain; charset=utf-8"
    slots = cast(BoundedSemaphore, current_app.extensions[EXTENSION])
    facts = found.stat()
    response = downloads.respond(Download(media, found.name, _pieces(found)), slots)
    response.content_length = facts.st_size
    response.set_etag(f"{facts.st_size:x}-{facts.st_mtime_ns:x}")
    response.last_modified = datetime.fromtimestamp(facts.st_mtime, UTC)
    response.headers["Cache-Control"] = LASTING if package else "no-cache"
    return cast(Response, response.make_conditional(request, accept_ranges=True, complete_length=facts.st_size))


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece
