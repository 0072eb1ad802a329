"""A device made, changed or removed: its row, the record of who did it, and the event for its poller, all or nothing.

The tenants' door and the platform's may both do it; a device is always named together with its tenant.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Text,
    Uuid,
    any_,
    bindparam,
    delete,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from db import inventory, logins, operations, outbox, sites
from db.operations import Author
from db.rules import refusing
from db.tables import device_tags, devices
from fleet import belonging, endpoints
from fleet.amendment import Amendment
from fleet.belonging import Words
from fleet.device import Device, Endpoint
from fleet.errors import NotFound
from fleet.events import Change, DeviceChangedEvent
from fleet.identity import DeviceId, TenantId
from fleet.letter import Addressing
from fleet.operations import Operation

CALLED = {"secret": "password", "site_id": "site", "profile_id": "profile"}
"""What a person calls a column; all others by their name."""

_SETTINGS = (
    *(
        devices.c[name]
        for name in ("name", "username", "profile_id", "interval_seconds", "collectors_off", "site_id")
    ),
    sites.TAGS.label("tags"),
    *inventory.ENDPOINT,
)
_KNOWN = select(devices.c.id, devices.c.name, *inventory.ENDPOINT)
_BEFORE_ENDPOINT = len(_SETTINGS) - len(inventory.ENDPOINT)


@dataclass(frozen=True, slots=True)
class _Done:
    """What became of one device, as its record and its event tell it."""

    tenant_id: TenantId
    device_id: DeviceId
    name: str
    change: Change
    fields: tuple[str, ...] = ()
    trusted: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """A device that is there, as far as who changes many must know it."""

    id: DeviceId
    name: str
    endpoint: Endpoint


@dataclass(frozen=True, slots=True)
class New:
    """A device to be added, at a site by its name or id, with tags.

    ``trusted`` records that its fingerprint is the first that was seen, by somebody's consent, and that nobody
    compared it.
    """

    device: Device
    site: str = ""
    tags: tuple[str, ...] = ()
    trusted: bool = False


@dataclass(frozen=True, slots=True)
class Registry:
    """Writes devices in the caller's transaction, for an author; ``subject`` tells how an event is addressed.

    What is ``waiting`` is recorded and told together, at the end of ``together``.
    """

    session: Session
    author: Author
    subject: Addressing
    waiting: list[_Done] | None = None

    @contextmanager
    def together(self, *, told: bool = True) -> Iterator[Registry]:
        """Give a registry that records and tells what it did at the end, all at once; nothing after an error.

        What is only tried is not ``told``: the audit log would keep it, whatever becomes of the rows.
        """
        waiting: list[_Done] = []
        yield replace(self, waiting=waiting)
        if told:
            self._told(waiting)

    def find(self, tenant_id: TenantId, ids: Collection[DeviceId], names: Collection[str]) -> list[Known]:
        """Find devices by their ids and their names, as they are now."""
        named = or_(
            devices.c.id == any_(literal(list(ids), ARRAY(Uuid))),
            devices.c.name == any_(literal(list(names), ARRAY(Text))),
        )
        return self._known(_KNOWN.where(devices.c.tenant_id == tenant_id, named))

    def hold(self, tenant_id: TenantId, ids: Collection[DeviceId]) -> list[Known]:
        """Find devices, and let nobody else change them until the transaction ends.

        They are taken in the order of their ids, so that nobody waits for somebody who waits for him.
        """
        those = devices.c.id == any_(literal(list(ids), ARRAY(Uuid)))
        held = _KNOWN.where(devices.c.tenant_id == tenant_id, those).order_by(devices.c.id)
        return self._known(held.with_for_update(key_share=True))

    def _known(self, query: Select[Any]) -> list[Known]:
        return [
            Known(its_id, name, inventory.endpoint_of(place)) for its_id, name, *place in self.session.execute(query)
        ]

    def add(self, *new: New) -> None:
        """Add devices of a tenant, all or none.

        Raises Conflict where the tenant has one of such a name or place already, BadInput.
        """
        tagged = {one.device.id: belonging.tags(one.tags) for one in new}
        named = {(one.site, one.device.tenant_id) for one in new if one.site}
        places = {site: sites.find(self.session, site, tenant_id).id for site, tenant_id in sorted(named)}
        inventory.add(self.session, *(one.device for one in new), at=self.author.at)
        moved = [{"its_id": one.device.id, "its_site": places[one.site]} for one in new if one.site]
        words = [
            {"tenant_id": one.device.tenant_id, "device_id": one.device.id, "tag": tag}
            for one in new
            for tag in tagged[one.device.id]
        ]
        with refusing(self.session):
            if moved:
                theirs = (
                    update(devices).where(devices.c.id == bindparam("its_id")).values(site_id=bindparam("its_site"))
                )
                self.session.connection().execute(theirs, moved)
            if words:
                self.session.execute(insert(device_tags), words)
        self._tell(*map(_created, new))

    def change(self, tenant_id: TenantId, device_id: DeviceId, wish: Amendment) -> tuple[str, ...]:
        """Change a device and return the names of the fields that are different now; where none is, nothing happens.

        A secret that is given counts as different. Raises NotFound, Conflict, BadInput.
        """
        before = self._held(tenant_id, device_id)
        after = self._wanted(tenant_id, before, wish)
        changed = {name: value for name, value in after.items() if value != getattr(before, name)}
        changed |= logins.secret(wish, before.profile_id, after["profile_id"])
        if not changed:
            return ()
        fields = tuple(CALLED.get(name, name) for name in changed)
        # What may be refused comes first: then a refused change has left nothing.
        tags = changed.pop("tags", None)
        self._write(tenant_id, device_id, changed)
        if tags is not None:
            sites.tag(self.session, tenant_id, device_id, Words.exactly(tags))
        seen = wish.fingerprint if wish.trusted else None
        self._tell(_Done(tenant_id, device_id, after["name"], Change.UPDATED, fields, seen))
        return fields

    def remove(self, tenant_id: TenantId, device_id: DeviceId) -> None:
        """Remove a device and what is known of its state; its operations stay. Raises NotFound."""
        gone = delete(devices).where(*_same(tenant_id, device_id)).returning(devices.c.name)
        name = self.session.execute(gone).scalar()
        if name is None:
            raise _missing(device_id)
        self._tell(_Done(tenant_id, device_id, name, Change.DELETED))

    def _held(self, tenant_id: TenantId, device_id: DeviceId) -> Row[Any]:
        """Read what a device is now, and let nobody else change it until the transaction ends."""
        query = select(*_SETTINGS).where(*_same(tenant_id, device_id)).with_for_update(key_share=True)
        found = self.session.execute(query).one_or_none()
        if found is None:
            raise _missing(device_id)
        return found

    def _wanted(self, tenant_id: TenantId, before: Row[Any], wish: Amendment) -> dict[str, Any]:
        """Lay out what a device is to be, by column, and its tags."""
        place = inventory.endpoint_of(before[_BEFORE_ENDPOINT:])
        after = inventory.settings(
            name=before.name if wish.name is None else wish.name,
            endpoint=endpoints.pinned(wish.endpoint(place)),
            interval=timedelta(seconds=before.interval_seconds) if wish.interval is None else wish.interval,
            off=wish.collectors_off.of(before.collectors_off),
        )
        after |= logins.after(self.session, tenant_id, wish, logins.Login(before.username, before.profile_id))
        after["tags"] = belonging.tags(wish.tags.of(before.tags))
        if wish.site is not None:
            after["site_id"] = sites.find(self.session, wish.site, tenant_id).id if wish.site else None
        return after

    def _write(self, tenant_id: TenantId, device_id: DeviceId, values: Mapping[str, Any]) -> None:
        if values:
            with refusing(self.session):
                self.session.execute(update(devices).where(*_same(tenant_id, device_id)).values(values))

    def _tell(self, *done: _Done) -> None:
        """Record what was done, and leave word of it in the outbox, now or together with more."""
        if self.waiting is None:
            self._told(done)
        else:
            self.waiting.extend(done)

    def _told(self, done: Sequence[_Done]) -> None:
        operations.record(self.session, *(self._operation(one) for one in done))
        outbox.put(self.session, [self._event(one) for one in done], self.subject, self.author.at)

    def _operation(self, one: _Done) -> Operation:
        detail: dict[str, object] = {"name": one.name, "fields": list(one.fields)}
        if one.trusted is not None:
            detail["trusted_at_first_use"] = one.trusted
        return self.author.did(f"device.{one.change}", one.tenant_id, detail, one.device_id)

    def _event(self, one: _Done) -> DeviceChangedEvent:
        return DeviceChangedEvent(
            tenant_id=one.tenant_id,
            device_id=one.device_id,
            at=self.author.at,
            request_id=self.author.request_id,
            change=one.change,
            fields=one.fields,
        )


def _created(new: New) -> _Done:
    device = new.device
    seen = device.endpoint.fingerprint if new.trusted else None
    return _Done(device.tenant_id, device.id, device.name, Change.CREATED, trusted=seen)


def _same(tenant_id: TenantId, device_id: DeviceId) -> tuple[ColumnElement[bool], ...]:
    return (devices.c.tenant_id == tenant_id, devices.c.id == device_id)


def _missing(device_id: DeviceId) -> NotFound:
    return NotFound(f"There is no device {device_id}.", "List the tenant's devices for their ids.")
