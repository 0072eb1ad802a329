"""Whether a poll costs more where there are many devices: the chain with many against the chain with few, in turn.

At the same rate of polls, the few are polled more often: fixed costs weigh the same on both, and what is left is
what many devices cost. Polled as seldom as the many, the few would bear all fixed costs alone.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from bench.fleet.chain import checked, interleaved, mean_by_part, ours
from bench.fleet.ground import Ground
from bench.rounds import ratio, spread


@dataclass(frozen=True, slots=True)
class Wish:
    """How many devices are many and few, how often the many are polled, how long a turn lasts, how many there are.

    ``seldom`` asks also for the few at the interval of the many.
    """

    many: int
    few: int
    interval: float
    seconds: float
    rounds: int
    first: int = 0
    seldom: bool = True


def measure(ground: Ground, wish: Wish) -> dict[str, Any]:
    """Poll both fleets in turn at the same rate, and the few at the interval of the many; returns the ratios."""
    many = ground.fleet.part(wish.first, wish.many)
    few, often = many.part(0, wish.few), wish.interval * wish.few / wish.many
    with ExitStack() as stack:
        chains = {
            "many": stack.enter_context(ours(ground, "many", many, wish.interval, wish.seconds)),
            "few": stack.enter_context(ours(ground, "few", few, often, wish.seconds)),
        }
        if wish.seldom:
            chains["few_seldom"] = stack.enter_context(ours(ground, "seldom", few, wish.interval, wish.seconds))
        ground.say(f"{wish.rounds} rounds of {', '.join(chains)}")
        turns = interleaved(chains, wish.rounds)
        wrong = checked(chains)
    us = {name: [turn.us for turn in each] for name, each in turns.items()}
    grown = {name: ratio(us["many"], us[name]) for name in us if name != "many"}
    return wrong | {
        "growth_ratio": round(grown["few"].median, 3),
        "growth_ratio_vs": grown,
        "growth_devices": {"many": wish.many, "few": wish.few},
        "growth_polls_a_second": round(wish.many / wish.interval, 1),
        "growth_us_a_poll": {name: spread(each) for name, each in us.items()},
        "growth_us_a_poll_by_part": {name: mean_by_part(each) for name, each in turns.items()},
    }
