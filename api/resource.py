"""The contract of a resource: what a file in ``api/resources`` declares, and what its handlers are given."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Generic, TypeAlias, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session

from api.asking import Asker
from api.context import Context
from api.probing import Probes
from db.frames import Metrics
from db.keyring import Keyring
from db.operations import Author
from fleet.egress import Network
from fleet.errors import FleetError
from fleet.families import Family
from fleet.identity import Permission, Principal, Role, TenantId

TENANT = "/api/tenants/{tenant_id}"
"""What the path of every tenant's route begins with."""

LARGEST_BODY = 1_000_000
"""How long a body may be, in bytes, where its route says nothing else."""


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


@dataclass(frozen=True, slots=True)
class Afterwards:
    """What a route that only asks answers with once its session has ended: what was noted in it is written then.

    It is for what takes longer than a transaction should, as the answer of a device does.
    """

    make: Callable[[], BaseModel]


class Answer(BaseModel):
    """What a route answers with; every field is always there.

    ``unsteady`` names the fields that change by themselves, as the state of a device does: an update that names the
    version it is for (``If-Match``) is not refused because of them.
    """

    unsteady: ClassVar[frozenset[str]] = frozenset()
    model_config = ConfigDict(frozen=True, populate_by_name=True, json_schema_serialization_defaults_required=True)


G = TypeVar("G", bound=Given)


@dataclass(frozen=True, slots=True)
class Asked(Generic[G]):
    """What the handler of a tenant's route is given, and all that it can see.

    ``seal`` encrypts a secret under the tenant's key; raises Unavailable where OpenBao is away. ``interval`` is how
    often a device is polled that does not say so itself. ``metrics`` reads the same tenant's metrics in bulk.
    ``query`` is what the route ``asks`` for, ``seals`` does the same for many secrets, in their order, ``probes``
    looks at devices, and ``limit`` takes one of a tenant's tokens of a name, as ``Limits.take`` does.
    ``own`` are the networks of our own machines, to which no tenant is connected. ``questions`` asks devices, which
    is for ``Afterwards``; ``keyring`` opens configurations.
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
    query: Any
    seals: Callable[[Sequence[str]], list[str]]
    probes: Probes
    limit: Callable[[str, float, int], None]
    own: tuple[Network, ...]
    questions: Asker
    keyring: Keyring

    @property
    def author(self) -> Author:
        """Who asks, when, and by which request, for the record of what is done."""
        return Author(self.principal.name, self.now, self.request_id)


@dataclass(frozen=True, slots=True)
class Visit(Generic[G]):
    """What the handler of an open route is given: nobody has been signed in for it."""

    context: Context
    given: G
    acting: Callable[[TenantId, str, Role], None] = lambda *_: None
    """Tells whose work this turned out to be (tenant, name, role), for the audit log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation(Generic[G]):
    """What the document says of a route and what is checked before its handler.

    ``asks`` is the query of a method other than GET. ``reads`` are further media types of the body, each with what
    makes the input of it; it raises FleetError.

    ``path`` is whole and names its parameters in braces; every parameter is a UUID. ``answer`` None is 204, str is
    text, Download a file of one of ``medias``. ``raises`` names what the handler itself refuses beyond what any
    request can meet. ``makes`` is the path of what a POST makes, with the parameters and the fields of the answer in
    braces: it is answered with 201 and that Location, with 202 where it is done ``later``. ``changes`` False says of
    a POST that it only asks. ``once`` says that the answer shows a secret, so it is not kept. ``largest`` is how long
    a body may be, in bytes. ``events`` are what the data of a stream's messages can be.
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
    later: bool = False
    changes: bool = True
    once: bool = False
    largest: int = LARGEST_BODY
    events: tuple[type[BaseModel], ...] = ()
    asks: type[Given] = Nothing
    reads: Mapping[str, Callable[[bytes], G]] = field(default_factory=dict)

    @property
    def writes(self) -> bool:
        """Tell whether it changes something: it leaves an entry in the audit log, and may be repeated by its key."""
        return self.method != "GET" and self.changes

    @property
    def subject(self) -> str | None:
        """Name the parameter of the one thing that it is about, None where that is a list or is only being made."""
        found = [name for name in re.findall(r"{(\w+)}", self.path) if name != "tenant_id"]
        return found[-1] if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Route(Operation[G]):
    """An operation that a principal who has ``scope`` (None: any) asks for, within a session of the own tenant.

    A scope that is a Right is for people alone. ``across`` is the reason why its session is the platform's instead:
    for what belongs to no tenant, as people do; its statements themselves name whose rows they are about.
    """

    handler: Callable[[Asked[G]], BaseModel | Download | Afterwards | str | None]
    scope: Permission | None
    across: str | None = None


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
