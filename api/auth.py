"""From a request to the principal: by an API key or an access token in the header, or by a browser's cookies.

A browser holds two tokens in cookies: access for a quarter of an hour, refresh for a week. Once access is over, any
request may renew both, and its answer brings the new ones: pages and their scripts need not know of it. That is done
on the server because a page that is opened from a bookmark must work without a detour, and because a script that
renews would have to do so before each callback, in each tab.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import cast
from uuid import UUID

from flask import after_this_request, g, request
from werkzeug.wrappers import Response

from api import csrf, telemetry
from api.context import Context, current
from api.tokens import ACCESS, Refresh
from db import keys, links, sessions
from db.accounts import SignedIn
from db.platform import platform_session
from db.sessions import Visitor
from db.standing import Credential
from fleet.errors import Unauthenticated, Unavailable
from fleet.identity import Principal, TenantId

COOKIE = "flotilla_session"
REFRESH = "flotilla_refresh"
SCHEME = "bearer"
NEXT_STEP = "Send Authorization: Bearer flt_… or sign in with a link."

REFUSALS = (1 / 6, 30)
LINKS = (1 / 6, 10)
"""Rate per second and burst for each client address: refused credentials, and links to sign in."""


def principal() -> Principal:
    """Tell who asks; looked up once in a request. Raises Unauthenticated.

    An Authorization header goes before the cookies, and alone decides.
    """
    if "principal" not in g:
        shown = _bearer() or ""
        g.principal = _by_key(shown) if shown.startswith(keys.PREFIX) else signed_in().principal
    return cast(Principal, g.principal)


def credential() -> Credential:
    """Tell by what the principal is known: what is left open is watched by it. Raises Unauthenticated."""
    principal()
    return cast(Credential, g.credential)


def stand_for(shown: Credential, found: Principal) -> None:
    """Have this request be that of a principal who was known by a credential before."""
    g.credential, g.principal = shown, found


def refused() -> None:
    """Raise TooMany for an address that shows one bad credential after the other."""
    _slow_down(current())


def signed_in() -> SignedIn:
    """Tell which person asks, and of cookies that no other site made this request.

    Raises Unauthenticated, or CrossSite for an unsafe method without the CSRF token.
    """
    if "signed_in" not in g:
        shown = _bearer()
        g.signed_in = _by_cookies() if shown is None else _by_access(shown)
    return cast(SignedIn, g.signed_in)


def redeem(token: str) -> SignedIn:
    """Sign in with a single-use link: sets the cookies on the answer. Raises Unauthenticated, TooMany."""
    csrf.same_origin()
    context = current()
    context.limits.take(f"link:{request.remote_addr}", *LINKS, fail_open=False)
    with platform_session(context.stores, "redeem a sign-in link") as session:
        user_id, tenant_id = links.redeem(session, token, context.clock.now())
        begun = sessions.begin(session, user_id, tenant_id, _visitor(context))
    return _opened(context, begun)


def enter(user_id: UUID, tenant_id: TenantId) -> SignedIn:
    """Sign a person in to a tenant: a new session, whose cookies the answer sets.

    The one that the browser had before ends: nobody's cookie of before is worth more afterwards. Raises
    Unauthenticated for a stranger to the tenant.
    """
    context = current()
    with platform_session(context.stores, "sign in") as session:
        begun = sessions.begin(session, user_id, tenant_id, _visitor(context))
    return _opened(context, begun)


def renew() -> None:
    """Take the refresh cookie, and set both anew on the answer. Raises Unauthenticated, CrossSite."""
    g.signed_in = _by_refresh(request.cookies.get(cookie(REFRESH), ""))


def sign_out() -> SignedIn | None:
    """End the session of the cookies and clear them; tells whose it was, None where nobody was signed in."""
    context, person = current(), None
    if session_id := _held(context):
        csrf.check(context.tokens.guard(session_id))
        with suppress(Unauthenticated):
            person = sessions.signed_in(context.stores, session_id, context.clock.now())
        sessions.end(context.stores, session_id, context.clock.now())
    _on_answer(_forget)
    return person


def cookie(name: str = COOKIE) -> str:
    """Name a cookie: under TLS it is bound to this host alone, which asks for the path ``/``."""
    return f"__Host-{name}" if request.is_secure else name


def _bearer() -> str | None:
    """Read the credential of the header; None without one. Raises Unauthenticated for what is none."""
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _, shown = header.partition(" ")
    if scheme.lower() != SCHEME or not shown.isascii():
        _slow_down(current())
        raise Unauthenticated("The Authorization header holds no API key and no access token.", NEXT_STEP)
    return shown.strip()


def _by_key(key: str) -> Principal:
    context = current()
    try:
        g.credential = Credential.of_key(key)
        return keys.principal(context.stores, key, context.clock.now())
    except Unauthenticated:
        _slow_down(context)
        raise


def _by_access(access: str) -> SignedIn:
    """Admit a program by a person's access token; no other site can send a header, so there is nothing to check."""
    context = current()
    session_id = context.tokens.session(access, context.clock.now())
    if session_id is None:
        _slow_down(context)
        raise Unauthenticated("This is no API key of ours, and no access token that still holds.", NEXT_STEP)
    return _by_session(context, session_id)


