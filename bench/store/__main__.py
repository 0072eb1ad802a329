"""Run the measurements of the store: ``python -m bench.store [--quick] [--server URL]``.

Writes ``bench/results/store.json``, and of a server with TimescaleDB ``store-timescaledb.json``.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass
from typing import Any

from bench import __main__ as bench
from bench.store import asking, reading, rolling, writing
from bench.store.ground import ground
from fleet import logs
from fleet.retention import Mode


@dataclass(frozen=True, slots=True)
class Wish:
    """How much is stored, and how often each thing is done."""

    devices: int
    tenants: int
    rounds: int
    buckets: int


FULL = Wish(devices=2_000, tenants=10, rounds=9, buckets=12)
"""Twenty million rows of ``resource``, and seventeen of interfaces."""
QUICK = Wish(devices=120, tenants=10, rounds=3, buckets=1)
"""Two million rows in all."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.store", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two million rows, under 50 seconds")
    parser.add_argument(
        "--server", default="", metavar="URL", help="in a database of its own on this server of yours, as superuser"
    )
    given = parser.parse_args()
    logs.configure("bench", "warning")
    found = measure(QUICK if given.quick else FULL, given.server)
    bench.show(found)
    bench.RESULTS.mkdir(exist_ok=True)
    name = "store.json" if found["mode"] == Mode.NATIVE else f"store-{found['mode']}.json"
    (bench.RESULTS / name).write_text(json.dumps(found, default=bench.plain, indent=1) + "\n")


def measure(wish: Wish, server: str = "") -> dict[str, Any]:
    """Measure all of it on one server, the embedded one where none is named."""
    begun = time.monotonic()

    def say(line: str) -> None:
        print(f"  {time.monotonic() - begun:5.0f} s  {line}", flush=True)

    with ground(wish.tenants, server) as place:
        wrote = writing.measure(place, wish.rounds)
        say("writing is measured")
        asking.register(place, wish.devices)
        reading.fill(place, wish.devices, say)
        read = reading.measure(place, wish.rounds)
        asked = asking.measure(place, wish.rounds)
        rolled = rolling.measure(place, wish.rounds, wish.buckets)
        say("reading and rolling up are measured")
        density = reading.density(place)
    return {
        "ratios": wrote["ratios"] | read["ratios"] | asked["ratios"],
        "bytes_per_value": density,
        "us_a_value": wrote["us_a_value"],
        "ms": read["ms"] | asked["ms"] | rolled["ms"],
        "keep_up": rolled["keep_up"],
        "mode": place.mode.value,
    }


if __name__ == "__main__":
    main()
