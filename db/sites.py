"""The sites of a tenant, and the tags of its devices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from db import operations
from db.named import Named, choice
from db.operations import Author
from db.rules import refusing
from db.tables import device_tags, devices
from db.tables import sites as table
from fleet import belonging
from fleet.belonging import Spot, Words
from fleet.errors import BadInput
from fleet.identity import DeviceId, SiteId, TenantId


@dataclass(frozen=True, slots=True)
class SiteRow:
    """A site and how many devices stand there."""

    id: SiteId
    name: str
    created_at: datetime
    devices: int
    latitude: float | None = None
    longitude: float | None = None

    @property
    def spot(self) -> Spot | None:
        """Where on the earth it is, where that is known."""
        known = self.latitude is not None and self.longitude is not None
        return Spot(self.latitude or 0.0, self.longitude or 0.0) if known else None


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
_SITES = Named(
    table,
    select(table.c.id, table.c.name, table.c.created_at, _COUNT, table.c.latitude, table.c.longitude),
    SiteRow,
    "site",
    "There is none yet: make it first (POST …/sites, `flotilla site add`)",
)
page, one, find = _SITES.page, _SITES.one, _SITES.find


def tags(session: Session) -> list[TagRow]:
    """Read the tags that devices of the tenant have, in order."""
    counted = select(device_tags.c.tag, func.count()).group_by(device_tags.c.tag).order_by(device_tags.c.tag)
    return [TagRow(*row) for row in session.execute(counted)]


def known(session: Session, wanted: Sequence[str]) -> None:
    """Raise BadInput for a tag that no device of the tenant has; it names those there are."""
    there = session.execute(select(device_tags.c.tag).distinct().order_by(device_tags.c.tag)).scalars().all()
    for tag in wanted:
        if tag not in there:
            raise BadInput(f"No device has the tag {tag!r}.", choice(there, "No device has any"))


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

    def add(self, name: str, spot: Spot | None = None) -> SiteId:
        """Make a site; raises Conflict where there is one of that name, BadInput for what is no name."""
        made, called = SiteId(uuid4()), belonging.site_name(name)
        facts = {"id": made, "tenant_id": self.tenant_id, "name": called, "created_at": self.author.at, **_on(spot)}
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

    def place(self, site_id: SiteId, spot: Spot | None) -> bool:
        """Say where on the earth a site is, and tell whether that is another place. Raises NotFound."""
        row = one(self.session, site_id)
        if row.spot == spot:
            return False
        self.session.execute(update(table).where(*self._same(site_id)).values(_on(spot)))
        self._tell("site.updated", site_id, row.name, ["latitude", "longitude"])
        return True

    def remove(self, site_id: SiteId) -> None:
        """Remove a site, and the maintenance planned for it; its devices stand nowhere then. Raises NotFound."""
        name = self.session.execute(delete(table).where(*self._same(site_id)).returning(table.c.name)).scalar()
        if name is None:
            raise _SITES.missing(site_id)
        self._tell("site.deleted", site_id, name)

    def _same(self, site_id: SiteId) -> tuple[ColumnElement[bool], ...]:
        return (table.c.tenant_id == self.tenant_id, table.c.id == site_id)

    def _tell(self, kind: str, site_id: SiteId, name: str, fields: Sequence[str] = ()) -> None:
        detail = {"name": name, "fields": list(fields), "site_id": str(site_id)}
        operations.record(self.session, self.author.did(kind, self.tenant_id, detail))


def _on(spot: Spot | None) -> dict[str, float | None]:
    return {"latitude": spot.latitude if spot else None, "longitude": spot.longitude if spot else None}
