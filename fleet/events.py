"""What happened: the events of the stream and their encoding (msgpack, by class name).

Times are aware and in UTC, spans are seconds. An event names things; it holds no secret and no configuration.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID, uuid4

import msgspec

from fleet.breaker import Position
from fleet.campaigns import CampaignState
from fleet.changes import PushState, Step
from fleet.device import State
from fleet.families import Cycle, Value
from fleet.inventory import Item
from fleet.rollouts.states import RolloutState, Stage

SCHEMA = 1


class _Event(msgspec.Struct, frozen=True, kw_only=True, tag=True, tag_field="event"):
    """What every event carries. ``epoch`` is that of the partition's owner."""

    tenant_id: UUID | None = None
    device_id: UUID | None = None
    at: datetime
    epoch: int = 0
    request_id: str | None = None
    event_id: UUID = msgspec.field(default_factory=uuid4)
    schema: int = SCHEMA


class DeviceStatusEvent(_Event, frozen=True, kw_only=True):
    """What a poll found a device to be, wherever that is news: it did not answer, or is not what was told last.

    A usual poll that finds what was told already says so in what it measured (``DeviceMetricsEvent.outcome``): a
    message costs as much as parsing all that a device said.
    """

    tenant_id: UUID
    device_id: UUID
    state: State
    attempt: int = 1
    error_code: str | None = None
    error: str | None = None
    breaker: Position = Position.CLOSED
    next_attempt: datetime | None = None
    identity: str | None = None
    version: str | None = None
    model: str | None = None
    serial: str | None = None
    uptime_seconds: float | None = None
    duration_seconds: float | None = None


class FamilyRows(msgspec.Struct, frozen=True, array_like=True):
    """The rows of one family in one poll: the columns' names once, then labels and values of each row.

    ``labels[i]`` and ``values[i]`` belong together and follow the order of the family and of ``columns``.
    """

    family: str
    columns: tuple[str, ...]
    labels: tuple[tuple[str, ...], ...]
    values: tuple[tuple[Value, ...], ...]


class Outcome(msgspec.Struct, frozen=True, array_like=True):
    """How a poll went that found what was told already; the fields are those of a DeviceStatusEvent."""

    state: State
    attempt: int
    error_code: str | None
    error: str | None
    breaker: Position
    next_attempt: datetime | None
    uptime_seconds: float | None
    duration_seconds: float | None


class DeviceMetricsEvent(_Event, frozen=True, kw_only=True):
    """All that one poll measured of one device, stamped with the collector's own time.

    ``outcome`` is there where the poll has no status of its own.
    """

    tenant_id: UUID
    device_id: UUID
    cycle: Cycle
    families: tuple[FamilyRows, ...]
    outcome: Outcome | None = None


class KindItems(msgspec.Struct, frozen=True, array_like=True):
    """All items of one kind; ``told`` counts those without room, too, ``volatile`` are facts whose change is none."""

    kind: str
    items: tuple[Item, ...]
    told: int
    volatile: tuple[str, ...] = ()


class DeviceInventoryEvent(_Event, frozen=True, kw_only=True):
    """What a device has: of each kind that it names all that there is, so that what is missing is gone."""

    tenant_id: UUID
    device_id: UUID
    kinds: tuple[KindItems, ...]


class ConfigChangedEvent(_Event, frozen=True, kw_only=True):
    """A device has another configuration than the last time that it was read; the text is in the store alone.

    ``by`` is who did something on the device since, as it tells itself.
    """

    tenant_id: UUID
    device_id: UUID
    version_id: UUID
    number: int
    reason: str
    by: tuple[str, ...] = ()


class PartitionFenceEvent(_Event, frozen=True, kw_only=True):
    """A new owner's first word: what an older epoch says of these partitions behind it is refused."""

    partitions: tuple[int, ...]


