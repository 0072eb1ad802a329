"""A week of a fleet that is polled every five minutes: ``python -m tests.chaosalerts.week``.

Nobody is killed here: what is judged is what people are told. The same week is lived through again with the devices
polled in another order, which must change nothing.
"""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import timedelta
from multiprocessing import get_context
from typing import Final

from tests.chaosalerts.fleet import Wish, fleet
from tests.chaosalerts.living import Verdict, alone, judged, lived

SPARSE: Final = timedelta(minutes=5)
WEEK: Final = Wish(devices=1000, span=timedelta(days=7), interval=SPARSE)
DAY: Final = Wish(devices=100, span=timedelta(days=1), interval=SPARSE)


def judge(wish: Wish) -> Verdict:
    """Live through a history, and compare what was told with what befell."""
    made = fleet(wish)
    return judged(made, lived(made, alone(made), wish.interval))


def other(wish: Wish) -> Wish:
    """Tell the same history with devices polled in another order."""
    return replace(wish, order=wish.order + 1)


def figures(wish: Wish = WEEK) -> dict[str, object]:
    """Live through a history twice, beside each other, and sum up."""
    began = time.monotonic()
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        one, two = pool.map(judge, (wish, other(wish)))
    return {
        "devices": wish.devices,
        "days": wish.span.days,
        "mishaps": len(fleet(wish).mishaps),
        "told": sum(one.fired.values()),
        "ended": sum(one.resolved.values()),
        "explained": one.suppressed,
        "not_as_it_must_be": len(one.wrong) + len(two.wrong),
        "wrong_cause": len(one.wrong_cause) + len(two.wrong_cause),
        "changed_by_order": len(one.fired.keys() ^ two.fired.keys()),
        "seconds": round(time.monotonic() - began, 1),
        "wrong": [*one.wrong, *two.wrong, *one.wrong_cause, *two.wrong_cause][:20],
    }


if __name__ == "__main__":
    print(json.dumps(found := figures(), indent=2))
    sys.exit(1 if found["wrong"] or found["changed_by_order"] else 0)
