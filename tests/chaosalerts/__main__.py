"""Kill whoever judges and tells, and count what people are told: ``python -m tests.chaosalerts``.

Writes ``bench/results/alerts.json``. First a simulated week that nobody disturbs, then short histories in which
the alerter, the relay, the notifier, their connections and servers are lost, and whoever is to be told is dead for
two hours. Ends with 1 where anything is not as it must be.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path

from tests.chaosalerts import runs, week

RESULTS = Path(__file__).parents[2] / "bench" / "results" / "alerts.json"
RUNS, QUICK = 220, 8


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaosalerts", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few runs and a day, in under 120 s")
    parser.add_argument("--runs", type=int, default=None, help="so many runs")
    parser.add_argument("--first", type=int, default=1, help="the number of the first run")
    parser.add_argument("--minutes", type=float, default=25.0, help="after so long no run is begun any more")
    parser.add_argument("--no-week", action="store_true", help="leave the week out")
    asked = parser.parse_args()
    began, count = time.monotonic(), asked.runs or (QUICK if asked.quick else RUNS)
    known = None if asked.no_week else week.figures(week.DAY if asked.quick else week.WEEK)
    numbers = range(asked.first, asked.first + count)
    tally = runs.many(numbers, min(2, os.cpu_count() or 1), began + asked.minutes * 60)
    figures: dict[str, object] = {"runs": tally.runs, **{kind: len(found) for kind, found in tally.wrong.items()}}
    figures |= {
        **{name: getattr(tally, name) for name in ("told", "moved", "notified", "repeated", "refused")},
        "struck": dict(sorted(tally.struck.items())),
        "seconds_a_run": round(sum(tally.seconds) / max(1, len(tally.seconds)), 2),
        "seconds": round(time.monotonic() - began, 1),
        "week": known,
    }
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures, indent=2))
    wrong = [line for found in tally.wrong.values() for line in found]
    for line in wrong[:40]:
        print("wrong:", line)
    return 1 if wrong or tally.runs < count or (known and (known["wrong"] or known["changed_by_order"])) else 0


if __name__ == "__main__":
    sys.exit(main())
