"""The topics of a stream: which events each holds, and in which streams of NATS those are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from bus import subjects
from bus.streams import ALERT_EVENTS, DEVICE_EVENTS, OPERATION_EVENTS, Stream
from fleet.events import DeviceMetricsEvent, DeviceStatusEvent, Event
from fleet.identity import DeviceId, TenantId


class Topic(StrEnum):
    """What a client may ask to hear of; also the ``event:`` of what it hears."""

    DEVICE_STATUS = "device_status"
    METRIC_UPDATE = "metric_update"
    ALERT_FIRED = "alert_fired"
    CONFIG_PUSH = "config_push"
    FIRMWARE_PROGRESS = "firmware_progress"


RESYNC = "resync"
"""The ``event:`` that tells of what a client has not been told."""

FLEETING = frozenset({Topic.METRIC_UPDATE})
"""What is not told again: of these there is a new one with every poll, while a status is told where it is news."""

_TOPICS: Mapping[type[Event], Topic] = {
    DeviceStatusEvent: Topic.DEVICE_STATUS,
    DeviceMetricsEvent: Topic.METRIC_UPDATE,
    **dict.fromkeys(subjects.FIRMWARE, Topic.FIRMWARE_PROGRESS),
    **dict.fromkeys(subjects.PUSHES, Topic.CONFIG_PUSH),
    **dict.fromkeys(subjects.ALERTS, Topic.ALERT_FIRED),
}


@dataclass(frozen=True, slots=True)
class Source:
    """A stream of NATS, the kinds of subject in it that are told, and those that are told again."""

    stream: Stream
    kinds: tuple[str, ...]
    lasting: str
    topics: frozenset[Topic]

    @property
    def subjects(self) -> tuple[str, ...]:
        """The subjects of all tenants."""
        return tuple(f"{kind}.>" for kind in self.kinds)

    def of(self, tenant_id: TenantId, device_id: UUID | None = None) -> str:
        """Make the filter for what can be told again of a tenant, or of one device."""
        return f"{self.lasting}.{tenant_id}.{device_id or '>'}"


SOURCES = (
    Source(
        DEVICE_EVENTS,
        (subjects.DEVICE_STATUS, subjects.DEVICE_METRICS),
        subjects.DEVICE_STATUS,
        frozenset({Topic.DEVICE_STATUS}),
    ),
    Source(
        OPERATION_EVENTS,
        (*subjects.PUSHES.values(), *subjects.FIRMWARE.values()),
        "operation.*",
        frozenset({Topic.CONFIG_PUSH, Topic.FIRMWARE_PROGRESS}),
    ),
    Source(ALERT_EVENTS, tuple(subjects.ALERTS.values()), "alert.*", frozenset({Topic.ALERT_FIRED})),
)
"""In the order of the sequences in an id."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a client wants to hear: topics, and the devices that it keeps to (None: all of the tenant)."""

    topics: frozenset[Topic] = frozenset(Topic)
    devices: frozenset[DeviceId] | None = None

    def __str__(self) -> str:
        """Write it in one way alone: compared far quicker than the sets, and by each client with every tick."""
        return " ".join(
            [*sorted(self.topics), "of", *sorted(map(str, self.devices or ())), str(self.devices is None)]
        )

    def covers(self, topic: Topic, device_id: UUID | None) -> bool:
        """Tell whether an event is wanted; what is no device's is no listed device's either."""
        return topic in self.topics and (self.devices is None or device_id in self.devices)


def of(event: Event) -> Topic | None:
    """Tell the topic of an event; None for what is no topic's."""
    return _TOPICS.get(type(event))
