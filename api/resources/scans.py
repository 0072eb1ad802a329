"""Searches for routers in a network: begun, watched, cancelled; what they find is added by the routes of devices."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, TypeAlias
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, JsonValue

from api import cursors
from api.devices import egress
from api.fields import Port
from api.resource import TENANT, Answer, Asked, Given, Nothing, Resource, Route
from db import scans as stored
from db.scans import Finding, Scan, Scans, Wanted
from fleet import scanning
from fleet.endpoints import BadField
from fleet.errors import Conflict, EgressDenied, NotFound
from fleet.identity import Scope
from fleet.scanning import FASTEST, PORTS, SLOWEST, USUAL, Progress, Service

MOST = 500
ADDRESS: dict[str, JsonValue] = {"anyOf": [{"format": "ipv4"}, {"format": "ipv6"}]}


def _network(text: str) -> str:
    try:
        return str(scanning.network(text))
    except BadField as error:
        raise ValueError(error.next_step) from error


Network: TypeAlias = Annotated[
    str,
    Field(
        max_length=50,
        examples=["10.20.0.0/24"],
        description="A network of this tenant's, or a private one where it has none: at most a /20.",
        json_schema_extra={"pattern": r"^10\.[1-9]?[0-9]\.[1-9]?[0-9]\.0/2[4-8]$|^[0-9A-Fa-f.:]+(/[0-9]{1,3})?$"},
    ),
    AfterValidator(_network),
]


class NewScan(Given):
    """Where to search, and how fast."""

    model_config = ConfigDict(strict=True)

    network: Network
    ports: dict[Annotated[Service, Field(strict=False)], Port] = Field(
        dict(PORTS), min_length=1, description="At which services it is knocked, and their ports."
    )
    rate: float = Field(USUAL, ge=SLOWEST, le=FASTEST, allow_inf_nan=False, description="Connections a second.")


class ScansQuery(Given):
    """Which searches to list, and how many at once."""

    after: UUID | None = Field(None, description="The `next` of the page before.")
    limit: int = Field(100, ge=1, le=MOST, description="At most so many searches.")


class FoundQuery(Given):
    """How much of what was found to tell."""

    after: Annotated[str, Field(max_length=50, json_schema_extra=ADDRESS)] | None = Field(
        None, description="The `next` of the page before."
    )
    limit: int = Field(100, ge=1, le=MOST, description="At most so many findings.")


class ScanHead(Answer):
    """A search: what, by whom, and how far it is."""

    id: UUID
    network: str
    ports: dict[Service, int]
    rate: float
    created_by: str
    created_at: datetime
    ended_at: datetime | None
    state: Progress
    error: str | None = Field(description="Why it failed.")
    total: int = Field(description="The addresses that it has.")
    tried: int = Field(description="How many of them are done.")
    answered: int = Field(description="At how many something answers.")


class ScanPage(Answer):
    """A page of searches, the newest first."""

    items: list[ScanHead]
    next: UUID | None = Field(description="Give it as `after` for the next page; null on the last.")


class Router(Answer):
    """An address at which something answers; what it may be is for a person to say."""

    address: str
    ports: dict[Service, int] = Field(description="The services whose ports are open.")
    fingerprint: str | None = Field(description="The SHA-256 of its api-ssl certificate, for `pin`.")
    speaks: bool = Field(description="Whether it speaks RouterOS's API.")
    device_id: UUID | None = Field(description="The device of this tenant that is there already.")


class ScanState(ScanHead):
    """A search, and a page of what it found, by address."""

    found: list[Router]
    next: str | None = Field(description="Give it as `after` for the next page; null on the last.")


def scans(asked: Asked[ScansQuery]) -> ScanPage:
    rows = stored.page(asked.session, asked.given.after, asked.given.limit + 1)
    shown, last = cursors.cut(rows, asked.given.limit)
    following = None if last is None else last.id
    return ScanPage(items=[ScanHead(**_head(row)) for row in shown], next=following)


def scan(asked: Asked[FoundQuery]) -> ScanState:
    given = asked.given
    row = stored.one(asked.session, asked.ids["scan_id"])
    after = None if given.after is None else scanning.address(given.after)
    found = stored.found(asked.session, row.id, after, given.limit + 1)
    shown, last = cursors.cut(found, given.limit)
    following = None if last is None else last.found.address
    return ScanState(**_head(row), found=[_router(one) for one in shown], next=following)


def begin(asked: Asked[NewScan]) -> ScanHead:
    """Have a network searched; a tenant has one search at a time."""
    given = asked.given
    network = scanning.network(given.network)
    # Before every address is looked at, which takes a moment: who has a search already is refused at once.
    made = _writer(asked).begin(Wanted(network, given.ports, given.rate))
    scanning.allow(network, egress(asked))
    return ScanHead(**_head(stored.one(asked.session, made)))


def cancel(asked: Asked[Nothing]) -> None:
    """Cancel a search; what it has found stays. One that has ended stays as it is."""
    _writer(asked).cancel(asked.ids["scan_id"])


def _writer(asked: Asked[Any]) -> Scans:
    return Scans(asked.session, asked.author, asked.principal.tenant_id)


def _head(row: Scan) -> dict[str, Any]:
    own = ("id", "created_by", "created_at", "ended_at", "state", "error", "total", "tried")
    wanted = {"network": str(row.wanted.network), "ports": dict(row.wanted.ports), "rate": row.wanted.rate}
    return {**{name: getattr(row, name) for name in own}, **wanted, "answered": row.found}


def _router(one: Finding) -> Router:
    found = one.found
    return Router(
        address=found.address,
        ports=dict(found.ports),
        fingerprint=found.fingerprint,
        speaks=found.speaks,
        device_id=one.device_id,
    )


ONE = f"{TENANT}/scans/{{scan_id}}"

resource = Resource(
    name="scans",
    about="Searches for routers in a network.",
    routes=(
        Route(
            path=f"{TENANT}/scans",
            summary="The searches, newest first, a page at a time",
            takes=ScansQuery,
            answer=ScanPage,
            scope=Scope.DEVICES_READ,
            handler=scans,
        ),
        Route(
            path=f"{TENANT}/scans",
            method="POST",
            summary="Search a network for routers, in the background",
            takes=NewScan,
            answer=ScanHead,
            makes=f"{TENANT}/scans/{{id}}",
            later=True,
            scope=Scope.DEVICES_WRITE,
            raises=(Conflict, EgressDenied),
            handler=begin,
        ),
        Route(
            path=ONE,
            summary="How far a search is, and what it has found",
            takes=FoundQuery,
            answer=ScanState,
            scope=Scope.DEVICES_READ,
            raises=(NotFound,),
            handler=scan,
        ),
        Route(
            path=ONE,
            method="DELETE",
            summary="Cancel a search; what it has found stays",
            takes=Nothing,
            answer=None,
            scope=Scope.DEVICES_WRITE,
            raises=(NotFound,),
            handler=cancel,
        ),
    ),
)
