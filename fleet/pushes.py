"""A push as it is asked for, and as it is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid4

from fleet.changes import NEEDS_A_PERSON, Entry, PushState
from fleet.events import (
    ConfigPushCompletedEvent,
    ConfigPushEvent,
    PushAlertEvent,
    PushEvent,
    PushRollbackEvent,
)
from fleet.identity import DeviceId, TenantId

KIND = "config.push"
"""The kind of errand that a push is."""

LASTS = timedelta(hours=1)
"""How long a push waits for its device, unless it is said."""

LONGEST = timedelta(days=7)
MOST_OPERATIONS = 5_000


def told_by(state: PushState) -> type[PushEvent]:
    """Tell by which kind of event it is told that a push stands somewhere else now."""
    if state is PushState.COMMITTED:
        return ConfigPushCompletedEvent
    if state in (PushState.REVERTING, PushState.REVERTED):
        return PushRollbackEvent
    return PushAlertEvent if state in NEEDS_A_PERSON else ConfigPushEvent


class Source(StrEnum):
    """What a push was made of."""

    COMMANDS = "commands"
    TEMPLATE = "template"
    SECTION = "section"
    VERSION = "version"


@dataclass(frozen=True, slots=True)
class Override:
    """A person's word that a push may do what is refused otherwise: the device by its name, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A push that is asked for.

    ``sealed`` is what is to be done as ciphertext, ``digest`` tells it from others, ``shown`` are its lines with
    secrets masked, ``risks`` what was seen in them.
    """

    device_id: DeviceId
    source: Source
    sealed: str = field(repr=False)
    digest: str
    shown: Sequence[str]
    risks: Sequence[Mapping[str, str]]
    total: int
    risky: bool
    override: Override | None = None
    expires_at: datetime
    wave_id: UUID | None = None
    id: UUID = field(default_factory=uuid4)


@dataclass(frozen=True, slots=True, kw_only=True)
class PushRow:
    """A push as it stands, without its lines. ``error`` says why it did not end well."""

    id: UUID
    tenant_id: TenantId
    device_id: DeviceId
    wave_id: UUID | None
    source: Source
    total: int
    risky: bool
    override: str | None
    reason: str | None
    by: str
    at: datetime
    state: PushState
    error_code: str | None
    error: str | None
    started_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Push(PushRow):
    """A push as it stands, with its lines and their risks, secrets masked."""

    shown: Sequence[str]
    risks: Sequence[Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Line:
    """An entry of a push's journal, and when it was written."""

    at: datetime
    entry: Entry
