"""From a request to the principal: by an API key, or by the session cookie of a signed-in person."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from flask import after_this_request, g, request
from werkzeug.wrappers import Response

from api import csrf
from api.context import Context, current
from db import accounts
from db.accounts import SignedIn
from fleet.errors import Unauthenticated
from fleet.identity import Principal

COOKIE = "flotilla_session"
SCHEME = "bearer"
NEXT_STEP = "Send Authorization: Bearer flt_… or sign in with a link."

REFUSALS = (1 / 6, 30)
LINKS = (1 / 6, 10)
"""Rate per second and burst for each client address: refused credentials, and links to sign in."""


def principal() -> Principal:
    """Tell who asks; looked up once in a request. Raises Unauthenticated.

    An Authorization header goes before the cookie, and alone decides.
    """
    if "principal" not in g:
        g.principal = _by_key(request.headers["Authorization"]) if _has_header() else signed_in().principal
    return cast(Principal, g.principal)


def signed_in() -> SignedIn:
    """Tell which person the session cookie stands for, and that no other site made this request.

    Raises Unauthenticated, or CrossSite for an unsafe method without the CSRF token.
    """
    if "signed_in" not in g:
        if not (session := request.cookies.get(cookie())):
            raise Unauthenticated("You are not signed in.", NEXT_STEP)
        csrf.check(session)
        g.signed_in = _by_session(session)
    return cast(SignedIn, g.signed_in)


def redeem(token: str) -> SignedIn:
    """Sign in with a single-use link: sets the cookies on the answer. Raises Unauthenticated, TooMany."""
    csrf.same_origin()
    context = current()
    context.limits.take(f"link:{request.remote_addr}", *LINKS, fail_open=False)
    session = accounts.redeem_link(context.stores, token, context.clock.now())
    _remember(session)
    return accounts.principal_of_session(context.stores, session, context.clock.now())


def sign_out() -> None:
    """End the session of the cookie, if there is one, and clear the cookies."""
    if session := request.cookies.get(cookie()):
        csrf.check(session)
        accounts.sign_out(current().stores, session, current().clock.now())
    after_this_request(_forget)


def cookie() -> str:
    """Name the session cookie: under TLS it is bound to this host alone."""
    return f"__Host-{COOKIE}" if request.is_secure else COOKIE


def _has_header() -> bool:
    return "Authorization" in request.headers


def _by_key(header: str) -> Principal:
    scheme, _, key = header.partition(" ")
    context = current()
    try:
        if scheme.lower() != SCHEME or not key.isascii():
            raise Unauthenticated("The Authorization header holds no API key.", NEXT_STEP)
        return accounts.principal_of_key(context.stores, key.strip(), context.clock.now())
    except Unauthenticated:
        _slow_down(context)
        raise


def _by_session(session: str) -> SignedIn:
    context = current()
    try:
        return accounts.principal_of_session(context.stores, session, context.clock.now())
    except Unauthenticated:
        _slow_down(context)
        raise


def _slow_down(context: Context) -> None:
    """Raise TooMany for an address that shows one bad credential after the other."""
    context.limits.take(f"refused:{request.remote_addr}", *REFUSALS, fail_open=True)


def _remember(session: str) -> None:
    after_this_request(lambda response: _set(response, session, csrf.token(session), accounts.SESSION))


def _forget(response: Response) -> Response:
    return _set(response, "", "", timedelta(0))


def _set(response: Response, session: str, guard: str, age: timedelta) -> Response:
    """Set both cookies; only the CSRF token can be read by scripts."""
    seconds = int(age.total_seconds())
    for name, value, hidden in ((cookie(), session, True), (csrf.COOKIE, guard, False)):
        response.set_cookie(
            name, value, max_age=seconds, path="/", secure=request.is_secure, httponly=hidden, samesite="Lax"
        )
    return response
