"""From an event to its subject and back; the tenant stands in every subject."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from fleet.events import (
    AlertFiredEvent,
    AlertResolvedEvent,
    ConfigChangedEvent,
    ConfigPushCompletedEvent,
    ConfigPushEvent,
    DeviceChangedEvent,
    DeviceInventoryEvent,
    DeviceMetricsEvent,
    DeviceStatusEvent,
    ErrandEvent,
    Event,
    FirmwareProgressEvent,
    FirmwareRolloutEvent,
    PartitionFenceEvent,
    PushAlertEvent,
    PushCampaignEvent,
    PushRollbackEvent,
)
from fleet.identity import DeviceId, TenantId

DEVICE_STATUS = "device.status"
DEVICE_METRICS = "device.metrics"
DEVICE_INVENTORY = "device.inventory"
DEVICE_CONFIG = "device.config"
DEVICE_CHANGED = "operation.device"
ERRAND = "operation.errand"
FENCE = "partition.fence"
QUESTION = "question"
"""No stream keeps questions: they are answered at once, or not at all."""
VANTAGE = "vantage"
PUSHES: Mapping[type[Event], str] = {
    ConfigPushEvent: "operation.push",
    ConfigPushCompletedEvent: "operation.push_done",
    PushRollbackEvent: "operation.rollback",
    PushAlertEvent: "operation.push_alert",
    PushCampaignEvent: "operation.campaign",
}
FIRMWARE: Mapping[type[Event], str] = {
    FirmwareProgressEvent: "operation.firmware",
    FirmwareRolloutEvent: "operation.rollout",
}
ALERTS: Mapping[type[Event], str] = {AlertFiredEvent: "alert.fired", AlertResolvedEvent: "alert.resolved"}
NO_DEVICE = "-"
"""Stands for the device in the subject of what is no device's."""

_KINDS: Mapping[type[Event], str] = {
    DeviceStatusEvent: DEVICE_STATUS,
    DeviceInventoryEvent: DEVICE_INVENTORY,
    ConfigChangedEvent: DEVICE_CONFIG,
    DeviceChangedEvent: DEVICE_CHANGED,
    ErrandEvent: ERRAND,
    **FIRMWARE,
    **PUSHES,
    **ALERTS,
}


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
        case DeviceMetricsEvent():
            return f"{DEVICE_METRICS}.{event.cycle}" + _place(event.tenant_id, event.device_id)
        case PartitionFenceEvent():
            return f"{FENCE}.{event.epoch}"
        case _:
            return _KINDS[type(event)] + _place(event.tenant_id, event.device_id)


@lru_cache(maxsize=100_000)
def _place(tenant_id: UUID | None, device_id: UUID | None) -> str:
    """Write whose a device is and which; the same ones publish again and again, and a UUID is slow to write."""
    return f".{tenant_id}.{device_id or NO_DEVICE}"


def question(partition: int) -> str:
    """Tell by which subject the owner of a partition is asked."""
    return f"{QUESTION}.{partition}"


def vantage(poller: str) -> str:
    """Tell by which subject one poller is asked to look at a device for another."""
    return f"{VANTAGE}.{hashlib.blake2b(poller.encode(), digest_size=8).hexdigest()}"


def asked(subject: str) -> int:
    """Tell the partition that a question is for; raises ValueError for what is no subject of one."""
    return int(subject.removeprefix(f"{QUESTION}."))


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
