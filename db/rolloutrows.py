"""A device of a rollout as its row says it, and back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from db.rollouttables import rollout_devices
from fleet.identity import TenantId
from fleet.rollouts import Stage, Step, Unit, Verdict
from fleet.rollouts.plan import Member

_STANDING = (
    "member",
    "place",
    "stage",
    "step",
    "errand_id",
    "hop",
    "since",
    "ended_at",
    "reason",
    "verdict",
    "attempt",
)
DEVICE = tuple(rollout_devices.c[name] for name in ("device_id", *_STANDING))
"""The columns that tell where a device stands."""


def member(row: Any) -> Member:
    """Read a device as it was planned."""
    return Member.read(row.member)


def unit(row: Any, *, down: bool = False) -> Unit:
    """Read where a device stands; ``down`` says whether it is known not to answer."""
    return replace(
        member(row).unit(),
        stage=Stage(row.stage),
        step=Step(row.step) if row.step else None,
        hop=row.hop,
        since=row.since,
        ended_at=row.ended_at,
        reason=row.reason,
        verdict=Verdict(row.verdict) if row.verdict else None,
        attempt=row.attempt,
        down=down,
    )


def entered(now: Unit) -> dict[str, Any]:
    """Lay out where a device stands; without a step it has no errand. The rollout is under way."""
    values: dict[str, Any] = {
        "live": not now.stage.over,
        "stage": now.stage.value,
        "step": now.step.value if now.step else None,
        "hop": now.hop,
        "since": now.since,
        "ended_at": now.ended_at,
        "reason": now.reason,
        "verdict": now.verdict.value if now.verdict else None,
        "attempt": now.attempt,
    }
    return values if now.step else values | {"errand_id": None}


def planned(rollout_id: UUID, tenant_id: TenantId, one: Member) -> dict[str, Any]:
    """Lay out a device of a new plan."""
    return {
        "rollout_id": rollout_id,
        "device_id": one.device_id,
        "tenant_id": tenant_id,
        "member": one.document(),
        "place": one.place,
        "live": False,
        "stage": Stage.PENDING.value,
        "hop": 0,
        "attempt": 1,
        "epoch": 0,
        "entries": 0,
    }
