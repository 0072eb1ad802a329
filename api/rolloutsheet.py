"""The report of a rollout as a table: a line for each device that takes part, and for each that was left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from db.rolloutreports import Report
from db.rollouts import Line, Standing
from fleet import sheets
from fleet.rollouts import Stage

COLUMNS: Final = (
    *("wave", "device", "device_id", "site", "serial", "kind", "from", "to", "way_back", "canary", "reaches_others"),
    *("stage", "gates", "reason", "attempt", "bytes", "begun_at", "restarted_at", "ended_at"),
    *("rollout", "planned_by", "approved_by", "started_by"),
)
LEFT_OUT: Final = "left out"


def write(report: Report) -> Iterator[str]:
    """Yield the lines of the table; what a spreadsheet would compute is made text."""
    row = report.row
    signed = {
        "rollout": row.name,
        "planned_by": row.by,
        "approved_by": row.approved_by,
        "started_by": row.started_by,
    }
    yield from sheets.write(COLUMNS, (device | signed for device in _devices(report)))


def _devices(report: Report) -> Iterator[dict[str, object]]:
    for one in report.standings:
        yield _device(one, report.journal.get(one.member.device_id, ()))
    for skip in report.row.skipped:
        yield _skipped(skip)


def _device(one: Standing, lines: Sequence[Line]) -> dict[str, object]:
    member, unit = one.member, one.unit
    return {
        "wave": member.wave + 1,
        "device": member.name,
        "device_id": member.device_id,
        "site": member.site,
        "serial": member.serial,
        "kind": member.kind,
        "from": member.version,
        "to": " > ".join(member.hops),
        "way_back": member.back.value,
        "canary": _yes(member.canary),
        "reaches_others": _yes(member.parent),
        "stage": unit.stage.value,
        "gates": unit.verdict.value if unit.verdict else None,
        "reason": unit.reason,
        "attempt": unit.attempt,
        "bytes": brought(lines) or None,
        "begun_at": _at(lines[0].at if lines else None),
        "restarted_at": _at(last(lines, Stage.REBOOTING)),
        "ended_at": _at(unit.ended_at),
    }


def _skipped(skip: Mapping[str, object]) -> dict[str, object]:
    why = skip["why"]
    told = " ".join(map(str, why)) if isinstance(why, Sequence) else ""
    return {"device": skip["name"], "device_id": skip["device_id"], "stage": LEFT_OUT, "reason": told}


def brought(lines: Sequence[Line]) -> int:
    """Tell how many bytes of packages a device was brought."""
    sizes = (line.detail.get("bytes") for line in lines if line.stage is Stage.STAGING and line.result is None)
    return sum(size for size in sizes if isinstance(size, int))


def last(lines: Sequence[Line], stage: Stage) -> datetime | None:
    """Tell when a stage began the last time."""
    return next((line.at for line in reversed(lines) if line.stage is stage and line.result is None), None)


def _at(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None


def _yes(fact: bool) -> str:
    return "yes" if fact else "no"
