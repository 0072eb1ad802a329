"""Interrupt rollouts everywhere, and count: ``python -m tests.chaosroll``; writes ``bench/results/rollout.json``.

A rollout of sixty simulated devices in three levels, some with faults. Its job is a process that is killed at entries
of the journals and at writes of its own; the owners of the devices are lost at others. Some rollouts more go through
Ray, four of four tenants at a time: their jobs, a poller, a node, NATS and PostgreSQL are killed. Ends with 1 where
anything is not as it must be.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.chaosroll import abreast, runs, shelf
from tests.chaosroll.runs import Tally

RESULTS = Path(__file__).parents[2] / "bench" / "results" / "rollout.json"
FORKED, QUICK, RAY = 280, 8, 20
MOST_PROCESSES = 4


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaosroll", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few runs, in under 120 s")
    parser.add_argument("--runs", type=int, default=None, help="so many runs with the job forked")
    parser.add_argument(
        "--first", type=int, default=1, help="the number of the first run: it decides what befalls it"
    )
    parser.add_argument(
        "--ray", type=int, default=None, help=f"so many runs through Ray; {RAY}, or none with --quick"
    )
    parser.add_argument("--minutes", type=float, default=35.0, help="after so long no forked run is begun any more")
    asked = parser.parse_args()
    runs.quiet()
    began = time.monotonic()
    count = (QUICK if asked.quick else FORKED) if asked.runs is None else asked.runs
    through = (0 if asked.quick else RAY) if asked.ray is None else asked.ray
    tally, more = Tally(), dict[str, object]()
    if count:
        tally, more = _forked(range(asked.first, asked.first + count), began + asked.minutes * 60)
    aside, lost = abreast.many(through) if through else (Tally(), Counter[str]())
    figures = _figures(tally + aside) | more | {"through_ray": aside.runs, "killed_beside_ray": dict(lost)}
    figures |= {"quick": asked.quick, "seconds": round(time.monotonic() - began, 1)}
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures, indent=2))
    wrong = [*tally.wrong, *aside.wrong]
    for line in wrong[:40]:
        print("wrong:", line)
    return 1 if wrong or tally.runs < count or aside.runs < through else 0


def _forked(numbers: Sequence[int], until: float) -> tuple[Tally, dict[str, object]]:
    """Make the runs with the job forked; tells also how many entries one has, and which edges nobody struck."""
    with shelf.opened() as store:
        known, entries = runs.first(store)
        processes = min(MOST_PROCESSES, os.cpu_count() or 1)
        tally = runs.many(store, numbers, (known, entries), processes, until)
    return tally, {"entries": entries, "edges_not_struck": runs.untouched(known, tally)}


def _figures(tally: Tally) -> dict[str, object]:
    return {
        "runs": tally.runs,
        "double_reboots": len(tally.double_reboots),
        "parent_before_child": len(tally.parent_before_child),
        "unresolved": len(tally.unresolved),
        "untrue_reasons": len(tally.untrue_reasons),
        "lost": dict(sorted(tally.lost.items())),
        "rollouts": dict(sorted(tally.states.items())),
        "devices": dict(sorted(tally.ends.items())),
        "seconds_a_run": round(sum(tally.seconds) / len(tally.seconds), 2) if tally.seconds else None,
    }


if __name__ == "__main__":
    sys.exit(main())
