"""From an answer to the frame that is shown, the same that the copied code computes and an export holds. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dashboard.explore import Asked, Band, Shape
from db.answers import Answer

VALUES = ("value", "min", "avg", "max", "count")
NOW, EARLIER = "points", "earlier"
"""The period that was asked for, and the one that it is compared with."""

LOW, HIGH = 0.05, 0.95
BINS = 40


def shown(asked: Asked, read: pd.DataFrame) -> pd.DataFrame:
    """Make the frame behind what is on the screen out of all points."""
    if asked.shape is Shape.BAND:
        return band(read, asked.band)
    if asked.shape is Shape.DISTRIBUTION:
        return distribution(read)
    return summary(read, asked.by) if asked.shape is Shape.TABLE else read


def points(answer: Answer, by: Sequence[str]) -> pd.DataFrame:
    """Lay the points of all lines under one another, each with its groups, its title and its period."""
    rows = [
        (point.time, *(line.group[name] for name in by), line.title, period, *(getattr(point, v) for v in VALUES))
        for line in answer.lines
        for period in (NOW, EARLIER)
        for point in getattr(line, period)
    ]
    words = [*by, "title", "period"]
    frame = pd.DataFrame(rows, columns=["time", *words, *VALUES])
    frame["time"] = pd.to_datetime(frame["time"], utc=True)
    return frame.astype({**dict.fromkeys(words, "category"), **dict.fromkeys(VALUES, "float64"), "count": "int64"})


def band(read: pd.DataFrame, kind: Band) -> pd.DataFrame:
    """Reduce the groups to a band for each step: low, middle and high."""
    steps = read.groupby(["period", "time"], observed=True)
    if kind is Band.EXTREMES:
        return steps.agg(low=("min", "min"), middle=("value", "median"), high=("max", "max")).reset_index()
    found = steps["value"].quantile(np.array([LOW, 0.5, HIGH])).unstack()
    return found.set_axis(["low", "middle", "high"], axis=1).reset_index()


def distribution(read: pd.DataFrame) -> pd.DataFrame:
    """Count the steps of all groups by their values."""
    known = read.dropna(subset="value")
    edges = np.histogram_bin_edges(known["value"], bins=BINS)
    counts = {
        str(period): np.histogram(part["value"], edges)[0] for period, part in known.groupby("period", observed=True)
    }
    return pd.DataFrame({"low": edges[:-1], "high": edges[1:], **counts})


def summary(read: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Sum the steps of each group up, the greatest mean first."""
    steps = read.groupby([*by, "title", "period"], observed=True)["value"]
    whole = steps.agg(["min", "mean", "max", "last", "count"]).reset_index()
    return whole.sort_values("mean", ascending=False, ignore_index=True)
