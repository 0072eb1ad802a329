"""The contract of a resource: what a file in ``api/resources`` declares, and what its handlers are given."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeAlias, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session

from api.context import Context
from db.frames import Metrics
from db.operations import Author
from fleet.errors import FleetError
from fleet.families import Family
from fleet.identity import Principal, Role, Scope

TENANT = "/api/tenants/{tenant_id}"
"""What the path of every tenant's route begins with."""


class Given(BaseModel):
    """What a caller gives: the query of a GET, the JSON body of anything else. Unknown names are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Nothing(Given):
    """For a route that takes no input."""


@dataclass(frozen=True, slots=True)
class Download:
    """What a route answers with piece by piece: a file of a media type under a name.

    The pieces are made while they are sent, after the handler's session has ended; an error before the first is
    answered as any other, a later one breaks the connection off.
    """

    media: str
    name: str
    pieces: Iterator[bytes]


class Answer(BaseModel):
    """What a route answers with; every field is always there."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, json_schema_serialization_defaults_required=True)


G = TypeVar("G", bound=Given)


@dataclass(frozen=True, slots=True)
class Asked(Generic[G]):
    """What the handler of a tenant's route is given, and all that it can see.

    ``seal`` encrypts a secret under the tenant's key; raises Unavailable where OpenBao is away. ``interval`` is how
    often a device is polled that does not say so itself. ``metrics`` reads the same tenant's metrics in bulk.
    """

    principal: Principal
    session: Session
    families: Mapping[str, Family]
    now: datetime
    given: G
    ids: Mapping[str, UUID]
    request_id: str
    seal: Callable[[str], str]
    interval: timedelta
    metrics: Metrics

    @property
    def author(self) -> Author:
        """Who asks, when, and by which request, for the record of what is done."""
        return Author(self.principal.name, self.now, self.request_id)


@dataclass(frozen=True, slots=True)
class Visit(Generic[G]):
    """What the handler of an open route is given: nobody has been signed in for it."""

    context: Context
    given: G


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation(Generic[G]):
    """What the document says of a route and what is checked before its handler.

    ``path`` is whole and names its parameters in braces; every parameter is a UUID. ``answer`` None is 204, str is
    text, Download a file of one of ``medias``. ``raises`` names what the handler itself refuses beyond what any
    request can meet. ``makes`` is the path of what a POST makes, with the parameters and the fields of the answer in
    braces: it is answered with 201 and that Location.
    """

    path: str
    summary: str
    takes: type[G]
    answer: type[BaseModel] | type[str] | type[Download] | None
    method: str = "GET"
    media: str = "application/json"
    medias: tuple[str, ...] = ()
    raises: tuple[type[FleetError], ...] = ()
    makes: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Route(Operation[G]):
    """An operation that a principal with ``scope`` (None: any) asks for, within a session of the own tenant.

    ``role`` keeps it to one role, for what is no tenant's; an API key never is a super_admin.
    """

    handler: Callable[[Asked[G]], BaseModel | Download | None]
    scope: Scope | None
    role: Role | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRoute(Operation[G]):
    """An operation that anyone may ask for; its handler answers with text where ``media`` is not JSON."""

    handler: Callable[[Visit[G]], BaseModel | str | None]


AnyRoute: TypeAlias = Route[Any] | OpenRoute[Any]


@dataclass(frozen=True, slots=True)
class Resource:
    """The routes of one subject. Put one at module level of a file in ``api/resources`` and it is served."""

    name: str
    about: str
    routes: tuple[AnyRoute, ...]
