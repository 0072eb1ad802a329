"""Interrupt pushes everywhere and count: ``python -m tests.chaospush [--quick]``; writes ``bench/results/push.json``.

Every owner of a push is lost at every entry of its journal, before it is written and after; the journal is in
PostgreSQL, the router simulated on a clock that leaps. Ends with 1 where a device is not what its record says.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import time
from pathlib import Path

from fleet.changes import PushState
from tests.chaospush import shelf
from tests.chaospush.killing import KILLS, QUICK_KILLS, killed
from tests.chaospush.matrix import BOARDS, QUICK_BOARDS, Tally
from tests.chaospush.sharing import BEFALLEN, faults, quiet, share
from tests.chaospush.slow import slowly

RESULTS = Path(__file__).parents[2] / "bench" / "results" / "push.json"
QUICK_EVERY = 12
GOOD, QUICK_GOOD = 500, 20


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaospush", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few boards and one run of twelve, in under 90 s")
    parser.add_argument("--every", type=int, default=0, help="one run of so many (1: all)")
    asked = parser.parse_args()
    quick, every = asked.quick, asked.every or (QUICK_EVERY if asked.quick else 1)
    quiet()
    began, parts, tally = time.monotonic(), min(4, os.cpu_count() or 1), Tally()
    with shelf.opened() as kept:
        text = kept.written()
        with multiprocessing.get_context("spawn").Pool(parts) as pool:
            boards = QUICK_BOARDS if quick else BOARDS
            shares = [pool.apply_async(share, (text, (part, parts), every, boards)) for part in range(parts)]
            for one in shares:
                tally.add(one.get())
        dropped = tally.runs
        befallen, told = faults(text, QUICK_BOARDS[:2] if quick else BEFALLEN)
        good = slowly(QUICK_GOOD if quick else GOOD)
        kills = killed(kept, QUICK_KILLS if quick else KILLS)
    tally.wrong += befallen.wrong + kills.wrong
    figures = {
        "runs": dropped,
        "between": tally.between + kills.between,
        "false_reverts": tally.false_reverts + kills.false_reverts,
        "lost_devices": tally.lost_devices + kills.lost_devices,
        "untrue_records": tally.untrue_records + kills.untrue_records + len(befallen.wrong),
        "ends": dict(tally.ends),
        "longest_lock_out_seconds": round(tally.longest_lock_out, 1),
        "good_pushes": sum(good.values()),
        "good_pushes_reverted": sum(n for state, n in good.items() if state != PushState.COMMITTED),
        "killed_runs": kills.runs,
        "faults": told,
        "quick": quick,
        "seconds": round(time.monotonic() - began, 1),
    }
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps({name: value for name, value in figures.items() if name != "faults"}, indent=2))
    print(f"{len(told)} faults, each ended in a named state", f"{sum(not one['true'] for one in told)} untrue")
    for line in tally.wrong[:20]:
        print("wrong:", line)
    bad = figures["good_pushes_reverted"] or tally.wrong
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
