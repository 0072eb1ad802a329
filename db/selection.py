"""Which devices a question is about: some by their ids, those of sites, those with tags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Uuid, any_, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from db import sites as places
from db.filters import Filter
from db.inventory import WITH_STATE
from db.tables import device_tags
from db.tables import devices as known
from fleet.identity import DeviceId


@dataclass(frozen=True, slots=True)
class Selection:
    """Devices that are among ``ids``, stand at one of ``sites`` (names or ids) and have one of ``tags``.

    None leaves all of the tenant's in.
    """

    ids: Sequence[DeviceId] | None = None
    sites: Sequence[str] | None = None
    tags: Sequence[str] | None = None


def devices(session: Session, wanted: Selection) -> list[DeviceId] | None:
    """Look the devices up; None is all of the tenant's. Raises BadInput for an unknown site or tag."""
    if wanted.sites is None and wanted.tags is None:
        return None if wanted.ids is None else list(wanted.ids)
    found = select(known.c.id).order_by(known.c.id)
    if wanted.ids is not None:
        found = found.where(known.c.id == any_(literal(list(wanted.ids), ARRAY(Uuid))))
    if wanted.sites is not None:
        found = found.where(known.c.site_id.in_([places.find(session, which).id for which in wanted.sites]))
    if wanted.tags is not None:
        places.known(session, wanted.tags)
        found = found.where(known.c.id.in_(select(device_tags.c.device_id).where(device_tags.c.tag.in_(wanted.tags))))
    return list(session.execute(found).scalars())


def everything(session: Session) -> list[DeviceId]:
    """Look up all devices of the tenant."""
    return list(session.execute(select(known.c.id).order_by(known.c.id)).scalars())


def matching(session: Session, wanted: Filter) -> list[DeviceId]:
    """Look up the devices that a filter lets in."""
    found = select(known.c.id).select_from(WITH_STATE).where(*wanted.conditions()).order_by(known.c.id)
    return list(session.execute(found).scalars())


def cadence(session: Session, wanted: Sequence[DeviceId] | None) -> tuple[int, timedelta]:
    """Count devices, and tell after how long at most each of them is polled again; None: all of the tenant's."""
    found = select(func.count(), func.coalesce(func.max(known.c.interval_seconds), 60))
    if wanted is not None:
        found = found.where(known.c.id == any_(literal(list(wanted), ARRAY(Uuid))))
    count, seconds = session.execute(found).one()
    return int(count), timedelta(seconds=float(seconds))
