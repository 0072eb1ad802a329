"""The tenants that the principal may enter; made and renamed by super_admins."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from api import auth, cursors
from api.context import current
from api.fields import TEXT
from api.resource import TENANT, Answer, Asked, Given, Nothing, Resource, Route
from db import accounts, inventory, trail
from db.accounts import TenantRow
from db.platform import platform_session
from fleet.errors import Conflict
from fleet.identity import Right, Scope

MOST = 500
SLUG = "^[a-z0-9]([a-z0-9-]{0,46}[a-z0-9])?$"

Name = Annotated[
    str, Field(min_length=1, max_length=120, pattern=TEXT, description="Its name for people.", examples=["Northwind"])
]


class TenantsQuery(Given):
    """How many tenants to list at once."""

    after: str | None = Field(None, max_length=48, pattern=TEXT, description="The `next` of the page before.")
    limit: int = Field(100, ge=1, le=MOST, description="At most so many tenants.")


class NewTenant(Given):
    """Who is to own devices."""

    model_config = ConfigDict(strict=True)

    slug: str = Field(
        max_length=48,
        examples=["northwind"],
        pattern=SLUG,
        description="Its name in URLs, for good: lower-case letters, digits and hyphens.",
    )
    name: Name
    networks: list[Annotated[str, Field(max_length=43)]] = Field(
        [],
        max_length=100,
        examples=[["10.20.0.0/16"]],
        description="Where its devices may be, as CIDR; without any at every routable address.",
    )


class TenantName(Given):
    """What a tenant is called."""

    model_config = ConfigDict(strict=True)

    name: Name


class Tenant(Answer):
    """Who owns devices."""

    id: UUID
    slug: str
    name: str


class Tenants(Answer):
    """A page of the tenants of the principal, by slug."""

    items: list[Tenant]
    next: str | None = Field(description="Give it as `after` for the next page; null on the last.")


def tenants(asked: Asked[TenantsQuery]) -> Tenants:
    """List a key's own tenant, a person's tenants, or all of them to a super_admin."""
    given = asked.given
    if asked.principal.may(Right.SELF):
        with platform_session(current().stores, "a person looks at the own tenants") as session:
            found = accounts.page(session, auth.signed_in().user_id, given.after, given.limit + 1)
    else:
        found = accounts.page(asked.session, None, given.after, given.limit + 1)
    shown, last = cursors.cut(found, given.limit)
    following = None if last is None else last.slug
    return Tenants(items=[_tenant(row) for row in shown], next=following)


def tenant(asked: Asked[Nothing]) -> Tenant:
    (row,) = accounts.tenants(asked.session)
    return _tenant(row)


def create(asked: Asked[NewTenant]) -> Tenant:
    """Make a tenant and its key for secrets, or neither."""
    given = asked.given
    made = accounts.create_tenant(asked.session, given.slug, given.name)
    inventory.allow(asked.session, made, given.networks)
    trail.note(asked.session, asked.author, made, "tenant.created", {"slug": given.slug, "name": given.name})
    # The key comes last, before the commit: where OpenBao is away there is no tenant either.
    current().vault.ensure(made)
    return Tenant(id=made, slug=given.slug, name=given.name)


def rename(asked: Asked[TenantName]) -> Tenant:
    """Give the tenant that is entered another name for people; its slug stays."""
    tenant_id = asked.principal.tenant_id
    row = accounts.rename_tenant(asked.session, tenant_id, asked.given.name)
    trail.note(asked.session, asked.author, tenant_id, "tenant.renamed", {"slug": row.slug, "name": row.name})
    return _tenant(row)


def _tenant(row: TenantRow) -> Tenant:
    return Tenant(id=row.id, slug=row.slug, name=row.name)


resource = Resource(
    name="tenants",
    about="Whose devices these are.",
    routes=(
        Route(
            path="/api/tenants",
            summary="The tenants that you may enter, a page at a time",
            takes=TenantsQuery,
            answer=Tenants,
            scope=None,
            handler=tenants,
        ),
        Route(
            path="/api/tenants",
            method="POST",
            summary="Make a tenant",
            takes=NewTenant,
            answer=Tenant,
            makes="/api/tenants/{id}",
            scope=Right.PLATFORM,
            across="a super_admin makes a tenant",
            raises=(Conflict,),
            handler=create,
        ),
        Route(
            path=TENANT,
            summary="The tenant that you are in",
            takes=Nothing,
            answer=Tenant,
            scope=Scope.DEVICES_READ,
            handler=tenant,
        ),
        Route(
            path=TENANT,
            method="PATCH",
            summary="Rename the tenant that you are in",
            takes=TenantName,
            answer=Tenant,
            scope=Right.PLATFORM,
            handler=rename,
        ),
    ),
)
