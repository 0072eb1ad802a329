"""Rules, devices and events for the tests of alerts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from fleet.alerts.ground import Facts, Ground
from fleet.alerts.rule import Condition, Rule, Scope, Test
from fleet.device import State
from fleet.events import DeviceMetricsEvent, DeviceStatusEvent, FamilyRows, Severity
from fleet.families import Cycle
from fleet.identity import DeviceId, TenantId
from fleet.spans import Span

NORTH = TenantId(UUID(int=1))
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
CORE, EDGE, LEAF = (DeviceId(UUID(int=n)) for n in (11, 12, 13))
NAMES = {CORE: "core", EDGE: "edge", LEAF: "leaf"}


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def rule(number: int = 1, hold: float = 0, keep: float = 0, **given: Any) -> Rule:
    """A rule of CPU above 0.9, unless another condition is given by its fields."""
    usual: dict[str, Any] = {"test": Test.VALUE, "family": "resource", "field": "cpu_load_ratio", "threshold": 0.9}
    whole: dict[str, Any] = {"name": f"rule {number}", "severity": Severity.CRITICAL}
    for name in ("name", "scope", "version", "enabled"):
        if name in given:
            whole[name] = given.pop(name)
    whole |= {"hold": timedelta(seconds=hold), "keep": timedelta(seconds=keep)}
    return Rule(id=UUID(int=number), tenant_id=NORTH, condition=Condition(**(usual | given)), **whole)


DOWN = rule(2, test=Test.STATE, states=(State.DOWN,), name="device down")
STALE = rule(3, hold=300, test=Test.ABSENT, family="", name="device stale")


def ground(
    *rules: Rule,
    devices: Iterable[DeviceId] = (CORE, EDGE, LEAF),
    parents: Mapping[DeviceId, frozenset[DeviceId]] | None = None,
    windows: Mapping[DeviceId, tuple[Span, ...]] | None = None,
) -> Ground:
    facts = {one: Facts(NORTH, NAMES[one], frozenset({Scope()})) for one in devices}
    return Ground.of(rules, facts, parents or {}, windows or {})


def cpu(device: DeviceId, seconds: float, load: float | None) -> DeviceMetricsEvent:
    return rows(device, seconds, FamilyRows("resource", ("cpu_load_ratio",), ((),), ((load,),)))


def rows(device: DeviceId, seconds: float, *families: FamilyRows) -> DeviceMetricsEvent:
    return DeviceMetricsEvent(tenant_id=NORTH, device_id=device, at=at(seconds), cycle=Cycle.FAST, families=families)


def status(
    device: DeviceId, seconds: float, state: State, failing: bool = False, took: float | None = 0.1
) -> DeviceStatusEvent:
    """A status; it ``took`` no time where the device was not asked."""
    code = "unreachable" if failing or state is State.DOWN else None
    return DeviceStatusEvent(
        tenant_id=NORTH, device_id=device, at=at(seconds), state=state, error_code=code, duration_seconds=took
    )
