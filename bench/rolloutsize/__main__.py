"""Roll out over a whole fleet: ``python -m bench.rolloutsize [--quick] [--devices N]``; writes ``bench/results``.

Some devices go first, from which the plan of the others learns how long steps take. Then all others are upgraded,
beside their polls; then all of them again, of which 3 % come back as they were.
"""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.rolloutsize import lateness, running
from bench.rolloutsize.ground import Ground, ground, shelve
from fleet import logs
from fleet.rollouts import Limits, RolloutState

RESULTS: Final = Path(__file__).parent.parent / "results" / "rollout-size.json"
DEVICES, QUICK = 2000, 40
FACTOR: Final = 20.0
INTERVAL, QUICK_INTERVAL = 60.0, 10.0
PAIRS: Final = 5
FIRST, SECOND = "7.24.4", "7.25beta5"
DEFECTS: Final = 0.03
LEAST: Final = 4
"""So many devices carry a defect at the least: one alone stops no rollout."""

PILOTS: Final = 100
"""So many devices go first, or half of them: as many as an owner has in hand at a time, or more."""

NEAR: Final = 0.2
"""By so much of its forecast a rollout may take longer or shorter."""

LATER: Final = 0.25
"""By so many seconds polls may be later beside it."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.rolloutsize", description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} devices")
    parser.add_argument("--devices", type=int, help=f"how many; {DEVICES}, if left out")
    parser.add_argument("--factor", type=float, help=f"how fast the clock runs; {FACTOR:g}, if left out")
    parser.add_argument("--pairs", type=int, help=f"how often polling is watched; {PAIRS}, if left out")
    given = parser.parse_args()
    logs.configure("bench", "error")
    devices = given.devices or (QUICK if given.quick else DEVICES)
    factor = given.factor or FACTOR
    way = Way("everything", running.BRIEF) if given.quick else Way("canary", running.LIMITS)
    with ground(devices, factor, QUICK_INTERVAL if given.quick else INTERVAL) as under:
        found = {"devices": devices, "cores": os.cpu_count(), "clock_factor": factor, "interval_s": under.interval}
        found |= measure(under, way, given.pairs or (1 if given.quick else PAIRS))
    print(json.dumps(found, indent=1))
    if not given.quick:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(found, indent=1) + "\n")
    return 0 if found["good"] else 1


@dataclass(frozen=True, slots=True)
class Way:
    """By which strategy and limits all devices are upgraded."""

    strategy: str
    limits: Limits


def measure(under: Ground, way: Way, pairs: int) -> dict[str, Any]:
    """Roll out three times; tells what each took, and what polling had of the second."""
    shelve(under, (FIRST, SECOND))
    every = sorted(under.entries())
    few = every[: min(PILOTS, len(every) // 2)]
    pilot = running.run(under, running.plan(under, few, running.Wish(FIRST, "everything", way.limits)))
    tell("pilot", pilot.document())
    without = [lateness.window(under.report, under.interval) for _ in range(pairs)]
    others, during = every[len(few) :], list[float]()
    row = running.plan(under, others, running.Wish(FIRST, way.strategy, way.limits))

    def watch() -> None:
        while len(during) < pairs and running.read(under, row.id).state is RolloutState.RUNNING:
            during.append(lateness.window(under.report, under.interval))

    whole = running.run(under, row, watch)
    tell("whole", whole.document())
    share = max(DEFECTS, LEAST / len(every))
    under.simulator.afflict(f"{share:.0%}:old-version")
    spoilt = running.run(under, running.plan(under, every, running.Wish(SECOND, "canary", way.limits)))
    tell("with defects", spoilt.document())
    return judged({"pilot": pilot, "whole": whole, "with_defects": spoilt}, without, during)


def judged(runs: dict[str, running.Run], without: list[float], during: list[float]) -> dict[str, Any]:
    """Lay out what was found, and whether all of it is as it should be."""
    whole, spoilt, devices = runs["whole"], runs["with_defects"], sum(runs["with_defects"].stages.values())
    later = lateness.more(without, during)
    done = whole.stages.get("done", 0) == sum(whole.stages.values())
    near = abs(whole.took / whole.forecast - 1) <= NEAR
    stopped = spoilt.state is RolloutState.PAUSED
    return {
        **{name: one.document() for name, one in runs.items()},
        "lateness_p99_s_without": [round(one, 4) for one in without],
        "lateness_p99_s_during": [round(one, 4) for one in during],
        "later_p99_s": round(later, 4),
        "untouched_when_stopped": round(spoilt.stages.get("pending", 0) / devices, 3),
        "all_done": done,
        "near_its_forecast": near,
        "stopped_by_defects": stopped,
        "good": done and near and stopped and later <= LATER,
    }


def tell(name: str, found: dict[str, Any]) -> None:
    """Say what was just found."""
    print(f"{name}: {json.dumps(found)}", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
