"""What is told of each event, as JSON: one schema for each topic, which OpenAPI shows as well."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias
from uuid import UUID

import msgspec
from pydantic import Field

from api.resource import Answer
from api.streams.topics import Topic
from fleet.breaker import Position
from fleet.campaigns import CampaignState
from fleet.changes import PushState, Step
from fleet.device import State
from fleet.events import (
    AlertFiredEvent,
    AlertResolvedEvent,
    DeviceMetricsEvent,
    Event,
    FamilyRows,
    Severity,
)
from fleet.families import Cycle, Family, Value
from fleet.rollouts.states import RolloutState, Stage

Families: TypeAlias = Mapping[str, Family]


class Happening(Answer):
    """What is told of every event; times are in UTC."""

    event_id: UUID = Field(description="The same event never has another.")
    tenant_id: UUID
    device_id: UUID | None = Field(description="Null for what is no device's.")
    at: datetime = Field(description="When it happened.")
    request_id: str | None = Field(description="The request that caused it, where one did.")


class PollOutcome(Answer):
    """How a poll went."""

    state: State
    attempt: int = Field(description="1, or how often in a row it was tried.")
    error_code: str | None
    error: str | None
    breaker: Position = Field(description="Open while it is asked less often because it fails.")
    next_attempt: datetime | None
    uptime_seconds: float | None
    duration_seconds: float | None = Field(description="How long the poll took.")


class DeviceStatus(Happening, PollOutcome):
    """What a poll found a device to be, where that is news (topic `device_status`)."""

    identity: str | None
    version: str | None
    model: str | None
    serial: str | None


class Row(Answer):
    """One instance of a family: its labels, and its values by column."""

    labels: dict[str, str]
    values: dict[str, float | int | str | None] = Field(description="A state is its word.")


class MetricUpdate(Happening):
    """What one poll measured of a device (topic `metric_update`); it is not told again."""

    cycle: Cycle
    families: dict[str, list[Row]]
    outcome: PollOutcome | None = Field(description="Null where the poll has a `device_status` of its own.")


class AlertState(StrEnum):
    """Whether an alert stands."""

    FIRED = "fired"
    RESOLVED = "resolved"


class AlertFired(Happening):
    """An alert stands, or stands no more (topic `alert_fired`)."""

    alert_id: UUID
    state: AlertState
    rule: str
    severity: Severity
    summary: str
    value: float | None


class ConfigPush(Happening):
    """A push goes on, ends, is taken back, needs a person, or many of them go on (topic `config_push`)."""

    change_id: UUID | None = Field(description="The push to one device; null where many are meant.")
    step: Step | None = Field(description="The step that has just begun; of many operations some are told.")
    number: int | None = Field(description="Which operation it is, from 1 on.")
    campaign_id: UUID | None = Field(description="The push over many devices; null for one to a single device.")
    state: PushState | CampaignState
    wave: int | None = Field(description="Which wave of many devices has its turn, from 0 on.")
    total: int | None = Field(description="How many devices there are.")
    ended: int | None = Field(description="How many of them have ended.")
    failed: int | None = Field(description="How many of those did not end well.")
    error_code: str | None
    error: str | None


class FirmwareProgress(Happening):
    """A rollout went on, with one device or as a whole (topic `firmware_progress`)."""

    rollout_id: UUID
    state: Stage | RolloutState = Field(description="The device's stage; of a whole rollout, where that stands.")
    wave: int | None
    total: int | None = Field(description="How many devices the rollout has; null for what is told of one.")
    ended: int | None = Field(description="How many of them have ended.")
    failed: int | None = Field(description="How many of those failed or were lost.")
    before: str | None = Field(description="The version that the device had.")
    target: str | None = Field(description="The version that it is to have.")
    error_code: str | None
    error: str | None = Field(description="What went wrong with the device, or why the rollout is paused or over.")


class Reason(StrEnum):
    """Why something was not told."""

    RESUMED = "resumed"
    SLOW = "slow"
    EXPIRED = "expired"
    MANY = "many"
    UNKNOWN = "unknown"


class Resync(Answer):
    """Some events of these topics were not told: read by REST what they are about (event `resync`).

    `resumed`: what was measured while you were away is not told again. `slow`: you read slower than devices were
    polled. `expired`: what followed the id is not kept any more. `many`: more has happened since than is told again.
    `unknown`: the id is none of ours, or of a former stream.
    """

    reason: Reason
    topics: list[Topic]


EVERY: Mapping[Topic, type[Happening]] = {
    Topic.DEVICE_STATUS: DeviceStatus,
    Topic.METRIC_UPDATE: MetricUpdate,
    Topic.ALERT_FIRED: AlertFired,
    Topic.CONFIG_PUSH: ConfigPush,
    Topic.FIRMWARE_PROGRESS: FirmwareProgress,
}

_ALERTS: Mapping[type[Event], AlertState] = {
    AlertFiredEvent: AlertState.FIRED,
    AlertResolvedEvent: AlertState.RESOLVED,
}


def told(topic: Topic, event: Event, families: Families) -> Happening:
    """Tell an event of a topic."""
    kind = EVERY[topic]
    given: dict[str, Any] = {name: getattr(event, name, None) for name in kind.model_fields}
    if isinstance(event, DeviceMetricsEvent):
        known = (rows for rows in event.families if rows.family in families)
        given["families"] = {rows.family: _rows(families[rows.family], rows) for rows in known}
        given["outcome"] = event.outcome and PollOutcome.model_construct(**msgspec.structs.asdict(event.outcome))
    if isinstance(event, AlertFiredEvent | AlertResolvedEvent):
        given["state"] = _ALERTS[type(event)]
    return kind.model_construct(**given)


def _rows(family: Family, rows: FamilyRows) -> list[Row]:
    words = {field.columns[0].name: field.states for field in family.fields if field.states}
    named = [(name, words.get(name)) for name in rows.columns]
    return [
        Row.model_construct(
            labels=dict(zip(family.labels, labels, strict=True)),
            values={name: _word(states, value) for (name, states), value in zip(named, values, strict=True)},
        )
        for labels, values in zip(rows.labels, rows.values, strict=True)
    ]


def _word(states: tuple[str, ...] | None, value: Value) -> float | int | str | None:
    """Tell a state by its word; a place for which this version has none is nothing."""
    if states is None or value is None:
        return value
    return states[int(value)] if 0 <= value < len(states) else None
