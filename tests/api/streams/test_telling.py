"""What is told of an event is what its declared schema says, and holds what the event holds."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest

from api.streams import telling, topics
from api.streams.telling import EVERY, Happening, PollOutcome
from api.streams.topics import Topic
from fleet.breaker import Position
from fleet.campaigns import CampaignState
from fleet.device import State
from fleet.events import (
    AlertResolvedEvent,
    ConfigPushCompletedEvent,
    Event,
    FamilyRows,
    FirmwareProgressEvent,
    FirmwareRolloutEvent,
    Outcome,
    PushAlertEvent,
    PushCampaignEvent,
    PushRollbackEvent,
    decode,
    encode,
)
from fleet.rollouts.states import RolloutState, Stage
from routeros import collectors
from tests.api.streams.samples import AT, NORTH, alert, device, metrics, push, status

ROLLOUT = FirmwareRolloutEvent(
    tenant_id=NORTH,
    at=AT,
    rollout_id=UUID(int=4),
    state=RolloutState.PAUSED,
    wave=1,
    total=9,
    ended=3,
    failed=2,
    error="2 of 3 devices did not come through.",
)
FIRMWARE = FirmwareProgressEvent(tenant_id=NORTH, at=AT, rollout_id=UUID(int=4), state=Stage.INSTALLING)
CAMPAIGN = PushCampaignEvent(
    tenant_id=NORTH, at=AT, campaign_id=UUID(int=5), state=CampaignState.STOPPED, wave=1, total=9, ended=3, failed=2
)
PUSHED = {name: getattr(push(1), name) for name in push(1).__struct_fields__}
ALERTED = {name: getattr(alert(1), name) for name in alert(1).__struct_fields__}
SAMPLES: dict[Event, Topic] = {
    status(1): Topic.DEVICE_STATUS,
    metrics(1): Topic.METRIC_UPDATE,
    push(1): Topic.CONFIG_PUSH,
    ConfigPushCompletedEvent(**PUSHED): Topic.CONFIG_PUSH,
    PushRollbackEvent(**PUSHED): Topic.CONFIG_PUSH,
    PushAlertEvent(**PUSHED): Topic.CONFIG_PUSH,
    CAMPAIGN: Topic.CONFIG_PUSH,
    FIRMWARE: Topic.FIRMWARE_PROGRESS,
    ROLLOUT: Topic.FIRMWARE_PROGRESS,
    alert(1): Topic.ALERT_FIRED,
    AlertResolvedEvent(**ALERTED): Topic.ALERT_FIRED,
}


def written(event: Event) -> dict[str, Any]:
    topic = topics.of(event)
    assert topic is not None
    found: dict[str, Any] = json.loads(telling.told(topic, event, collectors.families()).model_dump_json())
    return found


@pytest.mark.parametrize("event", SAMPLES, ids=lambda event: type(event).__name__)
def test_an_event_is_told_as_its_schema_says(event: Event) -> None:
    topic = SAMPLES[event]
    assert topics.of(decode(encode(event))) is topic
    told = written(event)
    kind: type[Happening] = EVERY[topic]
    assert set(told) == set(kind.model_fields)
    assert json.loads(kind.model_validate(told).model_dump_json()) == told


def test_times_are_in_utc() -> None:
    assert datetime.fromisoformat(written(status(1))["at"]) == AT
    assert written(status(1))["at"].endswith("Z")


def test_an_alert_says_whether_it_stands() -> None:
    assert written(alert(1))["state"] == "fired"
    assert written(AlertResolvedEvent(**ALERTED))["state"] == "resolved"


def test_what_is_no_devices_is_told_of_none() -> None:
    assert written(FIRMWARE)["device_id"] is None
    whole = written(ROLLOUT)
    assert (whole["device_id"], whole["state"], whole["failed"], whole["error"][:4]) == (None, "paused", 2, "2 of")
    assert written(push(3))["device_id"] == str(device(3))
    told = written(CAMPAIGN)
    assert (told["device_id"], told["change_id"], told["state"], told["failed"]) == (None, None, "stopped", 2)


def test_values_stand_by_label_and_column_and_a_state_is_a_word() -> None:
    families = collectors.families()
    family, field = next((family, field) for family in families.values() for field in family.fields if field.states)
    labels = tuple(f"label {n}" for n in range(len(family.labels)))
    rows = FamilyRows(family.name, (field.name,), (labels,) * 3, ((0,), (None,), (len(field.states),)))
    told = written(msgspec.structs.replace(metrics(1), families=(rows,)))
    (found,) = told["families"].values()
    assert found[0]["labels"] == dict(zip(family.labels, labels, strict=True))
    assert [row["values"] for row in found] == [{field.name: word} for word in (field.states[0], None, None)]


def test_a_poll_without_a_status_of_its_own_tells_how_it_went() -> None:
    outcome = Outcome(State.UP, 1, None, None, Position.CLOSED, None, 86400.0, 0.25)
    told = written(msgspec.structs.replace(metrics(1), outcome=outcome))["outcome"]
    assert (told["state"], told["breaker"], told["uptime_seconds"]) == ("up", "closed", 86400.0)
    assert PollOutcome.model_validate(told)
    assert written(metrics(1))["outcome"] is None


def test_a_family_that_is_unknown_here_is_left_out() -> None:
    rows = FamilyRows("a_later_version", ("x",), ((),), ((1,),))
    assert written(msgspec.structs.replace(metrics(1), families=(rows,)))["families"] == {}
