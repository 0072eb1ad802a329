"""One device of each kind, then 5 % of the rest, 25 %, and all that is left."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from fleet.rollouts.plan import Member
from fleet.strategy import Strategy, Waves

SHARES = (0.05, 0.25)


def cut(members: Sequence[Member], _: int) -> Waves:
    """Let the canaries be the first wave."""
    rest = [member for member in members if not member.canary]
    waves = [[member for member in members if member.canary]]
    for share in SHARES:
        count = ceil(share * sum(not member.canary for member in members))
        waves.append(rest[:count])
        rest = rest[count:]
    return [*waves, rest]


strategy = Strategy("canary", "One device of each kind, then 5 %, 25 % and the rest.", cut)
