"""Pushes of configuration: planned, asked for, watched step by step, and cancelled before they begin."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import Field

from actors import pushplan
from actors.pushplan import Desk, Drawn, Filling, Meant, Terms
from api import cursors
from api.context import current
from api.pushfields import NewPush, PushRisk, PushText
from api.resource import TENANT, Answer, Asked, Given, Nothing, Resource, Route
from bus import subjects
from db import pushes, templates
from db.pushes import Pushes, Which
from fleet.changes import FINAL, PushState, Seen, Step
from fleet.errors import BadInput, Conflict, NotFound
from fleet.identity import DeviceId, Right, Scope
from fleet.pushes import Line, Override, Push, PushRow, Source
from routeros.plan.several import ManyRows
from routeros.push import nets
from routeros.push.danger import LockOut

MOST = 200
SHOWN_STEPS = ("error", "error_code", "armed_until", "others", "risks", "safe_mode", "restore", "trial")
"""What of a step's notes people are told; the rest is for the machine."""


class PushesQuery(Given):
    """Which pushes, and how many at once."""

    device_id: UUID | None = None
    after: UUID | None = Field(None, description="The `next` of the page before.")
    limit: int = Field(50, ge=1, le=MOST)


class PushPlan(Answer):
    """What would be done, in order, with secrets masked, and what would catch it."""

    source: Source
    lines: list[str]
    undo: list[str] = Field(description="What takes them back, in this order; empty where that is not known.")
    risks: list[PushRisk]
    foreseen: bool = Field(description="Whether the risks were judged by a stored configuration of the device.")
    override_needed: bool = Field(description="Whether it is refused without a person's override.")
    safe_mode: bool | None = Field(description="Whether safe mode will hold it; null while the version is unknown.")
    restore_point: bool = Field(description="Whether a restore point and a timer are made beforehand.")
    timer_seconds: int = Field(description="After so long the device's timer takes an unconfirmed change back.")


class PushSummary(Answer):
    """A push and where it stands, without its lines."""

    id: UUID
    device_id: UUID
    source: Source
    state: PushState
    total: int = Field(description="How many lines it has.")
    override: str | None
    reason: str | None
    by: str
    at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    error_code: str | None
    error: str | None = Field(description="Why it did not end well.")


class PushHead(PushSummary):
    """A push, what it does, and where it stands."""

    lines: list[str] = Field(description="What is done, in order, with secrets masked.")
    risks: list[PushRisk]


class PushStep(Answer):
    """An entry of the journal: a step that begins (`seen` is null), or what was seen of it."""

    at: datetime
    step: Step
    seen: Seen | None
    number: int = Field(description="Which line, for the step `apply`.")
    detail: dict[str, Any]


class PushDetail(PushHead):
    """A push with every step of its journal."""

    steps: list[PushStep]
    armed_until: datetime | None = Field(description="When the device's timer would take the change back.")
    over: bool


class PushPage(Answer):
    """A page of pushes, the newest first."""

    items: list[PushSummary]
    next: UUID | None = Field(description="Give it as `after` for the next page; null on the last.")


def plan(asked: Asked[PushText]) -> PushPlan:
    """Tell what a push would do; nothing is asked of the device."""
    return _plan(pushplan.draw(_desk(asked), DeviceId(asked.ids["device_id"]), _meant(asked)))


def begin(asked: Asked[NewPush]) -> PushHead:
    """Push to a device; the same push twice is one. An override is a person's word, and no key has one."""
    if asked.given.override is not None:
        asked.principal.require(Right.SELF)
    given, device_id = asked.given, DeviceId(asked.ids["device_id"])
    drawn = pushplan.draw(_desk(asked), device_id, _meant(asked))
    override = Override(given.override.name, given.override.reason) if given.override else None
    terms = Terms(pushplan.judged(drawn, override), timedelta(seconds=given.wait_seconds))
    wanted = pushplan.wanted(_desk(asked), device_id, drawn, terms)
    writer = Pushes(asked.session, asked.author, asked.principal.tenant_id, subjects.of)
    (push_id,) = writer.begin(wanted)
    found = pushes.one(asked.session, push_id)
    if override is not None and found.override != override.name:
        raise Conflict(
            "The same push to this device goes on already, without an override.", "Cancel it, and ask anew with one."
        )
    return PushHead(**_head(found))


