"""A Flask application on threads of its own, behind what may wait on the loop: slow bodies, clients that go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from a2wsgi import WSGIMiddleware
from flask import Flask

from api import app
from api.bodies import Bodies, Bounds
from api.hangups import Application, Hangups

if TYPE_CHECKING:
    from a2wsgi.wsgi_typing import WSGIApp


def served(flask: Flask, workers: int) -> Application:
    """Make an ASGI application of one of Flask: ``workers`` requests at a time, each given with its whole body."""
    threads = Hangups(cast(Any, WSGIMiddleware(cast("WSGIApp", flask), workers=workers)))
    return Bodies(threads, Bounds(app.largest_body(flask)))
