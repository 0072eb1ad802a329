"""Subjects name kind, tenant and device, and can be read back."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from bus import subjects
from fleet.device import State
from fleet.events import DeviceInventoryEvent, DeviceMetricsEvent, DeviceStatusEvent
from fleet.families import Cycle
from fleet.identity import TenantId

TENANT = UUID("00000000-0000-0000-0000-00000000000a")
DEVICE = UUID("00000000-0000-0000-0000-00000000000b")
AT = datetime(2026, 1, 5, tzinfo=UTC)


def test_a_status_goes_to_the_subject_of_its_tenant_and_device() -> None:
    event = DeviceStatusEvent(tenant_id=TENANT, device_id=DEVICE, at=AT, state=State.UP)
    assert subjects.of(event) == f"device.status.{TENANT}.{DEVICE}"


@pytest.mark.parametrize("cycle", list(Cycle))
def test_metrics_go_to_the_subject_of_their_cycle(cycle: Cycle) -> None:
    event = DeviceMetricsEvent(tenant_id=TENANT, device_id=DEVICE, at=AT, cycle=cycle, families=())
    assert subjects.of(event) == f"device.metrics.{cycle.value}.{TENANT}.{DEVICE}"


def test_what_a_device_has_goes_to_a_subject_of_its_own() -> None:
    event = DeviceInventoryEvent(tenant_id=TENANT, device_id=DEVICE, at=AT, kinds=())
    assert subjects.of(event) == f"device.inventory.{TENANT}.{DEVICE}"


def test_a_subject_survives_the_round_trip() -> None:
    text = f"device.metrics.fast.{TENANT}.{DEVICE}"
    parsed = subjects.parse(text)
    assert (parsed.kind, parsed.tenant_id, parsed.device_id) == ("device.metrics.fast", TENANT, DEVICE)
    assert str(parsed) == text


@pytest.mark.parametrize("text", ["", "device.status", "device.status.x.y", f"device.status.{TENANT}"])
def test_what_names_no_device_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no subject"):
        subjects.parse(text)


def test_a_tenant_is_filtered_by_its_token() -> None:
    assert subjects.of_tenant("device.status", TenantId(TENANT)) == f"device.status.{TENANT}.>"