def page(asked: Asked[PushesQuery]) -> PushPage:
    given = asked.given
    which = Which(None if given.device_id is None else DeviceId(given.device_id))
    found = pushes.page(asked.session, given.after, given.limit + 1, which)
    shown, last = cursors.cut(found, given.limit)
    return PushPage(items=[PushSummary(**_summary(one)) for one in shown], next=None if last is None else last.id)


def push(asked: Asked[Nothing]) -> PushDetail:
    found = pushes.one(asked.session, asked.ids["push_id"])
    lines = pushes.lines(asked.session, found.id)
    armed = [line.entry.detail["armed_until"] for line in lines if "armed_until" in line.entry.detail]
    return PushDetail(
        **_head(found),
        steps=[_step(line) for line in lines],
        armed_until=datetime.fromisoformat(str(armed[-1])) if armed else None,
        over=found.state in FINAL,
    )


def cancel(asked: Asked[Nothing]) -> None:
    """Cancel a push that was not begun."""
    pushes.cancel(asked.session, asked.principal.tenant_id, asked.ids["push_id"], asked.now, subjects.of)


def _desk(asked: Asked[Any]) -> Desk:
    return Desk(asked.session, current().vault, asked.principal.tenant_id, asked.now)


def _meant(asked: Asked[Any]) -> Meant:
    given: PushText = asked.given
    wanted = given.template
    row = None if wanted is None else templates.version(asked.session, wanted.id, wanted.version)
    filling = None if wanted is None or row is None else Filling(row, wanted.values)
    return Meant(given.commands, given.desired, given.version, tuple(given.menus), filling, given.drift)


def _plan(drawn: Drawn) -> PushPlan:
    safe_mode, near = drawn.safe_mode, drawn.near
    return PushPlan(
        source=drawn.source,
        lines=[one.shown() for one in drawn.operations],
        undo=list(pushplan.undo(drawn)),
        risks=[PushRisk(**pushplan.risk(one)) for one in drawn.risks],
        foreseen=drawn.foreseen,
        override_needed=bool(drawn.risks),
        safe_mode=safe_mode,
        restore_point=near or not safe_mode,
        timer_seconds=int(nets.timer(len(drawn.operations)).total_seconds()),
    )


def _summary(one: PushRow) -> dict[str, Any]:
    return {name: getattr(one, name) for name in PushSummary.model_fields}


def _head(one: Push) -> dict[str, Any]:
    return {**_summary(one), "lines": list(one.shown), "risks": [PushRisk(**risk) for risk in one.risks]}


def _step(line: Line) -> PushStep:
    entry = line.entry
    detail = {name: entry.detail[name] for name in SHOWN_STEPS if name in entry.detail}
    return PushStep(at=line.at, step=entry.step, seen=entry.seen, number=entry.number, detail=detail)


CONFIG = f"{TENANT}/devices/{{device_id}}/config"
ONE = f"{TENANT}/pushes/{{push_id}}"

resource = Resource(
    name="pushes",
    about="Pushes of configuration to devices.",
    routes=(
        Route(
            path=f"{CONFIG}/plan",
            method="POST",
            summary="What a push would do, in order, and what would catch it",
            takes=PushText,
            answer=PushPlan,
            changes=False,
            scope=Scope.CONFIG_READ,
            raises=(NotFound, BadInput, ManyRows),
            handler=plan,
        ),
        Route(
            path=CONFIG,
            method="POST",
            summary="Push configuration to a device, in the background",
            takes=NewPush,
            answer=PushHead,
            makes=f"{TENANT}/pushes/{{id}}",
            later=True,
            scope=Scope.CONFIG_WRITE,
            raises=(NotFound, BadInput, ManyRows, LockOut),
            handler=begin,
        ),
        Route(
            path=f"{TENANT}/pushes",
            summary="The pushes of the tenant, newest first, a page at a time",
            takes=PushesQuery,
            answer=PushPage,
            scope=Scope.CONFIG_READ,
            handler=page,
        ),
        Route(
            path=ONE,
            summary="Where a push stands, with every step",
            takes=Nothing,
            answer=PushDetail,
            scope=Scope.CONFIG_READ,
            raises=(NotFound,),
            handler=push,
        ),
        Route(
            path=ONE,
            method="DELETE",
            summary="Cancel a push that was not begun",
            takes=Nothing,
            answer=None,
            scope=Scope.CONFIG_WRITE,
            raises=(NotFound, Conflict),
            across="a push is cancelled together with its errand",
            handler=cancel,
        ),
    ),
)
