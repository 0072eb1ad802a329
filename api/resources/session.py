"""Signing in with a link, and signing out."""

from __future__ import annotations

from pydantic import Field

from api import auth, pages
from api.csrf import CrossSite
from api.resource import Answer, Given, Nothing, OpenRoute, Resource, Visit
from fleet.errors import TooMany, Unauthenticated, Unavailable


class Link(Given):
    """A single-use link."""

    token: str = Field(min_length=1, max_length=200, description="What stands behind the `#` of the link.")


class Entered(Answer):
    """A person is signed in; the session is in the cookies."""

    to: str = Field(description="The path of the tenant's pages.")


def link(visit: Visit[Link]) -> Entered:
    """Redeem a link, once."""
    return Entered(to=pages.address(auth.redeem(visit.given.token).slug))


def sign_out(visit: Visit[Nothing]) -> None:
    auth.sign_out()


resource = Resource(
    name="auth",
    about="How a browser signs in and out; programs send an API key instead.",
    routes=(
        OpenRoute(
            path="/api/auth/link",
            method="POST",
            summary="Sign in with a single-use link",
            takes=Link,
            answer=Entered,
            raises=(Unauthenticated, CrossSite, TooMany, Unavailable),
            handler=link,
        ),
        OpenRoute(
            path="/api/auth/sign-out",
            method="POST",
            summary="End the session",
            takes=Nothing,
            answer=None,
            raises=(CrossSite, Unavailable),
            handler=sign_out,
        ),
    ),
)
