"""Run the measurements: ``python -m bench.fleet [--quick] [product] [ratio] [share] [growth] [faults]``.

Prints a table; all of them together write ``bench/results/fleet.json``, some of them a file of their names.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from bench import __main__ as bench
from bench.fleet import faults, growth, product, ratio, share
from bench.fleet.ground import Ground, ground
from fleet import logs

Piece = Callable[[Ground], dict[str, Any]]

LONG: Final[dict[str, Piece]] = {
    "product": partial(product.measure, wish=product.Wish(10_000, 60, 10)),
    "ratio": partial(ratio.measure, wish=ratio.Wish(500, 3.0, 10.0, 7)),
    "share": partial(share.measure, wish=share.Wish(500, 3.0, 15.0, 7)),
    "growth": partial(growth.measure, wish=growth.Wish(10_000, 500, 60.0, 20.0, 5)),
    "faults": partial(faults.measure, wish=faults.Wish(500, 10.0, 3, 5)),
}
QUICK: Final[dict[str, Piece]] = {
    "product": partial(product.measure, wish=product.Wish(1_000, 6, 2)),
    "ratio": partial(ratio.measure, wish=ratio.Wish(200, 1.2, 4.0, 2, raw=False)),
    "share": partial(share.measure, wish=share.Wish(300, 2.0, 3.0, 2)),
    "growth": partial(growth.measure, wish=growth.Wish(1_000, 100, 6.0, 4.0, 2)),
    "faults": partial(faults.measure, wish=faults.Wish(100, 4.0, 2, 1)),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.fleet", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *LONG], help="which; all, if none is named")
    parser.add_argument("--quick", action="store_true", help="a thousand devices, under 50 seconds")
    given = parser.parse_args()
    logs.configure("bench", "warning")
    begun, pieces = time.monotonic(), QUICK if given.quick else LONG
    names = given.names or list(pieces)

    def say(line: str) -> None:
        print(f"  {time.monotonic() - begun:5.0f} s  {line}", flush=True)

    found: dict[str, Any] = {}
    with ground(1_000 if given.quick else 10_000, say) as shared:
        for name in names:
            say(f"{name} begins")
            found |= pieces[name](shared)
    bench.show(found)
    bench.RESULTS.mkdir(exist_ok=True)
    file = "fleet" if not given.names else f"fleet-{'-'.join(names)}"
    (bench.RESULTS / f"{file}.json").write_text(json.dumps(found, default=bench.plain, indent=1) + "\n")
    say("done")


if __name__ == "__main__":
    main()
