"""Values of rules in words."""

from __future__ import annotations

import pytest

from fleet.alerts.amounts import amount, subject
from fleet.alerts.rule import Condition, Test

MEMORY = Condition(test=Test.VALUE, family="resource", field="memory_free_bytes", share_of="memory_total_bytes")
CPU = Condition(test=Test.VALUE, family="resource", field="cpu_load_ratio")
HOT = Condition(test=Test.VALUE, family="health", field="temperature_celsius")
CLIENTS = Condition(test=Test.RATE, family="wireless", field="clients", over_seconds=600)


@pytest.mark.parametrize(
    ("condition", "value", "words"),
    [
        (MEMORY, 0.08812345, "memory free of memory total is 8.81 %"),
        (CPU, 0.9, "cpu load is 90 %"),
        (CPU, 1.0, "cpu load is 100 %"),
        (HOT, 75.5, "temperature is 75.5 °C"),
        (CLIENTS, -0.05, "the change of clients is -0.05 /s"),
    ],
)
def test_a_value_has_its_unit_and_a_share_is_in_per_cent(condition: Condition, value: float, words: str) -> None:
    assert f"{subject(condition)} is {amount(condition, value)}" == words
