"""The tenants that the principal may enter."""

from __future__ import annotations

from uuid import UUID

from api.resource import Answer, Asked, Nothing, Resource, Route
from db import accounts


class Tenant(Answer):
    """Who owns devices."""

    id: UUID
    slug: str
    name: str


class Tenants(Answer):
    """All tenants of the principal."""

    items: list[Tenant]


def tenants(asked: Asked[Nothing]) -> Tenants:
    found = accounts.tenants(asked.session)
    return Tenants(items=[Tenant(id=t.id, slug=t.slug, name=t.name) for t in found])


resource = Resource(
    name="tenants",
    about="Whose devices these are.",
    routes=(
        Route(
            path="/api/tenants",
            summary="The tenants that you may enter",
            takes=Nothing,
            answer=Tenants,
            scope=None,
            handler=tenants,
        ),
    ),
)
