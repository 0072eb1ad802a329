"""What is to be stored of alerts: one deed for each change, which may be done twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid5

from fleet.alerts.amounts import amount, subject
from fleet.alerts.rule import Measure, Operator, Rule, Test
from fleet.identity import DeviceId

SPACE = UUID("5b0f6f0e-7c83-4a64-9d7c-0f3f2b3f5a10")
"""Alerts are known by rule, device, instance and begin, so that who judges twice finds the same alert."""


class Act(StrEnum):
    """What is done, in the order in which one alert can meet it.

    A note tells nobody anything: it is what an alerter must know that goes on from what is stored.
    """

    BEGIN = "begin"
    NOTE = "note"
    DROP = "drop"
    SUPPRESS = "suppress"
    FIRE = "fire"
    RESOLVE = "resolve"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """A change of one alert: ``key`` names the instance, ``since`` is its begin, ``seen`` by what it was judged."""

    act: Act
    rule: Rule
    device_id: DeviceId
    device: str
    key: str
    since: datetime
    at: datetime
    seen: datetime
    value: float | None = None
    turns: int = 0
    cause: DeviceId | None = None

    @property
    def alert_id(self) -> UUID:
        """The id of the alert, the same whoever makes it."""
        return uuid5(SPACE, f"{self.rule.id} {self.device_id} {self.key} {self.since.isoformat()}")

    @property
    def event_id(self) -> UUID:
        """The id of the event that tells of this, the same whoever tells it."""
        return uuid5(self.alert_id, self.act)

    @property
    def summary(self) -> str:
        """Say what is seen, in a line."""
        return summary(self.rule, self.device, self.key, self.value)


def summary(rule: Rule, device: str, key: str, value: float | None) -> str:
    """Say in a line what an alert stands for."""
    condition, which = rule.condition, f"{device} {key}" if key else device
    if condition.test is Test.STATE:
        return f"{which} is {' or '.join(condition.states)}."
    if condition.test is Test.ABSENT:
        return f"Nothing is heard of {condition.family + ' of ' if condition.family else ''}{which}."
    seen = "not told" if value is None else amount(condition, value)
    if condition.test is Test.BASELINE:
        unit = "spreads" if condition.measure is Measure.SPREADS else "times"
        return (
            f"{which}: {subject(condition)} is {seen} {unit} {condition.operator} what is usual"
            f" (rule: {condition.threshold:.6g})."
        )
    compared = "is" if condition.operator is Operator.IS else condition.operator.value
    return f"{which}: {subject(condition)} is {seen} (rule: {compared} {amount(condition, condition.threshold)})."
