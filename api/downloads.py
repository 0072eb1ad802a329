"""Downloads: answers that are sent while they are made, and end with their client or with their time."""

from __future__ import annotations

import time
from collections.abc import Generator
from datetime import timedelta
from itertools import chain
from threading import BoundedSemaphore
from typing import Any

from flask import Response, request

from api import hangups
from api.resource import Download
from fleet.errors import TooMany, Unavailable

LONGEST = timedelta(minutes=15)
"""So long a download may take; a client that reads no faster is cut off."""


def respond(download: Download, slots: BoundedSemaphore) -> Response:
    """Send a download, once there is a first piece of it; raises what is raised until then."""
    if not slots.acquire(blocking=False):
        raise TooMany("Too many downloads are under way.", "Try again when one of them has ended.")
    pieces = _sent(download, slots, request.environ)
    first = next(pieces, b"")
    response = Response(chain([first], pieces), content_type=download.media)
    response.call_on_close(pieces.close)
    response.headers["Content-Disposition"] = f'attachment; filename="{download.name}"'
    return response


def _sent(download: Download, slots: BoundedSemaphore, environ: dict[str, Any]) -> Generator[bytes, None, None]:
    """Yield the pieces while somebody is there to read them; the slot is given back at the end."""
    end = time.monotonic() + LONGEST.total_seconds()
    try:
        for piece in download.pieces:
            if hangups.gone(environ):
                return
            if time.monotonic() > end:
                raise Unavailable("The download took too long.", "Ask for a shorter range or a longer step.")
            yield piece
    finally:
        slots.release()
        getattr(download.pieces, "close", lambda: None)()
