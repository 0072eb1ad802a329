"""Pushes over many devices as REST tells them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field

from api.pushfields import PushRisk
from api.resource import Answer, Given
from fleet.campaigns import CampaignSource, CampaignState, MemberState
from fleet.changes import PushState

MOST = 200
FEW = 50
"""Devices for which is told at once what would be done."""


class CampaignsQuery(Given):
    """How many campaigns to list at once."""

    after: UUID | None = Field(None, description="The `next` of the page before.")
    limit: int = Field(50, ge=1, le=MOST)


class CampaignDevicesQuery(Given):
    """Which devices of a campaign to list."""

    state: MemberState | None = Field(None, description="Only those that stand so.")
    after: int | None = Field(None, ge=0, le=2**31 - 1, description="The `next` of the page before.")
    limit: int = Field(100, ge=1, le=MOST)


class ForesightQuery(Given):
    """For which devices it is told what would be done."""

    after: int | None = Field(None, ge=0, le=2**31 - 1, description="The `next` of the page before.")
    limit: int = Field(20, ge=1, le=FEW)


class CampaignRules(Answer):
    """How a campaign goes on, and when it stops."""

    soak_seconds: int
    stop_percent: float
    stop_least: int
    per_site: int
    at_once: int
    wait_seconds: int


class CampaignHead(Answer):
    """A push over many devices, and how many of them stand where."""

    unsteady = frozenset({"state", "why", "wave", "soaks_until", "ended_at", "counts", "total"})

    id: UUID
    source: CampaignSource
    note: str
    state: CampaignState
    why: str | None = Field(description="Why it is paused, stopped or aborted.")
    wave: int | None = Field(description="Which wave has its turn, from 0 on.")
    soaks_until: datetime | None = Field(description="Until when it rests before that wave.")
    waves: list[int] = Field(description="How many devices each wave has.")
    total: int
    counts: dict[MemberState, int]
    rules: CampaignRules
    created_by: str
    created_at: datetime
    ended_at: datetime | None


class CampaignDetail(CampaignHead):
    """A push over many devices, and what it pushes."""

    lines: list[str] = Field(description="What is pushed, with secrets masked.")


class CampaignPage(Answer):
    """A page of campaigns, the newest first."""

    items: list[CampaignHead]
    next: UUID | None = Field(description="Give it as `after` for the next page; null on the last.")


class CampaignDevice(Answer):
    """One device of a campaign."""

    device_id: UUID
    name: str
    wave: int
    state: MemberState
    attempt: int = Field(description="How often it was asked.")
    push_id: UUID | None = Field(description="Its last push.")
    push_state: PushState | None
    override: str | None
    reason: str | None
    why: str | None = Field(description="Why it did not end well, or nothing was asked of it.")
    asked_at: datetime | None
    ended_at: datetime | None


class CampaignDevices(Answer):
    """A page of a campaign's devices, in the order in which they have their turn."""

    items: list[CampaignDevice]
    next: int | None = Field(description="Give it as `after` for the next page; null on the last.")


class DeviceForesight(Answer):
    """What would become of a device: `waiting` for its push, `unchanged` or `refused`."""

    device_id: UUID
    name: str
    wave: int
    state: MemberState
    lines: list[str] = Field(description="What would be done, in order, with secrets masked.")
    risks: list[PushRisk]
    override_needed: bool
    foreseen: bool | None = Field(
        description="Whether the risks were judged by its stored configuration: where false, what may cut the path "
        "is judged only when it is pushed. Null where no push could be planned, or there is nothing to do."
    )
    error: str | None
    next_step: str | None


class Foresight(Answer):
    """What a push over many devices would do, for a page of them, in the order in which they have their turn."""

    total: int
    waves: list[int]
    items: list[DeviceForesight]
    next: int | None = Field(description="Give it as `after` for the next page; null on the last.")
