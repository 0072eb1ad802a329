"""What an alert rule would have raised in the last days, before it is made or changed."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from pydantic import Field

from api.alertwishes import NewAlertRule
from api.resource import TENANT, Answer, Asked, Given, Resource, Route
from api.resources.alertrules import reader
from db import alertreplay, alertrules
from db.alertreplay import LONGEST, Budget, Found
from db.ranges import Range
from fleet.alerts.rule import Rule
from fleet.errors import BadInput, NotFound
from fleet.identity import Scope as Right

SECONDS = 10.0
"""How long a test may read."""

RATE = 0.5, 30
"""Tests of a tenant: so many a second, and so many at once."""


class AlertRuleTest(Given):
    """A rule that the tenant has, or one that it might have: one of them."""

    rule_id: UUID | None = Field(None, description="A rule that there is, enabled or not.")
    rule: NewAlertRule | None = Field(None, description="A rule as it would be made.")
    days: int = Field(7, ge=1, le=LONGEST, description="How far to look back.")


class AlertFiring(Answer):
    """A time in which an alert would have stood."""

    device_id: UUID
    device: str
    key: str = Field(description="Which one of the device, as an interface; empty where it has but one.")
    start: datetime = Field(serialization_alias="from", description="When it would have begun to stand.")
    end: datetime | None = Field(serialization_alias="to", description="Null where it would stand now.")
    value: float | None = Field(description="What was read then.")


class AlertRuleTested(Answer):
    """What the rule would have raised. What other devices explain is counted, what maintenance covers is not."""

    days: int
    since: datetime = Field(description="What is known begins here: later than asked where nothing older is kept.")
    devices: int = Field(description="Devices that were judged.")
    fired: int = Field(description="How often an alert would have stood.")
    firings: list[AlertFiring] = Field(description=f"The newest, at most {alertreplay.SHOWN}.")
    coarse: bool = Field(description="A part is known by means of five minutes or an hour alone.")
    cut: bool = Field(description="Devices are left out, for it would have taken too long.")


def test(asked: Asked[AlertRuleTest]) -> AlertRuleTested:
    """Try a rule on the past."""
    rule = _rule(asked)
    asked.limit("alert-tests", *RATE)
    spanned = Range(asked.now - timedelta(days=asked.given.days), asked.now)
    found = alertreplay.run(asked.session, asked.families, rule, spanned, Budget(SECONDS))
    return AlertRuleTested(
        days=asked.given.days,
        since=found.since,
        devices=found.devices,
        fired=found.fired,
        firings=[_firing(one) for one in found.firings],
        coarse=found.coarse,
        cut=found.cut,
    )


def _rule(asked: Asked[AlertRuleTest]) -> Rule:
    """Find the rule that is meant; raises BadInput where it is not said which."""
    wish = asked.given
    if wish.rule is not None and wish.rule_id is None:
        return reader(asked).made(wish.rule)
    if wish.rule is None and wish.rule_id is not None:
        return alertrules.one(asked.session, wish.rule_id).rule
    raise BadInput("It is not said which rule is tried.", "Give `rule_id`, or a whole `rule`.")


def _firing(one: Found) -> AlertFiring:
    firing = one.firing
    return AlertFiring(
        device_id=one.device_id,
        device=one.device,
        key=one.key,
        start=firing.at,
        end=firing.until,
        value=firing.value,
    )


resource = Resource(
    name="alerttests",
    about="What an alert rule would have raised.",
    routes=(
        Route(
            path=f"{TENANT}/alert-rules/test",
            method="POST",
            changes=False,
            summary="What an alert rule would have raised in the last days",
            takes=AlertRuleTest,
            answer=AlertRuleTested,
            scope=Right.METRICS_READ,
            raises=(NotFound,),
            handler=test,
        ),
    ),
)
