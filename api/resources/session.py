"""Signing in with a link, staying signed in, entering a tenant, and signing out."""

from __future__ import annotations

from uuid import UUID

from pydantic import Field

from api import auth, pages
from api.context import current
from api.csrf import CrossSite
from api.resource import Answer, Asked, Given, Nothing, OpenRoute, Resource, Route, Visit
from db import accounts
from db.platform import platform_session
from fleet.errors import NotFound, TooMany, Unauthenticated, Unavailable
from fleet.identity import Right, TenantId


class Link(Given):
    """A single-use link."""

    token: str = Field(min_length=1, max_length=200, description="What stands behind the `#` of the link.")


class Destination(Given):
    """The tenant to go to."""

    tenant_id: UUID = Field(description="One of those that `GET /api/tenants` lists.")


class Entered(Answer):
    """A person is signed in; the session is in the cookies."""

    to: str = Field(description="The path of the tenant's pages.")


def link(visit: Visit[Link]) -> Entered:
    """Redeem a link, once."""
    entered = auth.redeem(visit.given.token)
    visit.acting(entered.principal.tenant_id, entered.email, entered.principal.role)
    return Entered(to=pages.address(entered.slug))


def refresh(visit: Visit[Nothing]) -> None:
    """Renew the cookies before their time."""
    auth.renew()


def enter(asked: Asked[Destination]) -> Entered:
    """Change to another tenant: a new session in place of this one, and a record in that tenant of a super_admin."""
    person, tenant_id = auth.signed_in(), TenantId(asked.given.tenant_id)
    with platform_session(current().stores, "a person changes the tenant") as session:
        if not accounts.may_enter(session, person.user_id, tenant_id):
            raise NotFound("There is no such tenant, or it is not yours.", "GET /api/tenants lists yours.")
    return Entered(to=pages.address(auth.enter(person.user_id, tenant_id).slug))


def sign_out(visit: Visit[Nothing]) -> None:
    if person := auth.sign_out():
        visit.acting(person.principal.tenant_id, person.email, person.principal.role)


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
            path="/api/auth/refresh",
            method="POST",
            changes=False,
            summary="Use the refresh token up for a new one, and a new access token",
            takes=Nothing,
            answer=None,
            raises=(Unauthenticated, CrossSite, TooMany, Unavailable),
            handler=refresh,
        ),
        Route(
            path="/api/auth/enter",
            method="POST",
            summary="Change to another tenant of yours",
            takes=Destination,
            answer=Entered,
            raises=(NotFound,),
            scope=Right.SELF,
            handler=enter,
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
