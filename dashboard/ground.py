"""What is read to be laid behind the lines of a panel: the period before, the spread of the fleet, what is usual."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, TypeAlias

import pandas as pd

from dashboard import usual
from dashboard.data import Data, one
from dashboard.figures import Curve, Ribbon
from dashboard.overlays import Over
from dashboard.panels import Panel, Want
from dashboard.question import Question
from db.lines import LineQuery
from fleet.errors import BadInput

FIVE_MINUTES = timedelta(minutes=5)
"""The grid of the fleet's band: the same is asked for behind every device that is looked at meanwhile."""

Asked: TypeAlias = Sequence[tuple[Want, LineQuery]]
"""The lines of a panel, each with what it was read by."""


@dataclass(frozen=True, slots=True)
class Behind:
    """Lines and ribbons behind those of a panel; ``over`` tells which of them there is something of."""

    ghosts: Sequence[Curve] = ()
    ribbons: Sequence[Ribbon] = ()
    over: frozenset[Over] = frozenset()


def read_behind(data: Data, asked: Question, panels: Sequence[tuple[Panel, Asked]]) -> list[Behind]:
    """Read what is switched on behind the lines of panels, for each of them; what cannot be told is left out."""
    lines = [of_panel for _, of_panel in panels]
    nothing: list[list[Any]] = [[] for _ in panels]
    ghosts = _before(data, asked, lines) if Over.PREVIOUS in asked.over else nothing
    week = _usual(data, asked, lines) if Over.USUAL in asked.over else nothing
    fleet = [list(_fleet(data, asked, *one)) if Over.FLEET in asked.over else [] for one in panels]
    return [_behind(*of_panel) for of_panel in zip(ghosts, fleet, week, strict=True)]


def _behind(ghosts: Sequence[Curve], fleet: Sequence[Ribbon], week: Sequence[Ribbon]) -> Behind:
    there = {Over.PREVIOUS: ghosts, Over.FLEET: fleet, Over.USUAL: week}
    return Behind(ghosts, [*fleet, *week], frozenset(over for over, found in there.items() if found))


def _read(
    data: Data, asked: Question, panels: Sequence[Asked], other: Callable[[LineQuery], LineQuery]
) -> list[list[tuple[Want, pd.DataFrame]]]:
    """Read the lines of all panels as they were at another time, in one go."""
    queries = [other(query) for lines in panels for _, query in lines]
    found = iter(data.frames(asked.principal, queries) if queries else ())
    return [[(want, one(next(found))) for want, _ in lines] for lines in panels]


def _before(data: Data, asked: Question, panels: Sequence[Asked]) -> list[list[Curve]]:
    back = asked.range.length
    found = _read(data, asked, panels, lambda query: replace(query, start=query.start - back, end=query.end - back))
    return [[want.ghost(usual.moved(frame, back)) for want, frame in lines if len(frame)] for lines in found]


def _usual(data: Data, asked: Question, panels: Sequence[Asked]) -> list[list[Ribbon]]:
    """Tell what is usual of each line; of more than two in a panel their ribbons would hide one another."""
    length = timedelta(weeks=usual.WEEKS)
    end = asked.aligned(usual.HOUR).start
    history: dict[str, Any] = {"start": end - length, "end": end, "points": length // usual.HOUR}
    few = [lines if len(lines) <= 2 else () for lines in panels]
    found = _read(data, asked, few, lambda query: replace(query, **history))
    return [[ribbon for want, frame in lines for ribbon in _ribbon(asked, want, frame)] for lines in found]


def _ribbon(asked: Question, want: Want, history: pd.DataFrame) -> Iterator[Ribbon]:
    band = usual.band(history, asked.window, asked.zone)
    if len(band):
        yield Ribbon("Usual", want.used(band), 1, want.below)


def _fleet(data: Data, asked: Question, panel: Panel, lines: Asked) -> Iterator[Ribbon]:
    want = next((want for want, _ in lines if want.common), None)
    if want is None:
        return
    try:
        found = data.beside.band(asked.principal, (panel.family, want.column), asked.aligned(FIVE_MINUTES))
    except BadInput:
        return
    if len(found):
        yield Ribbon("Fleet p5–p95", want.used(found), 0, want.below)
