"""Site after site, by name; devices without a site are the last."""

from __future__ import annotations

from collections.abc import Sequence

from fleet.rollouts.plan import Member
from fleet.strategy import Strategy, Waves


def cut(members: Sequence[Member], _: int) -> Waves:
    """Let each site be a wave."""
    sites = sorted({member.site or "" for member in members}, key=lambda name: (not name, name))
    return [[member for member in members if (member.site or "") == site] for site in sites]


strategy = Strategy("sites", "Site after site, by name; of each kind one device goes first.", cut)
