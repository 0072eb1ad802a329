"""Interrupt rollouts everywhere, and count: ``python -m tests.chaosroll``; writes ``bench/results/rollout.json``.

A rollout of sixty simulated devices in three levels, some with faults. Its job is a process that is killed at entries
of the journals and at writes of its own; the owners of the devices are lost at others. Ends with 1 where anything is
not as it must be.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path

from tests.chaosroll import runs, shelf
from tests.chaosroll.runs import Tally

RESULTS = Path(__file__).parents[2] / "bench" / "results" / "rollout.json"
FORKED, QUICK = 280, 8
MOST_PROCESSES = 4


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaosroll", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few runs, in under 120 s")
    parser.add_argument("--runs", type=int, default=None, help="so many runs with the job forked")
    parser.add_argument(
        "--first", type=int, default=1, help="the number of the first run: it decides what befalls it"
    )
    parser.add_argument("--minutes", type=float, default=35.0, help="after so long no run is begun any more")
    asked = parser.parse_args()
    runs.quiet()
    began, count = time.monotonic(), asked.runs or (QUICK if asked.quick else FORKED)
    until = began + asked.minutes * 60
    with shelf.opened() as store:
        known, entries = runs.first(store)
        numbers = range(asked.first, asked.first + count)
        tally = runs.many(store, numbers, (known, entries), min(MOST_PROCESSES, os.cpu_count() or 1), until)
    figures = _figures(tally, runs.untouched(known, tally)) | {
        "entries": entries,
        "quick": asked.quick,
        "seconds": round(time.monotonic() - began, 1),
    }
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures, indent=2))
    for line in tally.wrong[:40]:
        print("wrong:", line)
    return 1 if tally.wrong or tally.runs < count else 0


def _figures(tally: Tally, untouched: int) -> dict[str, object]:
    return {
        "runs": tally.runs,
        "double_reboots": len(tally.double_reboots),
        "parent_before_child": len(tally.parent_before_child),
        "unresolved": len(tally.unresolved),
        "untrue_reasons": len(tally.untrue_reasons),
        "lost": dict(sorted(tally.lost.items())),
        "edges_not_struck": untouched,
        "rollouts": dict(sorted(tally.states.items())),
        "devices": dict(sorted(tally.ends.items())),
        "seconds_a_run": round(sum(tally.seconds) / len(tally.seconds), 2) if tally.seconds else None,
    }


if __name__ == "__main__":
    sys.exit(main())
