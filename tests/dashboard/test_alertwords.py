"""Rules in words, with the units of what they compare, and where an alert is seen on a chart."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from dashboard import alertwords
from fleet.alerts.defaults import DEFAULTS
from fleet.alerts.rule import Condition, Operator, Rule, Test
from fleet.device import State
from fleet.events import Severity
from fleet.identity import TenantId
from routeros import collectors
from tests.dashboard.test_alertlist import ONE, alert
from tests.fixtures.web import NOW

FAMILIES = collectors.families()
GIVEN = {one.name: one.condition for one in DEFAULTS}


def made(condition: Condition, **facts: timedelta) -> Rule:
    return Rule(
        id=uuid4(),
        tenant_id=TenantId(uuid4()),
        name="a rule",
        condition=condition,
        severity=Severity.WARNING,
        **facts,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("device down", "The device is down"),
        ("device stale", "Nothing is heard of the device"),
        ("CPU busy", "CPU load above 90 %"),
        ("memory short", "Free memory below 10 % of memory"),
        ("hot", "Temperature above 75 °C"),
        ("sensor failed", "Sensor's status is "),
        ("signal weak", "Mean signal below −80 dBm"),
        ("clients lost", "The change of clients below −2 clients/min within 10 min"),
        ("receive errors", "Receive errors above 10 errors/s"),
        ("link flapping", "Link changes more than 5 times within 10 min"),
        ("backup overdue", "Periods since the last whole backup above 2"),
        ("configuration changed outside", "The configuration was changed outside Flotilla within the last day"),
    ],
)
def test_a_condition_is_said_in_words(name: str, words: str) -> None:
    assert alertwords.compared(FAMILIES, GIVEN[name]).startswith(words)


def test_what_is_not_known_any_more_is_said_as_it_is() -> None:
    gone = Condition(test=Test.VALUE, family="gone", field="some_ratio", threshold=0.5)
    assert alertwords.compared(FAMILIES, gone) == "gone some ratio above 0.5"
    assert alertwords.value(FAMILIES, gone, None) == "–"


def test_a_state_is_told_by_its_word() -> None:
    link = Condition(test=Test.VALUE, family="interfaces", field="link", operator=Operator.IS, threshold=0)
    assert alertwords.value(FAMILIES, link, 0) == "down"
    assert alertwords.compared(FAMILIES, link) == "Link is down"
    down = Condition(test=Test.STATE, states=(State.DOWN, State.DEGRADED))
    assert alertwords.compared(FAMILIES, down) == "The device is down or degraded"


def test_the_end_is_told_where_it_is_another_than_the_begin() -> None:
    busy = made(GIVEN["CPU busy"], keep=timedelta(minutes=2))
    assert alertwords.ending(FAMILIES, busy) == "below 80 % for 2 min"
    assert alertwords.ending(FAMILIES, made(GIVEN["device down"])) == ""


def test_the_chart_is_that_of_the_family_at_the_time_of_the_alert() -> None:
    now, errors = NOW, made(GIVEN["receive errors"])
    lately = replace(alert(ONE), key="ether1")
    began = lately.since.strftime("%Y-%m-%dT%H%%3A%M%%3A%SZ")
    assert alertwords.chart(lately, errors, now) == f"device/{ONE}/interfaces?at={began}&if=ether1"
    long_ago = replace(lately, since=now - timedelta(days=30))
    told = alertwords.chart(long_ago, errors, now)
    assert "from=" in told
    assert "to=" in told
