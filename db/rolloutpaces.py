"""How long the steps of rollouts were seen to take of a tenant's devices, by their journals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Text, cast, func, select
from sqlalchemy.orm import Session

from db.errandtables import errands
from db.rollouttables import rollout_devices, rollout_journal
from fleet.errands import ErrandState
from fleet.identity import TenantId
from fleet.rollouts import Result, Step
from fleet.rollouts.pace import Pace, model

SINCE: Final = timedelta(days=90)
Seen = tuple[int, float, float]
"""How often a step was seen, the mean of its seconds, and of their squares."""

LEAST: Final = 3
"""Of so many devices a step was seen before that is taken for its pace."""

QUARTER, HALF = 0.25, 0.5
"""Whoever is free begins within an even span, so half of them wait twice as long as the quickest quarter at the most.
"""


def read(session: Session, now: datetime, tenant_id: TenantId | None = None, since: datetime | None = None) -> Pace:
    """Read how long steps took that came through of late; the platform's session has to name the tenant.

    ``since`` is from when on; if left out, it is of the last 90 days.
    """
    after = since or now - SINCE
    spans: dict[tuple[str, Step], list[Seen]] = {}
    for row in session.execute(_spans(after, tenant_id)):
        step = Step(row.step)
        for key in ((model(row.kind), step), ("", step)):
            spans.setdefault(key, []).append((row.number, float(row.mean), float(row.square)))
    found = {key: _moments(told) for key, told in spans.items() if sum(one[0] for one in told) >= LEAST}
    seen = {key: mean for key, (mean, _) in found.items()}
    spread = {key: deviation for key, (_, deviation) in found.items()}
    return Pace(seen, max(Pace().gap, _gap(session, after, tenant_id)), spread=spread)


def _moments(told: Sequence[Seen]) -> tuple[timedelta, timedelta]:
    """Tell the mean of all and their standard deviation."""
    number = sum(count for count, *_ in told)
    mean, square = (sum(one[0] * one[at] for one in told) / number for at in (1, 2))
    return timedelta(seconds=mean), timedelta(seconds=max(0.0, square - mean**2) ** 0.5)


def _runs(after: datetime, tenant_id: TenantId | None) -> Any:
    """Tell the steps that came through, and what passed from their first line to their last."""
    line = rollout_journal.c
    its = (line.rollout_id, line.device_id)
    before = func.count(line.result).over(partition_by=its, order_by=line.seq, rows=(None, -1)).label("run")
    lines = select(*its, line.step, line.at, line.result, before).where(line.at > after)
    if tenant_id is not None:
        lines = lines.where(line.tenant_id == tenant_id)
    told = lines.subquery().c
    mine = (told.rollout_id, told.device_id, told.run, told.step)
    first, last = func.min(told.at), func.max(told.at)
    spans = ((last - first).label("took"), first.label("began"), last.label("ended"))
    done = (func.max(told.result) == Result.DONE.value, func.count() > 1)
    return select(*mine, *spans).group_by(*mine).having(*done).subquery()


def _spans(after: datetime, tenant_id: TenantId | None) -> Any:
    """Tell for each kind and step how often it was seen, and the means of its seconds and of their squares."""
    ran, device = _runs(after, tenant_id), rollout_devices.c
    kind = device.member["kind"].astext.label("kind")
    its = (device.rollout_id == ran.c.rollout_id) & (device.device_id == ran.c.device_id)
    took = func.extract("epoch", ran.c.took)
    counted = (func.count().label("number"), func.avg(took).label("mean"), func.avg(took * took).label("square"))
    return select(kind, ran.c.step, *counted).join_from(ran, rollout_devices, its).group_by(kind, ran.c.step)


def _gap(session: Session, after: datetime, tenant_id: TenantId | None) -> timedelta:
    """Tell how long it takes until a step is asked that may begin, and until an owner that is free has begun it.

    The first is told by the boot firmware, which waits for nobody, the second by installs.
    """
    return _usual(session, _turns(after, tenant_id)) + _usual(session, _waits(after, tenant_id))


def _usual(session: Session, spans: Any) -> timedelta:
    """Tell the usual one of some spans, of which some are longer because others had their turn before."""
    spent = spans.subquery().c.spent
    quick, half = (func.percentile_cont(share).within_group(spent) for share in (QUARTER, HALF))
    row = session.execute(select(quick.label("quick"), half.label("half"))).one()
    return timedelta() if row.quick is None else max(timedelta(), min(2 * row.quick, row.half))


def _errands(step: Step, after: datetime, tenant_id: TenantId | None) -> Any:
    asked = errands.c
    done = [asked.kind == f"firmware.{step}", asked.state == ErrandState.DONE.value, asked.at > after]
    if tenant_id is not None:
        done.append(asked.tenant_id == tenant_id)
    its = asked.detail["rollout_id"].astext.label("rollout_id")
    return select(asked.id, asked.device_id, its, asked.at, asked.ended_at).where(*done).subquery()


def _waits(after: datetime, tenant_id: TenantId | None) -> Any:
    """Tell what passed between the asking for an install and its first line."""
    asked, ran = _errands(Step.INSTALL, after, tenant_id), _runs(after, tenant_id)
    its = (ran.c.device_id == asked.c.device_id) & (cast(ran.c.rollout_id, Text) == asked.c.rollout_id)
    within = ran.c.began.between(asked.c.at, asked.c.ended_at)
    spent = (ran.c.began - asked.c.at).label("spent")
    return select(spent).join_from(asked, ran, its & within).where(ran.c.step == Step.INSTALL.value)


def _turns(after: datetime, tenant_id: TenantId | None) -> Any:
    """Tell what passed between the end of an install and the asking for the boot firmware."""
    asked, ran = _errands(Step.BOOT, after, tenant_id), _runs(after, tenant_id)
    its = (ran.c.device_id == asked.c.device_id) & (cast(ran.c.rollout_id, Text) == asked.c.rollout_id)
    before = ran.c.ended <= asked.c.at
    spent = (asked.c.at - func.max(ran.c.ended)).label("spent")
    joined = select(spent).join_from(asked, ran, its & before).where(ran.c.step == Step.INSTALL.value)
    return joined.group_by(asked.c.id, asked.c.at)
