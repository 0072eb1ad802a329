"""Tokens that open a stream: for clients that can send neither cookie nor header with it.

A token lasts 25 seconds and opens one stream. It stands for the session or the key by which it was asked for, and for
nothing any more once that has ended.
"""

from __future__ import annotations

from datetime import timedelta

from flask import Flask, request

from api import auth
from api.context import current
from db.standing import Credential, standing
from db.tickets import Tickets
from fleet.errors import Unauthenticated

PATH = "/api/sse"
PARAMETER = "token"
LASTS = timedelta(seconds=25)


def install(app: Flask) -> None:
    """Have requests for a stream be those of who asked for their token."""
    app.before_request(_redeem)


def issue() -> str:
    """Make a token for who asks; raises Unavailable without Redis."""
    return _tickets().issue(str(auth.credential()))


def _redeem() -> None:
    """Take a token for a credential; it goes before any other. Raises Unauthenticated, TooMany, Unavailable."""
    token = request.args.get(PARAMETER)
    if request.path != PATH or request.method != "GET" or token is None:
        return
    worth = _tickets().redeem(token)
    shown = Credential.read(worth) if worth else None
    found = standing(current().stores, [shown], current().clock.now()) if shown else {}
    if shown is None or shown not in found:
        auth.refused()
        raise Unauthenticated("This token was used already or is too old.", "POST /api/auth/sse-token for a new one.")
    auth.stand_for(shown, found[shown])


def _tickets() -> Tickets:
    return Tickets(current().limits.redis, "sse", LASTS)
