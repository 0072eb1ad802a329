"""What is known of one device: its state, why it is so, and what it said of itself; and what of that is news."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from fleet.breaker import Position
from fleet.device import Device, State
from fleet.errors import FleetError
from fleet.events import DeviceStatusEvent, Outcome

FACTS = ("identity", "version", "model", "serial")

_Word: TypeAlias = tuple[object, ...]


@dataclass(slots=True)
class Finding:
    """The last state and its error, and what outlives a poll: facts, uptime, and when the device is asked next."""

    state: State | None = None
    error: FleetError | None = None
    facts: dict[str, str] = field(default_factory=dict)
    uptime: float | None = None
    next_attempt: datetime | None = None
    _told: _Word | None = None

    def outcome(self, attempt: int, breaker: Position, seconds: float) -> Outcome:
        """Sum up the poll that found this; ``seconds`` is 0 where nothing was asked."""
        return Outcome(
            state=self.state or State.STALE,
            attempt=attempt,
            error_code=self.error.code if self.error else None,
            error=str(self.error) if self.error else None,
            breaker=breaker,
            next_attempt=self.next_attempt,
            uptime_seconds=self.uptime,
            duration_seconds=seconds or None,
        )

    def is_told(self, outcome: Outcome, epoch: int) -> bool:
        """Tell whether the last status said all that is known now; times and spans are always new.

        What was said under an older epoch may stand behind a fence, and counts as not said.
        """
        return self._told == _word(outcome, epoch, self.facts)

    def status(self, device: Device, epoch: int, at: datetime, outcome: Outcome) -> DeviceStatusEvent:
        """Make it a status, which is told from now on."""
        self._told = _word(outcome, epoch, self.facts)
        return DeviceStatusEvent(
            tenant_id=device.tenant_id,
            device_id=device.id,
            at=at,
            epoch=epoch,
            state=outcome.state,
            attempt=outcome.attempt,
            error_code=outcome.error_code,
            error=outcome.error,
            breaker=outcome.breaker,
            next_attempt=outcome.next_attempt,
            uptime_seconds=outcome.uptime_seconds,
            duration_seconds=outcome.duration_seconds,
            identity=self.facts.get("identity"),
            version=self.facts.get("version"),
            model=self.facts.get("model"),
            serial=self.facts.get("serial"),
        )


def _word(outcome: Outcome, epoch: int, facts: Mapping[str, str]) -> _Word:
    return (
        *(epoch, outcome.state, outcome.attempt, outcome.error_code, outcome.error, outcome.breaker),
        *map(facts.get, FACTS),
    )
