"""Whether a poll costs more where there are many devices: the chain with many against the chain with few, in turn.

At the same rate of polls, the few are polled more often: fixed costs weigh the same on both, and what is left is
what many devices cost. Polled as seldom as the many, the few would bear all fixed costs alone.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from bench.fleet.chain import Turn, interleaved, mean_by_part, ours
from bench.fleet.ground import Ground
from bench.rounds import ratio, spread


@dataclass(frozen=True, slots=True)
class Wish:
    """How many devices are many and few, how often the many are polled, how long a turn lasts, how many there are."""

    many: int
    few: int
    interval: float
    seconds: float
    rounds: int


def measure(ground: Ground, wish: Wish) -> dict[str, Any]:
    """Poll both fleets in turn at the same rate, and the few at the interval of the many; returns the ratios."""
    often = wish.interval * wish.few / wish.many
    with ExitStack() as stack:
        chains = {
            "many": stack.enter_context(ours(ground, "many", wish.many, wish.interval, wish.seconds)),
            "few": stack.enter_context(ours(ground, "few", wish.few, often, wish.seconds)),
            "few_seldom": stack.enter_context(ours(ground, "seldom", wish.few, wish.interval, wish.seconds)),
        }
        ground.say(f"{wish.rounds} rounds of {', '.join(chains)}")
        turns = interleaved(chains, wish.rounds)
        for chain in chains.values():
            chain.check()
    grown, same_interval = (ratio(_us(turns["many"]), _us(turns[name])) for name in ("few", "few_seldom"))
    return {
        "growth_ratio": round(grown.median, 3),
        "growth_ratio_spread": grown,
        "growth_ratio_at_the_same_interval": same_interval,
        "growth_devices": {"many": wish.many, "few": wish.few},
        "growth_us_a_poll": {name: spread(_us(each)) for name, each in turns.items()},
        "growth_us_a_poll_by_part": {name: mean_by_part(each) for name, each in turns.items()},
    }


def _us(turns: list[Turn]) -> list[float]:
    return [turn.us for turn in turns]
