"""An errand: what the owner of a device is to do with it, once, and how that may end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid4

from fleet.errors import FleetError
from fleet.identity import DeviceId, TenantId
from fleet.operations import Operation, Outcome

LASTS = timedelta(days=1)
"""How long an errand waits for its device, unless it says so itself."""


class ErrandState(StrEnum):
    """Where an errand stands; a taken one that its owner lost is taken again by the next."""

    WAITING = "waiting"
    TAKEN = "taken"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"

    @property
    def over(self) -> bool:
        return self not in (ErrandState.WAITING, ErrandState.TAKEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What is to be done with a device, who asked, and until when it may wait.

    ``kind`` is a word such as ``config.backup``; ``detail`` holds no secret and no configuration. ``attempt`` counts
    how often it was begun, ``error`` says why it did not end well, or why it waits.
    """

    tenant_id: TenantId
    device_id: DeviceId
    kind: str
    by: str
    at: datetime
    expires_at: datetime
    request_id: str | None = None
    detail: Mapping[str, object] = field(default_factory=dict)
    id: UUID = field(default_factory=uuid4)
    state: ErrandState = ErrandState.WAITING
    epoch: int = 0
    attempt: int = 0
    not_before: datetime | None = None
    ended_at: datetime | None = None
    error: str | None = None

    def operation(self) -> Operation:
        """Tell of it as an operation that has not ended."""
        return Operation(
            id=self.id,
            tenant_id=self.tenant_id,
            device_id=self.device_id,
            kind=self.kind,
            by=self.by,
            at=self.at,
            outcome=Outcome.PENDING,
            request_id=self.request_id,
            detail=self.detail,
        )


@dataclass(frozen=True, slots=True)
class Ending:
    """How an errand ended, or (``WAITING`` or ``TAKEN``, with ``after``) that it is to be begun again later."""

    state: ErrandState
    error: str | None = None
    after: timedelta = timedelta(0)

    @classmethod
    def done(cls) -> Ending:
        return cls(ErrandState.DONE)

    @classmethod
    def failed(cls, error: FleetError | str) -> Ending:
        return cls(ErrandState.FAILED, str(error))

    @classmethod
    def later(cls, after: timedelta, why: FleetError | str) -> Ending:
        """Put it back; other errands on the device may go ahead meanwhile."""
        return cls(ErrandState.WAITING, str(why), after)

    @classmethod
    def held(cls, after: timedelta, why: FleetError | str) -> Ending:
        """Go on later with what has begun: nobody cancels it, and nothing else begins on the device meanwhile."""
        return cls(ErrandState.TAKEN, str(why), after)
