"""Which devices a question is about: some by their ids, those of sites, those with tags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Uuid, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from db import sites as places
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
