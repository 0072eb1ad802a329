"""The form of an alert rule: every measurement has a threshold in a unit that people write."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from dashboard import ruleform
from dashboard.forms import Field
from db.alertrules import RuleRow
from fleet.alerts.defaults import DEFAULTS
from fleet.alerts.rule import Rule, Test
from fleet.identity import TenantId
from routeros import collectors

FAMILIES = collectors.families()
EVERY = list(ruleform.measures(FAMILIES))
JUDGED = ruleform._judged(FAMILIES)


def shown(field: Field, chosen: dict[str, str]) -> bool:
    return all(chosen.get(name) in wanted for name, wanted in field.when.items())


@pytest.mark.parametrize("measure", EVERY, ids=lambda one: one.name)
def test_a_measurement_has_one_threshold_and_one_comparison(measure: ruleform.Measure) -> None:
    chosen = {"condition.test": Test.VALUE.value, "condition": measure.sent}
    names = [field.name for field in JUDGED if shown(field, chosen)]
    assert names.count("condition.threshold") == 1
    assert names.count("condition.operator") == 1
    assert names.count("condition.clear") == (0 if measure.states else 1)
    assert "condition.over_seconds" not in names


def test_what_is_free_may_be_compared_as_a_share() -> None:
    share = next(one for one in EVERY if json.loads(one.sent)["share_of"] == "memory_total_bytes")
    assert (share.unit, json.loads(share.sent)["field"]) == ("ratio", "memory_free_bytes")


@pytest.mark.parametrize("test", [one for one in Test if one is not Test.VALUE], ids=str)
def test_another_test_asks_for_its_own(test: Test) -> None:
    names = {
        field.name for field in JUDGED if shown(field, {"condition.test": test.value, "condition": EVERY[0].sent})
    }
    limits = {"condition.operator", "condition.threshold", "condition.clear"}
    wanted = {
        Test.RATE: {"condition", *limits, "condition.over_seconds"},
        Test.CHANGES: {"condition", *limits, "condition.over_seconds"},
        Test.STATE: {"condition.states"},
        Test.ABSENT: {"condition.family"},
        Test.FACT: {"condition.field", *limits},
        Test.BASELINE: {"condition", *limits, "condition.measure"},
    }
    assert names == wanted[test]


@pytest.mark.parametrize("given", DEFAULTS, ids=lambda one: one.name)
def test_a_row_tells_all_that_the_form_asks_for(given: object) -> None:
    """What a row says of its rule is what the form has choices for."""
    default = next(one for one in DEFAULTS if one is given)
    rule = Rule(
        id=uuid4(),
        tenant_id=TenantId(uuid4()),
        name=default.name,
        condition=default.condition,
        severity=default.severity,
        hold=default.hold,
        keep=default.keep,
    )
    facts = ruleform.facts(RuleRow(rule, "flotilla", datetime(2026, 1, 1, tzinfo=UTC)))
    assert facts["measure"] in {"", *(one.sent for one in EVERY)}
    assert float(str(facts["threshold"])) == pytest.approx(default.condition.threshold)
    assert set(ruleform.BLANK) <= set(facts)
