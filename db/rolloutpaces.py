"""How long the steps of rollouts were seen to take of a tenant's devices, by their journals."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.errandtables import errands
from db.rollouttables import rollout_devices, rollout_journal
from fleet.errands import ErrandState
from fleet.identity import TenantId
from fleet.rollouts import Result, Step
from fleet.rollouts.pace import Pace, model

SINCE: Final = timedelta(days=90)
LEAST: Final = 3
"""Of so many devices a step was seen before that is taken for its pace."""

FREE: Final = 0.25
"""The quarter that waits least for its owner tells how long an owner that is free takes to begin."""


def read(session: Session, now: datetime, tenant_id: TenantId | None = None) -> Pace:
    """Read how long steps took that came through of late; the platform's session has to name the tenant."""
    spans: dict[tuple[str, Step], list[tuple[int, timedelta]]] = {}
    for row in session.execute(_spans(now, tenant_id)):
        step = Step(row.step)
        for key in ((model(row.kind), step), ("", step)):
            spans.setdefault(key, []).append((row.number, row.mean))
    seen = {key: mean for key, told in spans.items() if (mean := _mean(told)) is not None}
    return Pace(seen, max(Pace().gap, _gap(session, now, tenant_id)))


def _mean(told: list[tuple[int, timedelta]]) -> timedelta | None:
    """Tell the mean of means; None of too few."""
    number = sum(count for count, _ in told)
    return sum((count * mean for count, mean in told), timedelta()) / number if number >= LEAST else None


def _runs(now: datetime, tenant_id: TenantId | None) -> Any:
    """Tell the steps that came through, and what passed from their first line to their last."""
    line = rollout_journal.c
    its = (line.rollout_id, line.device_id)
    before = func.count(line.result).over(partition_by=its, order_by=line.seq, rows=(None, -1)).label("run")
    lines = select(*its, line.step, line.at, line.result, before).where(line.at > now - SINCE)
    if tenant_id is not None:
        lines = lines.where(line.tenant_id == tenant_id)
    told = lines.subquery().c
    mine = (told.rollout_id, told.device_id, told.run, told.step)
    took = (func.max(told.at) - func.min(told.at)).label("took")
    done = (func.max(told.result) == Result.DONE.value, func.count() > 1)
    return select(*mine, took).group_by(*mine).having(*done).subquery()


def _spans(now: datetime, tenant_id: TenantId | None) -> Any:
    """Tell for each kind and step how often it was seen, and what it took on the average."""
    ran, device = _runs(now, tenant_id), rollout_devices.c
    kind = device.member["kind"].astext.label("kind")
    its = (device.rollout_id == ran.c.rollout_id) & (device.device_id == ran.c.device_id)
    counted = (func.count().label("number"), func.avg(ran.c.took).label("mean"))
    return select(kind, ran.c.step, *counted).join_from(ran, rollout_devices, its).group_by(kind, ran.c.step)


def _gap(session: Session, now: datetime, tenant_id: TenantId | None) -> timedelta:
    """Tell how long an owner takes to begin.

    That is what an install took from when it was asked, less what it took from its first line.
    """
    asked, ran = errands.c, _runs(now, tenant_id)
    done = [asked.kind == "firmware.install", asked.state == ErrandState.DONE.value, asked.at > now - SINCE]
    if tenant_id is not None:
        done.append(asked.tenant_id == tenant_id)
    whole = func.percentile_cont(FREE).within_group(asked.ended_at - asked.at)
    part = func.percentile_cont(FREE).within_group(ran.c.took)
    all_of_it = session.scalar(select(whole).where(*done))
    worked = session.scalar(select(part).where(ran.c.step == Step.INSTALL.value))
    return all_of_it - worked if all_of_it and worked else timedelta()
