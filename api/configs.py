"""What the routes of configurations share: their shapes, texts that are masked, and what happened between two."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from api.resource import Answer, Asked
from db import configs, operations
from db.configs import Version
from db.operations import Narrow
from fleet.backups import Finding, Reason
from fleet.identity import DeviceId
from fleet.operations import Operation
from routeros.export import Document, parse, redact

MOST = 500
BESIDE = 100
"""Operations of ours that are told beside a difference."""


class ConfigAction(Answer):
    """What somebody did on the device, as it tells itself."""

    action: str = Field(description="Such as `filter rule changed`.")
    by: str
    at: str = Field(description="By the device's own clock, as it writes it.")
    undone: bool


class ConfigVersion(Answer):
    """A version of a device's configuration, without its text."""

    id: UUID
    device_id: UUID
    number: int = Field(description="Counts from 1 for each device.")
    size: int = Field(description="Bytes, as the device wrote them.")
    lines: int
    ros_version: str
    history: list[ConfigAction] = Field(description="What was done on the device since the version before.")
    reason: Reason = Field(description="Why it was read: the schedule, a change, by hand, a push, a run.")
    asked_by: str
    first_seen: datetime
    last_seen: datetime = Field(description="When the device was last found to have it.")
    pinned_at: datetime | None
    pinned_by: str | None
    name: str | None = Field(description="What it is called since it was pinned.")


class ConfigStanding(Answer):
    """Where a device stands."""

    unsteady = frozenset({"read_at", "whole_at", "finding", "code", "why", "failures"})

    device_id: UUID
    name: str
    read_at: datetime | None = Field(description="When it was read last, whatever came of it; null: never.")
    whole_at: datetime | None = Field(description="When it was last read whole; null: there is no backup.")
    changed_at: datetime | None
    version_id: UUID | None
    number: int | None
    finding: Finding | None
    code: str | None
    why: str | None = Field(description="What was wrong the last time.")
    failures: int = Field(description="How many times in a row it was not read whole.")


class ConfigReading(Answer):
    """One reading of a configuration."""

    id: UUID
    device_id: UUID
    at: datetime
    reason: Reason
    asked_by: str
    finding: Finding
    version_id: UUID | None
    code: str | None
    why: str | None = Field(description="Why it is not whole, or failed.")
    size: int | None = Field(description="Bytes of what was not whole and is kept aside.")


class ConfigDeed(Answer):
    """What was done to the device by Flotilla."""

    id: UUID
    kind: str
    by: str
    at: datetime
    outcome: str


def version(one: Version) -> ConfigVersion:
    """Tell of a version."""
    facts = {name: getattr(one, name) for name in ConfigVersion.model_fields if name not in ("history", "name")}
    actions = [ConfigAction(**{"undone": False, **dict(each)}) for each in one.history]
    return ConfigVersion(**facts, history=actions, name=one.note)


def standing(one: configs.Standing) -> ConfigStanding:
    """Tell where a device stands."""
    return ConfigStanding(**{name: getattr(one, name) for name in ConfigStanding.model_fields})


def reading(one: configs.Reading) -> ConfigReading:
    """Tell of a reading."""
    return ConfigReading(**{name: getattr(one, name) for name in ConfigReading.model_fields})


def document(asked: Asked[Any], one: Version) -> Document:
    """Open a version's text and read it; raises Unavailable, SealBroken."""
    return parse(text(asked, one))


def text(asked: Asked[Any], one: Version) -> str:
    """Open a version's text, as the device wrote it."""
    return configs.text(asked.session, asked.keyring, one).decode("utf-8", "surrogateescape")


def masked(found: Document) -> str:
    """Write a configuration with its secrets masked."""
    return shown(str(redact(found)))


def shown(raw: str) -> str:
    """Write text so that JSON can hold it: bytes that are no UTF-8 become their mark."""
    return raw.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def deeds(asked: Asked[Any], device_id: DeviceId, since: datetime, until: datetime) -> list[ConfigDeed]:
    """Tell what was done to a device by Flotilla in a time, the newest first."""
    narrow = Narrow(device_id=device_id, since=since, until=until)
    found: Sequence[Operation] = operations.page(asked.session, None, BESIDE, narrow)
    return [ConfigDeed(id=o.id, kind=o.kind, by=o.by, at=o.at, outcome=o.outcome.value) for o in found]
