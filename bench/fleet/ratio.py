"""What a poll costs all the way from the device to the row: the product's chain against the usual one, in turn."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final

from bench.fleet.chain import Chain, Turn, checked, interleaved, mean_by_part, ours, usual
from bench.fleet.ground import Ground
from bench.rounds import ratio, spread
from routeros.words import COMPILED

USUAL: Final = "usual"
RAW: Final = "usual raw"


@dataclass(frozen=True, slots=True)
class Wish:
    """How many devices, how often the product polls them, how long its turns last, and how many rounds there are.

    ``raw`` asks also for a usual chain that stores no increase and no rate of counters.
    """

    devices: int
    interval: float
    seconds: float
    rounds: int
    first: int = 0
    raw: bool = True


def measure(ground: Ground, wish: Wish) -> dict[str, Any]:
    """Poll the same devices by each chain in turn; returns the ratios with their spread."""
    plot = ground.fleet.part(wish.first, wish.devices)
    mine = ["compiled", "pure"] if COMPILED else ["pure"]
    with ExitStack() as stack:
        chains: dict[str, Chain] = {
            name: stack.enter_context(ours(ground, name, plot, wish.interval, wish.seconds)) for name in mine
        }
        for name in (USUAL, RAW) if wish.raw else (USUAL,):
            chains[name] = stack.enter_context(usual(ground, name, plot))
        ground.say(f"{wish.rounds} rounds of {', '.join(chains)}")
        turns = interleaved(chains, wish.rounds)
        wrong = checked(chains)
    us = {name: [turn.us for turn in each] for name, each in turns.items()}
    ratios = {f"{one} vs {other}": ratio(us[other], us[one]) for one in mine for other in us if other not in mine}
    return wrong | {
        "cost_ratio_vs_usual": round(ratios[f"{mine[0]} vs {USUAL}"].median, 2),
        "cost_ratio_vs_usual_pure": round(ratios[f"pure vs {USUAL}"].median, 2),
        "cost_ratio_spread": ratios,
        "cost_us_a_poll": {name: spread(each) for name, each in us.items()},
        "cost_us_a_poll_by_part": {name: mean_by_part(each) for name, each in turns.items()},
        "cost_polls_a_second": {name: round(_rate(each), 1) for name, each in turns.items()},
    }


def _rate(turns: list[Turn]) -> float:
    return sum(turn.polls for turn in turns) / sum(turn.seconds for turn in turns)
