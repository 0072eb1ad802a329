"""Batch after batch, of as many devices as were asked for."""

from __future__ import annotations

from collections.abc import Sequence

from fleet.rollouts.plan import Member
from fleet.strategy import Strategy, Waves


def cut(members: Sequence[Member], batch: int) -> Waves:
    """Cut into batches, in order."""
    return [members[first : first + batch] for first in range(0, len(members), batch)]


strategy = Strategy("rolling", "Batch after batch; of each kind one device goes first.", cut)
