"""A rollout is told at the command line: each thing once, pauses with their reason, and the end."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from cluster.rolloutstory import Story
from fleet.events import Event, FirmwareProgressEvent, FirmwareRolloutEvent
from fleet.rollouts.states import RolloutState, Stage

TENANT, ROLLOUT, CORE = UUID(int=1), UUID(int=2), UUID(int=3)
AT = datetime(2026, 1, 5, tzinfo=UTC)


def device(stage: Stage, rollout_id: UUID = ROLLOUT, error: str | None = None) -> Event:
    own = {"tenant_id": TENANT, "device_id": CORE, "at": AT, "rollout_id": rollout_id, "target": "7.24.4"}
    return FirmwareProgressEvent(**own, state=stage, error=error)  # type: ignore[arg-type]


def whole(state: RolloutState, ended: int, failed: int = 0, error: str | None = None) -> Event:
    own: dict[str, Any] = {"tenant_id": TENANT, "at": AT, "rollout_id": ROLLOUT, "wave": None, "total": 3}
    return FirmwareRolloutEvent(**own, state=state, ended=ended, failed=failed, error=error)


@pytest.mark.parametrize("as_json", [False, True])
def test_each_thing_is_told_once_until_the_end(as_json: bool) -> None:
    said: list[str] = []
    story = Story(ROLLOUT, {CORE: "core-1"}, said.append, as_json)
    for event in (
        whole(RolloutState.RUNNING, 0),
        whole(RolloutState.RUNNING, 0),
        device(Stage.INSTALLING, UUID(int=9)),
        device(Stage.INSTALLING),
        device(Stage.FAILED, error="It came back with 7.16."),
        whole(RolloutState.PAUSED, 1, 1, "Look at it."),
    ):
        story.hear(event)
    assert not story.over.is_set()
    story.hear(whole(RolloutState.ABORTED, 3, 1))
    assert story.over.is_set()
    if as_json:
        told = [json.loads(line) for line in said]
        assert [one.get("state", one.get("stage")) for one in told] == [
            *("running", "installing", "failed", "paused", "aborted")
        ]
        assert told[3] == {"state": "paused", "total": 3, "ended": 1, "failed": 1, "why": "Look at it."}
    else:
        assert said == [
            "running: 0 of 3 ended",
            "core-1 installing for 7.24.4",
            "core-1 failed for 7.24.4: It came back with 7.16.",
            "paused: 1 of 3 ended, 1 of them not well. Look at it.",
            "aborted: 3 of 3 ended, 1 of them not well",
        ]
