"""A device made, changed or removed: its row, the record of who did it, and the event for its poller, all or nothing.

The tenants' door and the platform's may both do it; a device is always named together with its tenant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, select, update
from sqlalchemy.orm import Session

from db import inventory, operations, outbox, sites
from db.operations import Author
from db.rules import refusing
from db.tables import devices
from fleet import belonging, endpoints
from fleet.amendment import Amendment
from fleet.belonging import Words
from fleet.device import Device
from fleet.errors import NotFound
from fleet.events import Change, DeviceChangedEvent
from fleet.identity import DeviceId, TenantId
from fleet.letter import Addressing

CALLED = {"secret": "password", "site_id": "site"}
"""What a person calls a column; all others by their name."""

_SETTINGS = (
    *(devices.c[name] for name in ("name", "username", "interval_seconds", "collectors_off", "site_id")),
    sites.TAGS.label("tags"),
    *inventory.ENDPOINT,
)
_BEFORE_ENDPOINT = len(_SETTINGS) - len(inventory.ENDPOINT)


@dataclass(frozen=True, slots=True)
class _Done:
    """What became of one device, as its record and its event tell it."""

    tenant_id: TenantId
    device_id: DeviceId
    name: str
    change: Change
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Registry:
    """Writes devices in the caller's transaction, for an author; ``subject`` tells how an event is addressed."""

    session: Session
    author: Author
    subject: Addressing

    def add(self, added: Device, site: str = "", tags: Iterable[str] = ()) -> None:
        """Add a device, at a site by its name or id, with tags.

        Raises Conflict where the tenant has one of that name or place already, BadInput.
        """
        inventory.add(self.session, added, at=self.author.at)
        if site:
            place = sites.find(self.session, site, added.tenant_id).id
            self._write(added.tenant_id, added.id, {"site_id": place})
        sites.tag(self.session, added.tenant_id, added.id, Words(frozenset(belonging.tags(tags))))
        self._tell(_Done(added.tenant_id, added.id, added.name, Change.CREATED))

    def change(self, tenant_id: TenantId, device_id: DeviceId, wish: Amendment) -> tuple[str, ...]:
        """Change a device and return the names of the fields that are different now; where none is, nothing happens.

        A secret that is given counts as different. Raises NotFound, Conflict, BadInput.
        """
        before = self._held(tenant_id, device_id)
        after = self._wanted(tenant_id, before, wish)
        changed = {name: value for name, value in after.items() if value != getattr(before, name)}
        if wish.secret is not None:
            changed["secret"] = wish.secret
        if not changed:
            return ()
        fields = tuple(CALLED.get(name, name) for name in changed)
        if "tags" in changed:
            sites.tag(self.session, tenant_id, device_id, Words.exactly(changed.pop("tags")))
        self._write(tenant_id, device_id, changed)
        self._tell(_Done(tenant_id, device_id, after["name"], Change.UPDATED, fields))
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
            username=before.username if wish.username is None else wish.username,
            interval=timedelta(seconds=before.interval_seconds) if wish.interval is None else wish.interval,
            off=wish.collectors_off.of(before.collectors_off),
        )
        after["tags"] = belonging.tags(wish.tags.of(before.tags))
        if wish.site is not None:
            after["site_id"] = sites.find(self.session, wish.site, tenant_id).id if wish.site else None
        return after

    def _write(self, tenant_id: TenantId, device_id: DeviceId, values: Mapping[str, Any]) -> None:
        if values:
            with refusing(self.session):
                self.session.execute(update(devices).where(*_same(tenant_id, device_id)).values(values))

    def _tell(self, one: _Done) -> None:
        """Record what was done, and leave word of it in the outbox."""
        kind, detail = f"device.{one.change}", {"name": one.name, "fields": list(one.fields)}
        operations.record(self.session, self.author.did(kind, one.tenant_id, detail, one.device_id))
        outbox.put(self.session, [self._event(one)], self.subject, self.author.at)

    def _event(self, one: _Done) -> DeviceChangedEvent:
        return DeviceChangedEvent(
            tenant_id=one.tenant_id,
            device_id=one.device_id,
            at=self.author.at,
            request_id=self.author.request_id,
            change=one.change,
            fields=one.fields,
        )


def _same(tenant_id: TenantId, device_id: DeviceId) -> tuple[ColumnElement[bool], ...]:
    return (devices.c.tenant_id == tenant_id, devices.c.id == device_id)


def _missing(device_id: DeviceId) -> NotFound:
    return NotFound(f"There is no device {device_id}.", "List the tenant's devices for their ids.")
