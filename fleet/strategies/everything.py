"""All devices in one wave, as fast as the limits and the order allow."""

from __future__ import annotations

from collections.abc import Sequence

from fleet.rollouts.plan import Member
from fleet.strategy import Strategy, Waves


def cut(members: Sequence[Member], _: int) -> Waves:
    """Cut nothing."""
    return [members]


strategy = Strategy("everything", "All devices at once, none of them tried first.", cut, proving=False, daring=True)
