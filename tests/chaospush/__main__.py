"""Interrupt pushes everywhere and count: ``python -m tests.chaospush [--quick]``; writes ``bench/results/push.json``.

Every owner of a push is lost at every entry of its journal, before it is written and after; the journal is in
PostgreSQL, the router simulated on a clock that leaps. Ends with 1 where a device is not what its record says.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path

from fleet.changes import PushState
from tests.chaospush import shelf
from tests.chaospush.matrix import Tally
from tests.chaospush.sharing import Asked, Told, everything, quiet

RESULTS = Path(__file__).parents[2] / "bench" / "results" / "push.json"
MOST_PROCESSES = 4


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaospush", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few boards and one run of twelve, in under 90 s")
    parser.add_argument(
        "--minutes", type=float, default=15.0, help="after so long, make only the runs that must be made"
    )
    asked = parser.parse_args()
    quiet()
    began = time.monotonic()
    wanted = Asked.quick() if asked.quick else replace(Asked(), until=began + asked.minutes * 60)
    with shelf.opened() as kept:
        told = everything(kept, wanted, min(MOST_PROCESSES, os.cpu_count() or 1))
    figures = _figures(told) | {"quick": asked.quick, "seconds": round(time.monotonic() - began, 1)}
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps({name: value for name, value in figures.items() if name != "faults"}, indent=2))
    untrue = sum(not one["true"] for one in told.faults)
    print(f"{len(told.faults)} faults, each ended in a named state; {untrue} of them untrue")
    wrong = told.dropped.wrong + told.killed.wrong + told.befallen.wrong
    for line in wrong[:20]:
        print("wrong:", line)
    return 1 if figures["good_pushes_reverted"] or wrong else 0


def _figures(told: Told) -> dict[str, object]:
    both = Tally()
    both.add(told.dropped)
    both.add(told.killed)
    return {
        "runs": told.dropped.runs,
        "between": both.between,
        "false_reverts": both.false_reverts,
        "lost_devices": both.lost_devices,
        "untrue_records": both.untrue_records + len(told.befallen.wrong),
        "ends": dict(told.dropped.ends),
        "longest_lock_out_seconds": round(told.dropped.longest_lock_out, 1),
        "good_pushes": sum(told.good.values()),
        "good_pushes_reverted": sum(n for state, n in told.good.items() if state != PushState.COMMITTED),
        "killed_runs": told.killed.runs,
        "slices_left_out": told.left_out,
        "faults": told.faults,
    }


if __name__ == "__main__":
    sys.exit(main())
