"""Run the measurements: ``python -m bench.fleet [--quick] [product] [ratio] [share] [growth] [faults]``.

Prints a table; all of them together write ``bench/results/fleet.json``, some of them a file of their names.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final

from bench import __main__ as bench
from bench.fleet import faults, growth, product, ratio, share
from bench.fleet.chain import WRONG
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
"""One after the other, all with the same devices."""

QUICK: Final[dict[str, Piece]] = {
    "product": partial(product.measure, wish=product.Wish(1_000, 6, 2)),
    "ratio": partial(ratio.measure, wish=ratio.Wish(100, 0.6, 2.0, 2, first=1_000, raw=False)),
    "share": partial(share.measure, wish=share.Wish(100, 0.6, 4.0, 2, first=1_100)),
    "growth": partial(growth.measure, wish=growth.Wish(200, 20, 1.2, 2.0, 2, first=1_200, seldom=False)),
    "faults": partial(faults.measure, wish=faults.Wish(60, 3.0, 1, 1, first=1_400)),
}
"""All at once, each with devices of its own: so they disturb each other, and only the full run gives true figures."""

DEVICES: Final = {False: 10_000, True: 1_460}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.fleet", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *LONG], help="which; all, if none is named")
    parser.add_argument("--quick", action="store_true", help="a thousand devices, all at once, under 50 seconds")
    given = parser.parse_args()
    logs.configure("bench", "warning")
    begun, pieces = time.monotonic(), QUICK if given.quick else LONG

    def say(line: str) -> None:
        print(f"  {time.monotonic() - begun:5.0f} s  {line}", flush=True)

    names, found, wrong = given.names or list(pieces), dict[str, Any](), list[str]()
    with (
        ground(DEVICES[given.quick], say) as shared,
        ThreadPoolExecutor(max_workers=len(names) if given.quick else 1) as pool,
    ):
        for name, piece in [(name, pool.submit(_told, name, pieces[name], shared)) for name in names]:
            try:
                told = _kept(name, piece.result())
            except SystemExit as error:
                told = {WRONG: [str(error)]}
            wrong += [f"bench: {name}: {what}" for what in told.pop(WRONG, ())]
            found |= told
    bench.show(found)
    _kept("-".join(given.names), found)
    say("done")
    if wrong:
        raise SystemExit("\n".join(wrong))


def _kept(name: str, found: dict[str, Any]) -> dict[str, Any]:
    """Write what was found, each piece as soon as it is: a later one may end the program."""
    bench.RESULTS.mkdir(exist_ok=True)
    file = f"fleet-{name}" if name else "fleet"
    (bench.RESULTS / f"{file}.json").write_text(json.dumps(found, default=bench.plain, indent=1) + "\n")
    return found


def _told(name: str, piece: Piece, shared: Ground) -> dict[str, Any]:
    shared.say(f"{name} begins")
    found = piece(shared)
    shared.say(f"{name} is done")
    return found


if __name__ == "__main__":
    main()
