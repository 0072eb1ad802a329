"""Marks of what rollouts did: from the beginning of an install to its end, in words of what came of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from dashboard import upgrades
from dashboard.timemarks import Mark, What
from db.rolloutmarks import Deed, Going
from fleet.identity import DeviceId
from fleet.rollouts import Result, Stage, Step

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
ONE, TWO = DeviceId(UUID(int=1)), DeviceId(UUID(int=2))


def deed(minute: int, stage: Stage, result: Result | None = None, device: DeviceId = ONE, **detail: Any) -> Deed:
    step = Step.BOOT if stage is Stage.ROUTERBOOT else Step.INSTALL
    return Deed(UUID(int=9), "spring", device, NOON + timedelta(minutes=minute), step, stage, result, detail)


def test_an_install_is_one_mark_from_its_beginning_to_its_end() -> None:
    found = [
        deed(0, Stage.INSTALLING, **{"from": "7.16", "to": "7.24.4"}),
        deed(1, Stage.REBOOTING),
        deed(4, Stage.VERIFYING),
        deed(6, Stage.ROUTERBOOT, Result.DONE),
        deed(7, Stage.ROUTERBOOT, **{"from": "7.16", "to": "7.24.4"}),
        deed(9, Stage.DONE, Result.DONE),
    ]
    assert upgrades.marks(found) == [
        Mark(What.UPGRADE, NOON, "Upgrade 7.16 → 7.24.4 done, by rollout “spring”", NOON + timedelta(minutes=6)),
        Mark(
            What.UPGRADE,
            NOON + timedelta(minutes=7),
            "Boot firmware 7.16 → 7.24.4 done, by rollout “spring”",
            NOON + timedelta(minutes=9),
        ),
    ]


def test_what_failed_says_so_and_what_goes_on_has_no_end() -> None:
    found = [
        deed(5, Stage.INSTALLING, to="7.24.4"),
        deed(9, Stage.FAILED, Result.FAILED, reason="It runs 7.16."),
        deed(0, Stage.INSTALLING, device=TWO, to="7.24.4"),
    ]
    first, second = upgrades.marks(found, {ONE: "core-1", TWO: "core-2"})
    assert (first.text, first.until) == ("core-2: Upgrade to 7.24.4 under way, by rollout “spring”", None)
    assert second.text == "core-1: Upgrade to 7.24.4 failed, by rollout “spring”"


def test_a_rollout_as_a_whole_lasts_until_it_ended_or_until_now() -> None:
    now = NOON + timedelta(hours=1)
    going = [
        Going(UUID(int=2), "b", "7.24.4", NOON, None),
        Going(UUID(int=1), "a", "7.16", NOON - timedelta(1), NOON),
    ]
    assert [(mark.text, mark.until) for mark in upgrades.spans(going, now)] == [
        ("Rollout “a” to 7.16", NOON),
        ("Rollout “b” to 7.24.4", now),
    ]
