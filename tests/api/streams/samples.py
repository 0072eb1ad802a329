"""Events of one tenant or another, as their stream gives them."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from bus import subjects
from bus.following import Heard
from fleet.changes import PushState
from fleet.device import State
from fleet.events import (
    AlertFiredEvent,
    ConfigPushEvent,
    DeviceMetricsEvent,
    DeviceStatusEvent,
    Event,
    FamilyRows,
    Severity,
    encode,
)
from fleet.families import Cycle
from fleet.identity import TenantId

AT = datetime(2026, 1, 5, 12, tzinfo=UTC)
NORTH, SOUTH = TenantId(UUID(int=1)), TenantId(UUID(int=2))


def device(number: int) -> UUID:
    return UUID(int=1000 + number)


def status(number: int, tenant: UUID = NORTH, state: State = State.UP) -> DeviceStatusEvent:
    return DeviceStatusEvent(tenant_id=tenant, device_id=device(number), at=AT, state=state)


def metrics(number: int, tenant: UUID = NORTH, value: float = 0.5) -> DeviceMetricsEvent:
    rows = FamilyRows("resource", ("cpu_load_ratio",), ((),), ((value,),))
    return DeviceMetricsEvent(tenant_id=tenant, device_id=device(number), at=AT, cycle=Cycle.FAST, families=(rows,))


def push(number: int, tenant: UUID = NORTH, state: PushState = PushState.APPLYING) -> ConfigPushEvent:
    return ConfigPushEvent(tenant_id=tenant, device_id=device(number), at=AT, change_id=UUID(int=number), state=state)


def alert(number: int, tenant: UUID = NORTH) -> AlertFiredEvent:
    return AlertFiredEvent(
        tenant_id=tenant,
        device_id=device(number),
        at=AT,
        alert_id=UUID(int=number),
        rule="down",
        severity=Severity.CRITICAL,
        summary="It does not answer.",
    )


def heard(sequence: int, event: Event) -> Heard:
    return Heard(sequence, subjects.of(event), encode(event))
