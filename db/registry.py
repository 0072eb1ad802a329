"""A device made, changed or removed: its row, the record of who did it, and the event for its poller, all or nothing.

The tenants' door and the platform's may both do it; a device is always named together with its tenant.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, select, update
from sqlalchemy.orm import Session

from db import inventory, operations, outbox
from db.rules import refusing
from db.tables import devices
from fleet import endpoints
from fleet.amendment import Amendment
from fleet.device import Device
from fleet.errors import NotFound
from fleet.events import Change, DeviceChangedEvent
from fleet.identity import DeviceId, TenantId
from fleet.letter import Addressing
from fleet.operations import Operation

CALLED = {"secret": "password"}
"""What a person calls a column; all others by their name."""

_SETTINGS = (devices.c.name, devices.c.username, devices.c.interval_seconds, *inventory.ENDPOINT)


@dataclass(frozen=True, slots=True)
class Author:
    """Who does something, when, and by which request."""

    by: str
    at: datetime
    request_id: str | None = None


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

    def add(self, *added: Device) -> None:
        """Add devices; raises Conflict where a tenant has one of that name or place already, BadInput."""
        inventory.add(self.session, *added, at=self.author.at)
        self._tell(_Done(d.tenant_id, d.id, d.name, Change.CREATED) for d in added)

    def change(self, tenant_id: TenantId, device_id: DeviceId, wish: Amendment) -> tuple[str, ...]:
        """Change a device and return the names of the fields that are different now; where none is, nothing happens.

        A secret that is given counts as different. Raises NotFound, Conflict, BadInput.
        """
        before = self._held(tenant_id, device_id)
        endpoint = endpoints.pinned(wish.endpoint(inventory.endpoint_of(before[3:])))
        after = inventory.settings(
            name=before.name if wish.name is None else wish.name,
            endpoint=endpoint,
            username=before.username if wish.username is None else wish.username,
            interval=timedelta(seconds=before.interval_seconds) if wish.interval is None else wish.interval,
        )
        changed = {name: value for name, value in after.items() if value != getattr(before, name)}
        if wish.secret is not None:
            changed["secret"] = wish.secret
        if not changed:
            return ()
        with refusing(self.session):
            self.session.execute(update(devices).where(*_same(tenant_id, device_id)).values(changed))
        fields = tuple(CALLED.get(name, name) for name in changed)
        self._tell([_Done(tenant_id, device_id, after["name"], Change.UPDATED, fields)])
        return fields

    def remove(self, tenant_id: TenantId, device_id: DeviceId) -> None:
        """Remove a device and what is known of its state; its operations stay. Raises NotFound."""
        gone = delete(devices).where(*_same(tenant_id, device_id)).returning(devices.c.name)
        name = self.session.execute(gone).scalar()
        if name is None:
            raise _missing(device_id)
        self._tell([_Done(tenant_id, device_id, name, Change.DELETED)])

    def _held(self, tenant_id: TenantId, device_id: DeviceId) -> Row[Any]:
        """Read what a device is now, and let nobody else change it until the transaction ends."""
        query = select(*_SETTINGS).where(*_same(tenant_id, device_id)).with_for_update(key_share=True)
        found = self.session.execute(query).one_or_none()
        if found is None:
            raise _missing(device_id)
        return found

    def _tell(self, done: Iterable[_Done]) -> None:
        """Record what was done, and leave word of it in the outbox."""
        told = list(done)
        operations.record(self.session, *(self._operation(one) for one in told))
        outbox.put(self.session, [self._event(one) for one in told], self.subject, self.author.at)

    def _operation(self, one: _Done) -> Operation:
        return Operation(
            tenant_id=one.tenant_id,
            device_id=one.device_id,
            kind=f"device.{one.change}",
            by=self.author.by,
            at=self.author.at,
            ended_at=self.author.at,
            request_id=self.author.request_id,
            detail={"name": one.name, "fields": list(one.fields)},
        )

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
