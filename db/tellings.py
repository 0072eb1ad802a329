"""What the events of a batch tell of how their devices are: the newest of each, and what it was in between. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

import msgspec

from fleet.breaker import Position
from fleet.device import State
from fleet.events import DeviceEvent, DeviceMetricsEvent, DeviceStatusEvent, Outcome

_Said: TypeAlias = DeviceStatusEvent | Outcome
_Facts: TypeAlias = tuple[str | None, str | None, str | None, str | None]
_NONE: _Facts = (None, None, None, None)


class Status(msgspec.Struct, frozen=True):
    """The newest status of a device in a batch, and since when within the batch its state is what it is.

    It holds what ``device_state`` can hold, under the names of its columns.
    """

    tenant_id: UUID
    device_id: UUID
    at: datetime
    since: datetime
    state: State
    attempt: int
    breaker: Position
    next_attempt: datetime | None
    error_code: str | None
    error: str | None
    duration_seconds: float | None
    identity: str | None
    version: str | None
    model: str | None
    serial: str | None
    uptime_seconds: float | None


class Turn(msgspec.Struct, frozen=True):
    """A state that a device had from an instant on."""

    tenant_id: UUID
    device_id: UUID
    at: datetime
    state: State
    error_code: str | None
    error: str | None


def read(events: Iterable[DeviceEvent]) -> tuple[list[Status], list[Turn]]:
    """Tell the newest status of each device, and all states of those that had more than one."""
    found: dict[UUID, tuple[DeviceEvent, _Said, datetime, _Facts]] = {}
    turns: dict[UUID, list[Turn]] = defaultdict(list)
    for event, said in sorted(_tellings(events), key=lambda pair: pair[0].at):
        _, before, since, facts = found.get(event.device_id, (event, said, event.at, _NONE))
        if isinstance(said, DeviceStatusEvent):
            facts = said.identity, said.version, said.model, said.serial
        if before.state is not said.state:
            turns[event.device_id].append(_turn(event, before, since))
            since = event.at
        found[event.device_id] = event, said, since, facts
    last = {device: _turn(event, said, since) for device, (event, said, since, _) in found.items() if device in turns}
    every = [turn for device in sorted(turns) for turn in (*turns[device], last[device])]
    return [_status(*found[device]) for device in sorted(found)], every


def _tellings(events: Iterable[DeviceEvent]) -> Iterator[tuple[DeviceEvent, _Said]]:
    """Yield the events that tell how their device is, and what each says of it."""
    for event in events:
        if isinstance(event, DeviceStatusEvent):
            yield event, event
        elif isinstance(event, DeviceMetricsEvent) and event.outcome is not None:
            yield event, event.outcome


def _status(event: DeviceEvent, said: _Said, since: datetime, facts: _Facts) -> Status:
    """Lay a status out; where the batch tells none, what the device said of itself stays as it is."""
    identity, version, model, serial = map(_text, facts)
    return Status(
        *(event.tenant_id, event.device_id, event.at, since, said.state, max(1, said.attempt)),
        *(said.breaker, said.next_attempt, _text(said.error_code), _text(said.error)),
        *(_measure(said.duration_seconds), identity, version),
        *(model, serial, _measure(said.uptime_seconds)),
    )


def _turn(event: DeviceEvent, said: _Said, since: datetime) -> Turn:
    return Turn(event.tenant_id, event.device_id, since, said.state, _text(said.error_code), _text(said.error))


def _text(said: str | None) -> str | None:
    """Leave out what PostgreSQL's text cannot hold; a device may say anything."""
    return None if said is None else said.replace("\0", "").encode(errors="replace").decode()


def _measure(seconds: float | None) -> float | None:
    return seconds if seconds is not None and 0 <= seconds < float("inf") else None