class Change(StrEnum):
    """What became of a device."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"


class DeviceChangedEvent(_Event, frozen=True, kw_only=True):
    """A person or program changed a device; ``fields`` names what, the new values are in the store alone."""

    tenant_id: UUID
    device_id: UUID
    change: Change
    fields: tuple[str, ...] = ()


class ErrandEvent(_Event, frozen=True, kw_only=True):
    """Something is to be done with a device; what, the store knows. Its owner looks for it at once."""

    tenant_id: UUID
    device_id: UUID
    errand_id: UUID
    kind: str


class _PushEvent(_Event, frozen=True, kw_only=True):
    """What every event of a push carries: the change, where it stands, the step that begins, and what went wrong."""

    tenant_id: UUID
    device_id: UUID
    change_id: UUID
    state: PushState
    step: Step | None = None
    number: int | None = None
    error_code: str | None = None
    error: str | None = None


class ConfigPushEvent(_PushEvent, frozen=True, kw_only=True):
    """A push of configuration goes on."""


class ConfigPushCompletedEvent(_PushEvent, frozen=True, kw_only=True):
    """A push has ended well: what was wanted is there, seen by a new connection."""


class PushRollbackEvent(_PushEvent, frozen=True, kw_only=True):
    """A push is taken back, or was."""


class PushAlertEvent(_PushEvent, frozen=True, kw_only=True):
    """A push needs a person: nobody knows what the device holds now."""


class PushCampaignEvent(_Event, frozen=True, kw_only=True):
    """A push over many devices goes on: how many of them have ended, and how many of those not well."""

    tenant_id: UUID
    campaign_id: UUID
    state: CampaignState
    wave: int | None
    total: int
    ended: int
    failed: int
    error: str | None = None


class FirmwareProgressEvent(_Event, frozen=True, kw_only=True):
    """A rollout went on with one device."""

    tenant_id: UUID
    rollout_id: UUID
    state: Stage
    wave: int | None = None
    before: str | None = None
    target: str | None = None
    error_code: str | None = None
    error: str | None = None


class FirmwareRolloutEvent(_Event, frozen=True, kw_only=True):
    """A rollout went on as a whole: where it stands and why, and how many of its devices have ended, and how."""

    tenant_id: UUID
    rollout_id: UUID
    state: RolloutState
    wave: int | None
    total: int
    ended: int
    failed: int
    error: str | None = None


class Severity(StrEnum):
    """How bad what an alert tells is."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class _AlertEvent(_Event, frozen=True, kw_only=True):
    """What every event of an alert carries: which one it is, by which rule, and what is seen."""

    tenant_id: UUID
    alert_id: UUID
    rule: str
    severity: Severity
    summary: str
    value: float | None = None


class AlertFiredEvent(_AlertEvent, frozen=True, kw_only=True):
    """A rule's condition has held for as long as it must."""


class AlertResolvedEvent(_AlertEvent, frozen=True, kw_only=True):
    """An alert is over."""


DeviceEvent: TypeAlias = DeviceStatusEvent | DeviceMetricsEvent | DeviceInventoryEvent
"""What a poll says of a device."""

PushEvent: TypeAlias = ConfigPushEvent | ConfigPushCompletedEvent | PushRollbackEvent | PushAlertEvent
AlertEvent: TypeAlias = AlertFiredEvent | AlertResolvedEvent
RolloutEvent: TypeAlias = FirmwareProgressEvent | FirmwareRolloutEvent
OperationEvent: TypeAlias = DeviceChangedEvent | ErrandEvent | PushEvent | PushCampaignEvent | RolloutEvent

Event: TypeAlias = DeviceEvent | ConfigChangedEvent | PartitionFenceEvent | OperationEvent | AlertEvent

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Event] = msgspec.msgpack.Decoder(Event)


@dataclass(frozen=True, slots=True)
class Received:
    """An event as the stream delivered it, with its place in the stream and how often it was delivered.

    ``origin`` is its place when the stream first took it, where it was taken back from the dead letters since.
    """

    stream: str
    sequence: int
    subject: str
    event: Event
    deliveries: int = 1
    origin: int | None = None

    @property
    def accepted(self) -> int:
        """The sequence under which the stream first accepted the event: what a fence is compared with."""
        return self.sequence if self.origin is None else self.origin


def encode(event: Event) -> bytes:
    """Turn an event into bytes."""
    return _encoder.encode(event)


def decode(data: bytes) -> Event:
    """Turn bytes into an event, older schemas too, and pass over unknown fields; raises msgspec.DecodeError."""
    return _decoder.decode(data)
