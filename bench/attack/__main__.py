"""Attack the public face: ``python -m bench.attack [--quick] [--requests N] [--only WORD]``.

Starts the servers and the web in a directory of its own, fills two tenants with some of everything, and lets
everybody of each try everything on the other, by whatever operations the OpenAPI document declares. Prints a table
and writes ``bench/results/attack.json``, also when it is broken off. Example: ``python -m bench.attack --quick``.

Then come open streams, the times of refusals and of signing in, egress, and the document itself by schemathesis.
Status 0 where nothing leaks, differs, fails or is against the document, 1 where something does or is, 2 where a
tenant could not be filled.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from bench.attack import contract, egress, filling, report, signin, streams, timing
from bench.attack.campaign import Campaign, Findings, clock
from bench.attack.filling import Filler
from bench.attack.house import built
from bench.attack.people import Door
from bench.attack.report import Report
from bench.attack.stock import Stock
from fleet import logs
from fleet.clock import SystemClock

RESULTS = Path(__file__).parents[1] / "results"


@dataclass(frozen=True, slots=True)
class Wish:
    """How much is tried: in how many parts, at least how many requests, how often timed.

    ``seconds`` after the start it is enough, but for LEAST; ``examples`` are those that schemathesis makes of each
    operation.
    """

    parts: int
    requests: int
    seconds: float
    rounds: int
    examples: int


FULL = Wish(parts=8, requests=100_000, seconds=float("inf"), rounds=300, examples=25)
QUICK = Wish(parts=24, requests=1_000_000, seconds=24, rounds=5, examples=0)
PAUSE = 2.0
LEAST = 5.0
"""Seconds between two lines of progress, and that the attack lasts however long its preparation took."""


def main() -> int:
    given = _asked()
    logs.configure("attack", "error")
    wish = QUICK if given.quick else replace(FULL, requests=given.requests)
    watch = clock()
    with (
        tempfile.TemporaryDirectory() as place,
        built(Path(place) / "state") as house,
        closing(house.wire()) as wire,
    ):
        door, document = Door(wire, house.stores, SystemClock()), house.document()
        try:
            tenants = [filling.fill(house, door, document, slug) for slug in ("attack-north", "attack-south")]
        except filling.Unfilled as error:
            print(error, file=sys.stderr)
            return 2
        print(f"  {watch():5.0f} s  two tenants are filled; {len(document.operations)} operations", flush=True)
        campaign = Campaign(house, door, document, Findings())
        left = replace(wish, seconds=max(LEAST, wish.seconds - watch()))
        found = Report(_attacked(campaign, tenants, left, given.only))
        _rest(found, campaign, tenants, wish)
    figures = found.document() | {"declared": len(document.operations), "seconds": round(watch())}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "attack.json").write_text(json.dumps(figures, indent=1) + "\n")
    report.show(figures)
    return 0 if found.held else 1


def _rest(found: Report, campaign: Campaign, tenants: Sequence[Stock], wish: Wish) -> None:
    """Try all else: the times of refusals, signing in, open streams, egress, and the document itself."""
    house, door, document, (one, other) = campaign.house, campaign.door, campaign.document, tenants
    watch = clock()

    def say(what: str) -> None:
        print(f"  {watch():5.0f} s  {what}", flush=True)

    found.blind = campaign.blind(one, other, document.operations)
    found.timing = timing.measure(document, door.wire, (one, other), wish.rounds)
    found.signin = signin.measure(house, door.wire, one, wish.rounds)
    say("refusals and sign-in are timed")
    found.streams = [streams.attack(house, document, pair) for pair in ((one, other), (other, one))]
    with egress.listening() as listeners:
        egress.attack(Filler(document, door.wire, one), listeners)
        found.reached = list(listeners.came)
    say("streams and egress are tried")
    contract.explore(
        house, door, [Filler(document, door.wire, whose) for whose in tenants], found.shares, wish.examples
    )
    say("the document is held against the server")


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.attack", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a part of it, under 50 seconds")
    parser.add_argument("--requests", type=int, default=FULL.requests, metavar="N", help="at least so many requests")
    parser.add_argument(
        "--only", action="append", default=[], metavar="WORD", help="operations with it in their name"
    )
    return parser.parse_args()


def _attacked(campaign: Campaign, tenants: Sequence[Stock], wish: Wish, only: Sequence[str]) -> Findings:
    """Let each tenant's people try the other, part by part, until enough has been tried; Ctrl-C ends it earlier."""
    watch, told = clock(), [0.0]
    operations = list(filling.operations(campaign.document, only))

    def enough(found: Findings) -> bool:
        if watch() - told[0] > PAUSE:
            told[0] = watch()
            print(
                f"  {watch():5.0f} s  {found.requests:7d} of {wish.requests} requests, {found.leaks} leaks, "
                f"{found.differences} differences, {found.effects} effects",
                flush=True,
            )
        return watch() > wish.seconds

    campaign.enough = enough
    parts = 0
    try:
        while campaign.findings.requests < wish.requests and not enough(campaign.findings):
            own, foreign = tenants[parts % 2], tenants[(parts + 1) % 2]
            campaign.run(own, foreign, operations, [(parts // 2 % wish.parts, wish.parts)])
            parts += 1
    except KeyboardInterrupt:
        print("  broken off: what was found so far is told", flush=True)
    return campaign.findings


if __name__ == "__main__":
    sys.exit(main())
