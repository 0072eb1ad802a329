"""The contract of a strategy: how the devices of a rollout are cut into waves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fleet.rollouts.plan import Member

Waves = Sequence[Sequence[Member]]


@dataclass(frozen=True, slots=True)
class Strategy:
    """A way to go through a fleet. Put one at module level of a file in ``fleet/strategies``.

    ``cut`` is given the devices, leaves first and spread over the sites, and how many of them a batch has; every one
    of them is in one wave. With ``proving`` the first device of each kind is its canary: it has to be well, and to
    stay so, before another one of its kind begins. ``daring`` asks for a word of the person who wants it.
    """

    name: str
    about: str
    cut: Callable[[Sequence[Member], int], Waves]
    proving: bool = True
    daring: bool = False
