"""The audit log of a tenant: who did what, and who was refused what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from pydantic import Field

from api import cursors
from api.context import current
from api.fields import TEXT
from api.resource import TENANT, Answer, Asked, Download, Given, Resource, Route
from api.times import Instant, instant
from db import audit
from db.audit import Narrow
from db.engine import Stores
from db.tenancy import tenant_session
from fleet import sheets
from fleet.audit import COLUMNS, Ending, Entry, lines
from fleet.identity import Principal, Scope

MOST = 500
MEDIA = "text/csv; charset=utf-8"


class AuditFilter(Given):
    """Which entries are meant."""

    who: str | None = Field(
        None, max_length=254, pattern=TEXT, examples=["noc@northwind.example"], description="Only what this one did."
    )
    action: str | None = Field(
        None,
        max_length=100,
        pattern=r"^[a-z][a-z_.]*$",
        examples=["sites."],
        description="Only actions whose name begins so.",
    )
    object_type: str | None = Field(
        None, max_length=50, pattern=r"^[a-z_-]+$", examples=["device"], description="Only on objects of this type."
    )
    object_id: str | None = Field(None, max_length=200, pattern=TEXT, description="Only on the object of this id.")
    start: Instant | None = Field(None, alias="from", description="Only from here on.")
    end: Instant | None = Field(None, alias="to", description="Only what was before.")


class AuditQuery(AuditFilter):
    """Which entries to list, and how many at once."""

    after: int | None = Field(None, ge=1, le=2**63 - 1, description="The `next` of the page before.")
    limit: int = Field(100, ge=1, le=MOST, description="At most so many entries.")


class AuditEntry(Answer):
    """What somebody did, or was refused."""

    number: int = Field(description="Its place in the tenant's chain, from 1 on, without a gap.")
    at: datetime
    who: str = Field(description="The person, the API key's prefix, or the administrator.")
    role: str | None = Field(description="The role by which it was allowed; null at the command line.")
    address: str | None = Field(description="The client's address; null at the command line.")
    action: str = Field(
        examples=["sites.create"], description="The operation of the API, or the kind of what was done otherwise."
    )
    object_type: str | None
    object_id: str | None
    outcome: Ending
    request_id: str | None = Field(description="The X-Request-ID of the request.")
    detail: str | None = Field(description="For people: why it was refused.")
    link: str = Field(description="SHA-256 over the link of the entry before and what this one says, in hex.")


class AuditPage(Answer):
    """A page of entries, the newest first."""

    items: list[AuditEntry]
    next: int | None = Field(description="Give it as `after` for the next page; null on the last.")


def page(asked: Asked[AuditQuery]) -> AuditPage:
    given = asked.given
    found = audit.page(asked.session, given.after, given.limit + 1, _narrow(given, asked.now))
    shown, last = cursors.cut(found, given.limit)
    following = None if last is None else last.number
    return AuditPage(items=[_entry(one) for one in shown], next=following)


def export(asked: Asked[AuditFilter]) -> Download:
    narrow = _narrow(asked.given, asked.now)
    rows = _rows(current().stores, asked.principal, narrow)
    return Download(MEDIA, f"audit-{asked.now:%Y%m%dT%H%M%SZ}.csv", rows)


def _narrow(given: AuditFilter, now: datetime) -> Narrow:
    start = None if given.start is None else instant(given.start, now)
    end = None if given.end is None else instant(given.end, now)
    return Narrow(given.who, given.action, given.object_type, given.object_id, start, end)


def _entry(entry: Entry) -> AuditEntry:
    act = entry.act
    return AuditEntry(
        number=entry.number,
        at=act.at,
        who=act.who,
        role=act.role,
        address=act.address,
        action=act.action,
        object_type=act.object_type,
        object_id=act.object_id,
        outcome=act.outcome,
        request_id=act.request_id,
        detail=act.detail,
        link=entry.hash.hex(),
    )


def _rows(stores: Stores, principal: Principal, narrow: Narrow) -> Iterator[bytes]:
    """Write the entries in the order of the chain; the session is the download's own."""
    yield _written([COLUMNS])
    with tenant_session(stores, principal) as session:
        for batch in audit.pages(session, principal.tenant_id, narrow):
            yield _written(lines(batch))


def _written(rows: Iterable[Iterable[str]]) -> bytes:
    return "".join(map(sheets.line, rows)).encode()


resource = Resource(
    name="audit",
    about="Who did what, and who was refused what: an append-only log, each entry bound to the one before.",
    routes=(
        Route(
            path=f"{TENANT}/audit",
            summary="The entries from the newest on, a page at a time",
            takes=AuditQuery,
            answer=AuditPage,
            scope=Scope.AUDIT_READ,
            handler=page,
        ),
        Route(
            path=f"{TENANT}/audit/csv",
            summary="The entries in the order of the chain, as a CSV file",
            takes=AuditFilter,
            answer=Download,
            medias=(MEDIA,),
            scope=Scope.AUDIT_READ,
            handler=export,
        ),
    ),
)