def _by_cookies() -> SignedIn:
    context = current()
    session_id = context.tokens.session(request.cookies.get(cookie(), ""), context.clock.now())
    if session_id is None:
        return _by_refresh(request.cookies.get(cookie(REFRESH), ""))
    csrf.check(context.tokens.guard(session_id))
    return _by_session(context, session_id)


def _by_refresh(shown: str) -> SignedIn:
    """Admit a browser by its refresh token, which is used up when the answer sets the next one.

    Where there is no answer to set it on, as with a stream, the token stays as good as it was.
    """
    context = current()
    if not shown:
        raise Unauthenticated("You are not signed in.", NEXT_STEP)
    refresh = context.tokens.opened(shown)
    if refresh is None:
        _slow_down(context)
        raise Unauthenticated(sessions.ENDED, sessions.AGAIN)
    csrf.check(context.tokens.guard(refresh.session_id))
    sessions.admit(context.stores, refresh.session_id, refresh.generation, context.clock.now())
    person = _by_session(context, refresh.session_id)
    _on_answer(lambda response: _rotated(context, refresh, response))
    return person


def _by_session(context: Context, session_id: UUID) -> SignedIn:
    try:
        g.credential = Credential.of_session(session_id)
        return sessions.signed_in(context.stores, session_id, context.clock.now())
    except Unauthenticated:
        _slow_down(context)
        raise


def _slow_down(context: Context) -> None:
    """Raise TooMany for an address that shows one bad credential after the other."""
    context.limits.take(f"refused:{request.remote_addr}", *REFUSALS, fail_open=True)


def _visitor(context: Context) -> Visitor:
    agent = "".join(c for c in request.user_agent.string if c.isprintable())
    return Visitor(request.remote_addr or "", agent, context.clock.now(), telemetry.request_id())


def _held(context: Context) -> UUID | None:
    """Tell which session the browser has, by either cookie."""
    session_id = context.tokens.session(request.cookies.get(cookie(), ""), context.clock.now())
    refresh = context.tokens.opened(request.cookies.get(cookie(REFRESH), ""))
    return session_id or (refresh.session_id if refresh else None)


def _opened(context: Context, session_id: UUID) -> SignedIn:
    now = context.clock.now()
    if before := _held(context):
        sessions.end(context.stores, before, now)
    _on_answer(lambda response: _remember(context, session_id, 1, response))
    return sessions.signed_in(context.stores, session_id, now)


def _on_answer(write: Callable[[Response], Response]) -> None:
    """Let the answer set cookies; what was decided last in a request holds."""
    if "cookies" not in g:
        after_this_request(lambda response: cast(Response, g.cookies(response)))
    g.cookies = write


def _rotated(context: Context, refresh: Refresh, response: Response) -> Response:
    """Use a refresh token up and set the next one; with the database away just now all stays as it is."""
    try:
        sessions.rotate(context.stores, refresh.session_id, refresh.generation, context.clock.now())
    except Unavailable:
        return response
    return _remember(context, refresh.session_id, refresh.generation + 1, response)


def _remember(context: Context, session_id: UUID, generation: int, response: Response) -> Response:
    tokens, now = context.tokens, context.clock.now()
    _set(response, cookie(), tokens.access(session_id, now), ACCESS)
    _set(response, cookie(REFRESH), tokens.refresh(session_id, generation), sessions.UNUSED)
    return _set(response, csrf.COOKIE, tokens.guard(session_id), sessions.UNUSED)


def _forget(response: Response) -> Response:
    for name in (cookie(), cookie(REFRESH), csrf.COOKIE):
        _set(response, name, "", timedelta(0))
    return response


def _set(response: Response, name: str, value: str, age: timedelta) -> Response:
    """Set a cookie; only the CSRF token can be read by scripts."""
    hidden, seconds = name != csrf.COOKIE, int(age.total_seconds())
    response.set_cookie(
        name, value, max_age=seconds, path="/", secure=request.is_secure, httponly=hidden, samesite="Lax"
    )
    return response
