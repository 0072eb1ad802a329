"""The sites of a tenant, and the tags of its devices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from db import operations
from db.operations import Author
from db.rules import refusing
from db.tables import device_tags, devices
from db.tables import sites as table
from fleet import belonging
from fleet.belonging import Words
from fleet.errors import BadInput, NotFound
from fleet.identity import DeviceId, SiteId, TenantId

NAMED = 20
"""How many names an error lists."""

NONE = "There is none yet: make it first (POST …/sites, `flotilla site add`)"


@dataclass(frozen=True, slots=True)
class SiteRow:
    """A site and how many devices stand there."""

    id: SiteId
    name: str
    created_at: datetime
    devices: int


@dataclass(frozen=True, slots=True)
class TagRow:
    """A tag and how many devices have it."""

    tag: str
    devices: int


@dataclass(frozen=True, slots=True)
class Settler:
    """A device, where it is to stand and which tags it is to have."""

    device_id: DeviceId
    site: str
    tags: tuple[str, ...] = ()


_OF_DEVICE = select(device_tags.c.tag).where(device_tags.c.device_id == devices.c.id).correlate(devices)
TAGS: ColumnElement[Any] = func.array(_OF_DEVICE.order_by(device_tags.c.tag.collate("C")).scalar_subquery())
"""The tags of a device in order, in a query of ``devices``."""

_COUNT = select(func.count()).where(devices.c.site_id == table.c.id).scalar_subquery()
_ROW = select(table.c.id, table.c.name, table.c.created_at, _COUNT)


def page(session: Session, after: str | None, limit: int) -> list[SiteRow]:
    """Read up to ``limit`` sites of the tenant by name, those behind the name ``after``."""
    query = _ROW.order_by(table.c.name).limit(limit)
    if after is not None:
        query = query.where(table.c.name > after)
    return [SiteRow(*row) for row in session.execute(query)]


def one(session: Session, site_id: SiteId) -> SiteRow:
    """Read one site; raises NotFound where the tenant has none of that id."""
    row = session.execute(_ROW.where(table.c.id == site_id)).one_or_none()
    if row is None:
        raise _missing(site_id)
    return SiteRow(*row)


def find(session: Session, which: str, tenant_id: TenantId | None = None) -> SiteRow:
    """Find a site by its name or its id, at the platform's door together with its tenant.

    Raises BadInput that names those there are.
    """
    mine = [] if tenant_id is None else [table.c.tenant_id == tenant_id]
    row = session.execute(_ROW.where(*mine, or_(table.c.name == which, *_is(which)))).first()
    if row is None:
        there = session.execute(select(table.c.name).where(*mine).order_by(table.c.name).limit(NAMED + 1)).scalars()
        raise BadInput(f"There is no site {which!r}.", _choice(there.all(), NONE))
    return SiteRow(*row)


def tags(session: Session) -> list[TagRow]:
    """Read the tags that devices of the tenant have, in order."""
    counted = select(device_tags.c.tag, func.count()).group_by(device_tags.c.tag).order_by(device_tags.c.tag)
    return [TagRow(*row) for row in session.execute(counted)]


def known(session: Session, wanted: Sequence[str]) -> None:
    """Raise BadInput for a tag that no device of the tenant has; it names those there are."""
    there = session.execute(select(device_tags.c.tag).distinct().order_by(device_tags.c.tag)).scalars().all()
    for tag in wanted:
        if tag not in there:
            raise BadInput(f"No device has the tag {tag!r}.", _choice(there, "No device has any"))


def tag(session: Session, tenant_id: TenantId, device_id: DeviceId, words: Words) -> None:
    """Give a device tags and take some away; the caller checked them."""
    theirs = device_tags.c.device_id == device_id
    before = set(session.execute(select(device_tags.c.tag).where(theirs)).scalars())
    after = set(words.of(before))
    if gone := before - after:
        session.execute(delete(device_tags).where(theirs, device_tags.c.tag.in_(gone)))
    if new := [{"tenant_id": tenant_id, "device_id": device_id, "tag": tag} for tag in sorted(after - before)]:
        with refusing(session):
            session.execute(insert(device_tags), new)


def settle(session: Session, tenant_id: TenantId, given: Sequence[Settler], at: datetime) -> None:
    """Put those devices at sites that stand nowhere, and give them tags; a site that is missing is made.

    It leaves no record: it is for who makes many devices at once.
    """
    nowhere = select(devices.c.id).where(devices.c.tenant_id == tenant_id, devices.c.site_id.is_(None))
    found = set(session.execute(nowhere).scalars())
    new = [one for one in given if one.device_id in found]
    if not new:
        return
    names = sorted({one.site for one in new})
    made = [{"id": uuid4(), "tenant_id": tenant_id, "name": name, "created_at": at} for name in names]
    session.execute(upsert(table).on_conflict_do_nothing(index_elements=["tenant_id", "name"]), made)
    places = {row.name: row.id for row in session.execute(select(table).where(table.c.tenant_id == tenant_id))}
    theirs = update(devices).where(devices.c.id == bindparam("its_id")).values(site_id=bindparam("its_site"))
    moved = [{"its_id": one.device_id, "its_site": places[one.site]} for one in new]
    session.connection().execute(theirs, moved)
    tagged = [{"tenant_id": tenant_id, "device_id": one.device_id, "tag": tag} for one in new for tag in one.tags]
    if tagged:
        session.execute(upsert(device_tags).on_conflict_do_nothing(), tagged)


@dataclass(frozen=True, slots=True)
class Sites:
    """Writes the sites of a tenant in the caller's transaction, for an author, with the record of it."""

    session: Session
    author: Author
    tenant_id: TenantId

    def add(self, name: str) -> SiteId:
        """Make a site; raises Conflict where there is one of that name, BadInput for what is no name."""
        made, called = SiteId(uuid4()), belonging.site_name(name)
        facts = {"id": made, "tenant_id": self.tenant_id, "name": called, "created_at": self.author.at}
        with refusing(self.session):
            self.session.execute(insert(table).values(facts))
        self._tell("site.created", made, called)
        return made

    def rename(self, site_id: SiteId, name: str) -> bool:
        """Give a site another name, and tell whether it is another. Raises NotFound, Conflict, BadInput."""
        called = belonging.site_name(name)
        if one(self.session, site_id).name == called:
            return False
        with refusing(self.session):
            self.session.execute(update(table).where(*self._same(site_id)).values(name=called))
        self._tell("site.updated", site_id, called, ["name"])
        return True

    def remove(self, site_id: SiteId) -> None:
        """Remove a site, and the maintenance planned for it; its devices stand nowhere then. Raises NotFound."""
        name = self.session.execute(delete(table).where(*self._same(site_id)).returning(table.c.name)).scalar()
        if name is None:
            raise _missing(site_id)
        self._tell("site.deleted", site_id, name)

    def _same(self, site_id: SiteId) -> tuple[ColumnElement[bool], ...]:
        return (table.c.tenant_id == self.tenant_id, table.c.id == site_id)

    def _tell(self, kind: str, site_id: SiteId, name: str, fields: Sequence[str] = ()) -> None:
        detail = {"name": name, "fields": list(fields), "site_id": str(site_id)}
        operations.record(self.session, self.author.did(kind, self.tenant_id, detail))


def _is(which: str) -> list[ColumnElement[bool]]:
    """Write the condition that this is a site's id, where it can be one."""
    try:
        return [table.c.id == UUID(which)]
    except ValueError:
        return []


def _choice(there: Sequence[str], none: str) -> str:
    if not there:
        return f"{none}."
    more = " …" if len(there) > NAMED else ""
    return f"Choose one of: {', '.join(there[:NAMED])}{more}."


def _missing(site_id: SiteId) -> NotFound:
    return NotFound(f"There is no site {site_id}.", "List the tenant's sites for their ids.")
