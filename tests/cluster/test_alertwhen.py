"""A condition in a line is read as it is written."""

from __future__ import annotations

import pytest

from api.alertwishes import AlertCondition
from cluster import alertwhen
from fleet.alerts.defaults import DEFAULTS
from fleet.alerts.rule import Condition
from fleet.errors import BadInput


@pytest.mark.parametrize("given", DEFAULTS, ids=lambda one: one.name)
def test_the_conditions_of_the_first_rules_survive_the_round_trip(given: object) -> None:
    condition = getattr(given, "condition")  # noqa: B009
    read = AlertCondition.model_validate(alertwhen.read(alertwhen.write(condition))).model_dump()
    back = Condition(**read | {"states": tuple(read["states"]), "clear": condition.clear})
    assert back == condition


@pytest.mark.parametrize(
    "text",
    [
        "",
        "busy",
        "resource > 1",
        "resource.cpu ~ 1",
        "resource.cpu > --1",
        "rate of a.b > 1",
        "a.b > 1 over 5m",
        "up or",
    ],
)
def test_what_is_no_condition_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        alertwhen.read(text)
    assert "resource.cpu_load_ratio > 0.9" in caught.value.next_step
