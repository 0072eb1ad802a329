"""Where a line breaks: a step that is much longer than its neighbours is a gap. Pure.

Written with arrays throughout: a page has a dozen lines, and pandas takes a millisecond for each small step.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Whole: TypeAlias = NDArray[np.int64]
Real: TypeAlias = NDArray[np.float64]
Truth: TypeAlias = NDArray[np.bool_]

COLUMNS = ("min", "avg", "max")
MICROSECOND = timedelta(microseconds=1)

GAP = 2.5
"""A step this many times longer than expected is a gap."""

NEAR = 4
"""How many steps before and behind one tell what was expected there: history may be coarser than what follows it."""


def broken(frame: pd.DataFrame, step: timedelta) -> pd.DataFrame:
    """Put a row of nothing into each gap, and hold a lone point for a moment so that it can be seen."""
    when = instants(frame["time"])
    steps = np.diff(when).astype(float)
    usual = np.fmax(_usual(steps), _usual(steps[::-1])[::-1])
    gaps = steps > GAP * np.fmax(usual, step / MICROSECOND)
    if len(when) > 1 and not gaps.any():
        return frame
    edges = np.concatenate([[True], gaps, [True]])[: len(when) + 1]
    return _filled(frame, when, edges[:-1] & edges[1:], np.append(gaps, False)[: len(when)], step)


def instants(times: pd.Series[pd.Timestamp]) -> Whole:
    """Tell instants in microseconds."""
    return times.to_numpy("datetime64[us]").astype("int64")


def _usual(steps: Real) -> Real:
    """Tell the step that is usual before each: the shortest of the last few, for the long ones may be gaps."""
    if not len(steps):
        return steps
    before = sliding_window_view(np.concatenate([np.full(NEAR, np.inf), steps]), NEAR)[:-1].min(axis=1)
    return np.where(np.isinf(before), np.nan, before)


def _filled(frame: pd.DataFrame, when: Whole, lone: Truth, gaps: Truth, step: timedelta) -> pd.DataFrame:
    """Repeat the ``lone`` rows a little later, and lay a row of nothing behind each that ``gaps`` names."""
    later = step // MICROSECOND
    times = np.concatenate([when, when[lone] + later // 4, when[gaps] + later])
    order = np.argsort(times, kind="stable")
    nothing = np.full(int(gaps.sum()), np.nan)
    columns = {
        name: np.concatenate([values, values[lone], nothing])[order]
        for name in COLUMNS
        for values in [frame[name].to_numpy(dtype=float)]
    }
    return pd.DataFrame({"time": pd.to_datetime(times[order], unit="us", utc=True), **columns})


def stretches(known: Truth) -> Iterator[slice]:
    """Yield the unbroken stretches of what is known."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], known.astype(np.int8), [0]])))
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        yield slice(int(begin), int(end))
