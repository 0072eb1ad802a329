"""What rollouts did to devices, as marks on charts: each install from its beginning to its end. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby

from dashboard.timemarks import Mark, What
from db.rolloutmarks import Deed, Going
from fleet.identity import DeviceId
from fleet.rollouts import Result, Stage

NAMES = {Stage.INSTALLING: "Upgrade", Stage.ROUTERBOOT: "Boot firmware"}
ENDS = {
    Result.DONE: "done",
    Result.AWAY: "could not go on",
    Result.REFUSED: "refused",
    Result.FAILED: "failed",
    Result.LOST: "lost",
}


def marks(found: Sequence[Deed], names: Mapping[DeviceId, str] | None = None) -> list[Mark]:
    """Tell what was done in the order of time; with ``names`` to which device, where several are on a chart."""
    told = [
        mark
        for (_, device_id), lines in groupby(found, key=lambda one: (one.rollout_id, one.device_id))
        for mark in _device(list(lines), names.get(device_id, "") if names else "")
    ]
    return sorted(told, key=lambda mark: mark.at)


def spans(found: Iterable[Going], now: datetime) -> list[Mark]:
    """Tell from when until when rollouts went on."""
    told = [Mark(What.UPGRADE, one.start, f"Rollout “{one.name}” to {one.target}", one.end or now) for one in found]
    return sorted(told, key=lambda mark: mark.at)


def _device(lines: Sequence[Deed], name: str) -> Iterator[Mark]:
    """Pair what began with how it ended; what has not ended is a mark at its beginning."""
    for place, line in enumerate(lines):
        if line.stage not in NAMES or line.result is not None:
            continue
        end = next((one for one in lines[place + 1 :] if one.result is not None), None)
        word = ENDS[end.result] if end and end.result else "under way"
        whose = f"{name}: " if name else ""
        text = f"{whose}{NAMES[line.stage]}{_way(line)} {word}, by rollout “{line.rollout}”"
        yield Mark(What.UPGRADE, line.at, text, end.at if end else None)


def _way(line: Deed) -> str:
    before, after = line.detail.get("from"), line.detail.get("to")
    return f" {before} → {after}" if before and after else f" to {after}" if after else ""
