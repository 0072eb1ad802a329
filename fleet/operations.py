"""What is done to devices: the outcome of an operation, and the record that is kept of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from fleet.identity import DeviceId, TenantId


class Outcome(StrEnum):
    """How an operation ended, or that it has not."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What was done to which device, by whom, when, with what outcome.

    ``kind`` is a word such as ``device.created``; ``detail`` names what changed and holds no secret and no
    configuration.
    """

    tenant_id: TenantId
    device_id: DeviceId | None
    kind: str
    by: str
    at: datetime
    outcome: Outcome = Outcome.DONE
    ended_at: datetime | None = None
    error: str | None = None
    request_id: str | None = None
    detail: Mapping[str, object] = field(default_factory=dict)
    id: UUID = field(default_factory=uuid4)
