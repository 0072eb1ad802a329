"""The rules that a tenant begins with. They are rows like all others: a tenant changes them, or turns them off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from fleet.alerts.rule import Condition, Operator, Test
from fleet.device import State
from fleet.events import Severity

BY: Final = "flotilla"
"""Who made them."""

_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Default:
    """A rule without a tenant."""

    name: str
    severity: Severity
    condition: Condition
    hold: timedelta = timedelta(0)
    keep: timedelta = timedelta(0)
    enabled: bool = True


def _value(family: str, field: str, threshold: float, clear: float, share_of: str = "") -> Condition:
    """Compare a field; it is too high or too low by the side of the threshold on which it is well again."""
    operator = Operator.ABOVE if clear < threshold else Operator.BELOW
    return Condition(
        test=Test.VALUE,
        family=family,
        field=field,
        share_of=share_of,
        operator=operator,
        threshold=threshold,
        clear=clear,
    )


def _clients_lost() -> Condition:
    lost = {"operator": Operator.BELOW, "threshold": -20 / 600, "over_seconds": 600.0}
    return Condition(test=Test.RATE, family="wireless", field="clients", **lost)  # type: ignore[arg-type]


def _flapping() -> Condition:
    changes = {"threshold": 5, "over_seconds": 600.0}
    return Condition(test=Test.CHANGES, family="interfaces", field="link", **changes)  # type: ignore[arg-type]


def _fact(name: str, threshold: float) -> Condition:
    return Condition(test=Test.FACT, field=name, threshold=threshold)


DEFAULTS: Final[Sequence[Default]] = (
    Default("device down", Severity.CRITICAL, Condition(test=Test.STATE, states=(State.DOWN,))),
    Default("device stale", Severity.WARNING, Condition(test=Test.ABSENT), 5 * _MINUTE),
    Default(
        "device degraded",
        Severity.WARNING,
        Condition(test=Test.STATE, states=(State.DEGRADED,)),
        10 * _MINUTE,
        2 * _MINUTE,
    ),
    Default("CPU busy", Severity.WARNING, _value("resource", "cpu_load_ratio", 0.9, 0.8), 10 * _MINUTE),
    Default(
        "memory short",
        Severity.WARNING,
        _value("resource", "memory_free_bytes", 0.1, 0.15, "memory_total_bytes"),
        10 * _MINUTE,
    ),
    Default(
        "disk short",
        Severity.WARNING,
        _value("resource", "disk_free_bytes", 0.1, 0.15, "disk_total_bytes"),
        15 * _MINUTE,
    ),
    Default("hot", Severity.WARNING, _value("health", "temperature_celsius", 75, 70), 5 * _MINUTE),
    Default("CPU hot", Severity.WARNING, _value("health", "cpu_temperature_celsius", 90, 85), 5 * _MINUTE),
    Default(
        "sensor failed",
        Severity.CRITICAL,
        Condition(test=Test.VALUE, family="health", field="status", operator=Operator.IS, threshold=0),
        2 * _MINUTE,
    ),
    *(
        Default(name, Severity.WARNING, _value("interfaces", field, 10, 1), 5 * _MINUTE, 2 * _MINUTE)
        for name, field in (("receive errors", "rx_errors_rate"), ("send errors", "tx_errors_rate"))
    ),
    Default("signal weak", Severity.INFO, _value("wireless", "signal_dbm", -80, -75), 15 * _MINUTE),
    Default("clients lost", Severity.WARNING, _clients_lost()),
    Default(
        "CPU unusual",
        Severity.INFO,
        Condition(test=Test.BASELINE, family="resource", field="cpu_load_ratio", threshold=4, clear=2),
        15 * _MINUTE,
        5 * _MINUTE,
        enabled=False,
    ),
    Default("link flapping", Severity.WARNING, _flapping(), keep=10 * _MINUTE),
    Default("backup overdue", Severity.WARNING, _fact("backup_overdue_periods", 2)),
    Default("backup failing", Severity.WARNING, _fact("backup_failures", 2)),
    Default("configuration changed outside", Severity.INFO, _fact("config_changed_outside", 0)),
    Default("firmware behind", Severity.INFO, _fact("firmware_behind", 0), enabled=False),
    Default("known holes", Severity.WARNING, _fact("firmware_holes", 0), enabled=False),
)
