"""Rollouts as the API tells them and is asked for them."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from pydantic import Field

from api.fields import TEXT
from api.foretelling import RolloutForecast
from api.meant import Meant
from api.resource import Answer, Given
from api.times import Instant, instant
from db.rollouts import Line, Row, Standing
from db.rolloutstops import Stop
from fleet.rollouts import Limits, Member, Plan, Result, RolloutState, Stage, Step, Terms, Verdict, Window
from fleet.rollouts.candidate import Return

MOST = 1000
HOURS = 24 * 7


class RolloutWindow(Given):
    """When devices may be restarted; one that ends before it begins goes over midnight."""

    begin: str = Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["22:00"])
    end: str = Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["04:00"])
    days: list[int] = Field(list(range(7)), min_length=1, max_length=7, description="0 is Monday.")
    zone: str = Field("UTC", max_length=64, pattern=TEXT, description="A time zone such as Europe/Riga.")


class NewRollout(Given):
    """What is wanted of a rollout. A plan is made of it, which touches no device until it is started."""

    name: str = Field(min_length=1, max_length=120, pattern=TEXT)
    filter: Meant = Field(Meant(), description="Left out: all devices of the tenant.")
    group: str | None = Field(None, min_length=1, max_length=120, pattern=TEXT, description="A group's name or id.")
    devices: list[UUID] | None = Field(None, min_length=1, max_length=MOST, description="Of these alone.")
    target: str = Field(max_length=40, pattern=TEXT, description="A version, or a channel such as stable.")
    strategy: str = Field("canary", max_length=40, pattern=TEXT, description="canary, rolling, sites or everything.")
    sure: bool = Field(False, description="Your word, which the strategy everything asks for.")
    starts_at: Instant | None = Field(None, description="When it begins at the earliest, once it was started.")
    hours: int = Field(HOURS, ge=1, le=24 * 90, description="After so many hours it ends, whatever is left.")
    windows: list[RolloutWindow] = Field(
        [], max_length=20, description="Left out: devices are restarted at any time."
    )
    batch: int = Field(50, ge=1, le=10_000, description="Devices of a wave, for the strategy rolling.")
    leaves: int = Field(3, ge=1, le=1000, description="Devices of a site that are restarted at a time.")
    parents: int = Field(1, ge=1, le=100, description="The same, of those over which others are reached.")
    canary_soak_minutes: int = Field(
        15, ge=0, le=24 * 60 * 7, description="So long the first of a kind has to be well before others begin."
    )
    soak_minutes: int = Field(5, ge=0, le=24 * 60 * 7, description="So long a wave has to be well before the next.")
    boot: bool = Field(True, description="Write the boot firmware, too.")
    downgrade: bool = Field(False, description="Devices that run something newer are taken down to it.")
    strict: bool = Field(False, description="Leave out devices that carry others and could not be taken back.")

    @property
    def selector(self) -> dict[str, Any]:
        """How the devices are named, as it was written."""
        named = self.model_dump(mode="json", include={"group", "devices"}, exclude_none=True)
        lets_in = self.filter.model_dump(mode="json", exclude_defaults=True)
        return {**({"filter": lets_in} if lets_in else {}), **named}

    def terms(self, now: datetime) -> Terms:
        """Make the terms of it."""
        windows = tuple(
            Window(time.fromisoformat(one.begin), time.fromisoformat(one.end), frozenset(one.days), one.zone)
            for one in self.windows
        )
        begins = None if self.starts_at is None else instant(self.starts_at, now)
        return Terms(
            target=self.target,
            strategy=self.strategy,
            expires_at=max(begins or now, now) + timedelta(hours=self.hours),
            starts_at=begins,
            windows=windows,
            limits=Limits(
                leaves=self.leaves,
                parents=self.parents,
                canary_soak=timedelta(minutes=self.canary_soak_minutes),
                soak=timedelta(minutes=self.soak_minutes),
            ),
            batch=self.batch,
            boot=self.boot,
            downgrade=self.downgrade,
            strict=self.strict,
            selector=self.selector,
        )


class RolloutStart(Given):
    """When a rollout begins."""

    at: Instant | None = Field(None, description="Left out: when the plan says, or at once.")


class RolloutApproval(Given):
    """Which plan is approved."""

    digest: str = Field(pattern="^[0-9a-f]{64}$", description="The plan's, as it was shown.")


class RolloutRetry(Given):
    """Which devices begin anew."""

    devices: list[UUID] = Field([], max_length=MOST, description="Left out: all that failed or were lost.")


class RolloutsQuery(Given):
    """Which rollouts to list."""

    after: UUID | None = Field(None, description="The `next` of the page before.")
    limit: int = Field(100, ge=1, le=MOST, description="At most so many rollouts.")


class RolloutSkip(Answer):
    """A device that was meant and takes no part."""

    device_id: UUID
    name: str
    why: list[str]


class Rollout(Answer):
    """A rollout, and how many of its devices stand where."""

    unsteady = frozenset({"stages", "state", "why", "stopped", "ended_at", "foreseen"})

    id: UUID
    name: str
    state: RolloutState
    why: str | None = Field(description="Why it is paused, or has ended.")
    stopped: str | None = Field(description="Why nothing of it goes on though it runs: all rollouts are stopped.")
    target: str
    selector: dict[str, Any] = Field(description="How the devices were named: `filter`, `group`, `devices`.")
    pairs: list[list[UUID]] = Field(description="Devices that stand in for one another: never in one wave.")
    strategy: str
    starts_at: datetime | None = Field(description="When its plan lets it begin; null: as soon as it is started.")
    digest: str = Field(description="What tells this plan from every other; who approves, approves this one.")
    expires_at: datetime
    by: str
    at: datetime
    approved_by: str | None
    started_by: str | None
    started_at: datetime | None = Field(description="When it began, or is to begin while it is scheduled.")
    ended_at: datetime | None
    stages: dict[str, int] = Field(description="How many devices stand at each stage.")
    skipped: list[RolloutSkip] = Field(description="Devices that were meant and do not fit, with the reasons.")
    forecast: RolloutForecast | None = Field(description="What the plan was expected to take when it was made.")
    foreseen: RolloutForecast | None = Field(description="What is expected since it goes on; told every few minutes.")

    @classmethod
    def of(cls, row: Row, stop: Stop | None = None) -> Rollout:
        """Tell of a rollout, and what stops all of them."""
        plain = ("id", "name", "state", "why", "digest", "by", "at", "approved_by")
        told: dict[str, Any] = {name: getattr(row, name) for name in (*plain, "started_by", "started_at", "ended_at")}
        terms = {
            name: getattr(row.terms, name) for name in ("target", "selector", "strategy", "starts_at", "expires_at")
        }
        stages = {stage.value: count for stage, count in row.stages.items()}
        told["pairs"] = [[UUID(one) for one in pair] for pair in row.pairs]
        told["stopped"] = str(stop) if stop is not None and row.state is RolloutState.RUNNING else None
        skipped = [RolloutSkip(**one) for one in row.skipped]
        ends = {name: RolloutForecast.of(getattr(row, name)) for name in ("forecast", "foreseen")}
        return cls(**told, **terms, **ends, stages=stages, skipped=skipped)


class Rollouts(Answer):
    """A page of rollouts, the newest first."""

    items: list[Rollout]
    next: UUID | None = Field(description="Give it as `after` for the next page; null on the last.")


class RolloutDevice(Answer):
    """A device of a rollout."""

    device_id: UUID
    name: str
    site: str | None
    wave: int = Field(description="Counts from 0; a wave begins when the one before has been well for a while.")
    canary: bool = Field(description="The first of its kind: the others wait until it has been well for a while.")
    parent: bool = Field(description="Others are reached over it.")
    version: str = Field(description="What it ran when the plan was made.")
    hops: list[str] = Field(description="The versions on its way, the target last.")
    back: Return = Field(description="How it can be taken back: from its other partition, by a downgrade, or not.")
    stage: Stage
    hop: int = Field(description="So many of these versions it has behind it.")
    since: datetime | None
    ended_at: datetime | None
    reason: str | None
    verdict: Verdict | None = Field(description="What the comparison with its own state before says.")
    attempt: int

    @classmethod
    def of(cls, one: Standing) -> RolloutDevice:
        """Tell of a device."""
        member, unit = one.member, one.unit
        planned = ("device_id", "name", "site", "wave", "canary", "parent", "version", "back")
        told: dict[str, Any] = {name: getattr(member, name) for name in planned}
        stands = ("stage", "hop", "since", "ended_at", "reason", "verdict", "attempt")
        return cls(**told, hops=list(member.hops), **{name: getattr(unit, name) for name in stands})


class RolloutForeseen(Answer):
    """A device of a plan that is not kept."""

    device_id: UUID
    name: str
    site: str | None
    wave: int
    canary: bool
    parent: bool
    version: str
    hops: list[str]
    back: Return
    notes: list[str] = Field(description="What a person should know of it before.")

    @classmethod
    def of(cls, one: Member) -> RolloutForeseen:
        """Tell of a device."""
        told: dict[str, Any] = {name: getattr(one, name) for name in cls.model_fields}
        return cls(**{**told, "hops": list(one.hops), "notes": list(one.notes)})


class RolloutPreview(Answer):
    """What a plan would be, of which nothing is kept."""

    target: str
    selector: dict[str, Any]
    waves: list[int] = Field(description="How many devices each wave has.")
    items: list[RolloutForeseen] = Field(description="Who takes part, in the order of the plan.")
    skipped: list[RolloutSkip]
    pairs: list[list[UUID]]
    forecast: RolloutForecast | None = Field(description="When it ends, if it is started now and all goes well.")

    @classmethod
    def of(cls, drawn: Plan) -> RolloutPreview:
        """Tell of a plan."""
        told: dict[str, Any] = {"target": drawn.terms.target, "selector": dict(drawn.terms.selector)}
        told["skipped"] = [RolloutSkip(**skip.document()) for skip in drawn.skipped]
        told["pairs"] = [sorted(pair) for pair in drawn.pairs]
        told["forecast"] = RolloutForecast.of(drawn.forecast)
        items = [RolloutForeseen.of(one) for one in drawn.members]
        return cls(**told, waves=list(drawn.waves), items=items)


class RolloutDevices(Answer):
    """All devices of a rollout, in the order of the plan."""

    items: list[RolloutDevice]


class RolloutLine(Answer):
    """A line of a device's journal: a stage that begins, or with `result` how a step ended."""

    at: datetime
    step: Step
    stage: Stage
    result: Result | None
    detail: dict[str, Any]

    @classmethod
    def of(cls, line: Line) -> RolloutLine:
        """Tell of a line."""
        return cls(at=line.at, step=line.step, stage=line.stage, result=line.result, detail=dict(line.detail))


class RolloutLines(Answer):
    """The journal of a device in a rollout, from the beginning on."""

    items: list[RolloutLine]
