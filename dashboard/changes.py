"""What changed around an instant: which measurements moved, and what happened, half an hour to either side."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

SPAN = timedelta(minutes=30)
"""How far to either side of the instant is looked."""

FEWEST = 3
"""So many points to either side are needed to tell."""

LEAST = 4.0
"""A line has moved where its median moved by so many times the spread that it had before."""

MOST = 8
"""Moves that are told."""


@dataclass(frozen=True, slots=True)
class Move:
    """A line that is not as it was: its values before and after, and how far that is, in spreads."""

    name: str
    before: float
    after: float
    score: float


def moves(lines: Iterable[tuple[str, pd.DataFrame]], at: datetime) -> list[Move]:
    """Tell which named lines are not as they were before an instant, what moved farthest first."""
    found = [move for name, frame in lines if (move := _move(name, frame, at)) is not None]
    return sorted(found, key=lambda move: -move.score)[:MOST]


def _move(name: str, frame: pd.DataFrame, at: datetime) -> Move | None:
    late = frame["time"] >= at
    before, after = (frame.loc[part, "avg"].dropna().to_numpy(dtype=float) for part in (~late, late))
    if min(len(before), len(after)) < FEWEST:
        return None
    was, now = float(np.median(before)), float(np.median(after))
    # What never moved has no spread: a hundredth of its size is taken for one.
    spread = max(1.4826 * float(np.median(np.abs(before - was))), 0.01 * max(abs(was), abs(now)))
    score = abs(now - was) / spread if spread else 0.0
    return Move(name, was, now, score) if score >= LEAST else None
