"""From an event to its subject and back; the tenant stands in every subject."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from fleet.events import DeviceChangedEvent, DeviceInventoryEvent, DeviceMetricsEvent, DeviceStatusEvent, Event
from fleet.identity import DeviceId, TenantId

DEVICE_STATUS = "device.status"
DEVICE_METRICS = "device.metrics"
DEVICE_INVENTORY = "device.inventory"
DEVICE_CHANGED = "operation.device"
FENCE = "partition.fence"


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject in its parts; ``kind`` is what stands before the tenant (``device.metrics.fast``)."""

    kind: str
    tenant_id: TenantId
    device_id: DeviceId

    def __str__(self) -> str:
        return f"{self.kind}.{self.tenant_id}.{self.device_id}"


def of(event: Event) -> str:
    """Tell the subject of an event."""
    match event:
        case DeviceStatusEvent():
            return DEVICE_STATUS + _place(event.tenant_id, event.device_id)
        case DeviceMetricsEvent():
            return f"{DEVICE_METRICS}.{event.cycle}" + _place(event.tenant_id, event.device_id)
        case DeviceInventoryEvent():
            return DEVICE_INVENTORY + _place(event.tenant_id, event.device_id)
        case DeviceChangedEvent():
            return DEVICE_CHANGED + _place(event.tenant_id, event.device_id)
        case _:
            return f"{FENCE}.{event.epoch}"


@lru_cache(maxsize=100_000)
def _place(tenant_id: UUID, device_id: UUID) -> str:
    """Write whose a device is and which; the same ones publish again and again, and a UUID is slow to write."""
    return f".{tenant_id}.{device_id}"


def parse(subject: str) -> Subject:
    """Take a subject apart; raises ValueError for one that names no tenant and device."""
    try:
        kind, tenant, device = subject.rsplit(".", 2)
        return Subject(kind, TenantId(UUID(tenant)), DeviceId(UUID(device)))
    except ValueError as error:
        raise ValueError(f"{subject!r} is no subject of a device") from error


def of_tenant(kind: str, tenant_id: TenantId) -> str:
    """Make the filter for all of a tenant's subjects of one kind (``device.status``, ``device.metrics.*``)."""
    return f"{kind}.{tenant_id}.>"
