"""CPU for a poll of one device: our client, with and without its compiled parser, against those that others wrote.

All ways do the same work (``bench/work.py``) on the same canned fleet and must read the same. ``docs/benchmarks.md``
tells how, and what the figures mean.
"""

from __future__ import annotations

import platform
import ssl
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from importlib.metadata import version
from typing import Any, Final, TypeAlias

from bench import scale
from bench.crew import Worker, canned, worker
from bench.rounds import Spread, ratio, spread
from bench.target import Target
from routeros.words import COMPILED

DEVICES: Final = 50
MOMENTS: Final = 6

Spent: TypeAlias = Mapping[str, list[float]]
"""Seconds of CPU per device poll, round by round."""

Crew: TypeAlias = Mapping[str, Worker]
"""By way the process that polls in it."""

PURE: Final = {"pure whole": 4, "pure named": 8}
BUILT: Final = {"compiled whole": 16, "compiled named": 32}
PEERS: Final = {
    "LibrouterosAsync whole": 1,
    "LibrouterosAsync named": 1,
    "Librouteros whole": 1,
    "RouterOSApi whole": 1,
}
"""Ways, and how often each polls its devices in a round."""
SLOW: Final = "RouterOSApi whole"
"""It writes word by word and so waits 40 ms for every command: it polls a few of the devices only."""

DEMANDED: Final = {
    "pure_vs_librouteros_async": ("LibrouterosAsync whole", "pure whole"),
    "pure_proplist_vs_librouteros_async": ("LibrouterosAsync whole", "pure named"),
    "compiled_vs_librouteros_async": ("LibrouterosAsync whole", "compiled named"),
    "compiled_vs_librouteros_sync": ("Librouteros whole", "compiled named"),
    "compiled_vs_routeros_api": ("RouterOSApi whole", "compiled named"),
}
FURTHER: Final = {
    "compiled_full_vs_librouteros_async": ("LibrouterosAsync whole", "compiled whole"),
    "compiled_full_vs_librouteros_sync": ("Librouteros whole", "compiled whole"),
    "compiled_full_vs_routeros_api": ("RouterOSApi whole", "compiled whole"),
    "compiled_proplist_vs_librouteros_async_proplist": ("LibrouterosAsync named", "compiled named"),
    "pure_proplist_vs_librouteros_async_proplist": ("LibrouterosAsync named", "pure named"),
}
"""The slow way and the fast one of each ratio; ``further`` ones keep the peers honest."""


def measure(quick: bool) -> dict[str, Any]:
    """Poll the canned fleet in turn; return the ratios with their spread, and microseconds for orientation."""
    rounds, few = (3, 4) if quick else (7, 10)
    own = "compiled named" if COMPILED else "pure named"
    tls = {f"{own} tls kept": 16, f"{own} tls fresh": 2}
    ways = {**PURE, **(BUILT if COMPILED else {}), **tls, **PEERS}
    with canned(DEVICES, MOMENTS) as (target, server):
        with crew(ways, target, few) as ready:
            agree(ready, server)
            polls = {way: times * (few if way == SLOW else DEVICES) for way, times in ways.items()}
            spent, work = race(ready, ways, polls, rounds), _work(ready)
        grown, plain = scale.growth(own, target, rounds)
        secured = scale.weight(f"{own} tls", target, 100, 400 if quick else 2000)
        trips, nominal = scale.round_trips(own, target, 15 if quick else 50)
    spreads = {name: compared(spent, *pair) for name, pair in DEMANDED.items()}
    spreads |= {"round_trips_at_20ms": trips, "growth_5000_vs_100": grown}
    spreads |= {"kb_per_connection_plain": spread([plain]), "kb_per_connection_tls": spread([secured])}
    spreads |= {"tls_fresh_vs_persistent": compared(spent, f"{own} tls fresh", f"{own} tls kept")}
    return {
        "ratios": {name: one and round(one.median, 3) for name, one in spreads.items()},
        "rounds": rounds,
        "spread": spreads,
        "further": {name: compared(spent, *pair) for name, pair in FURTHER.items()} | {"polls_in_20ms": nominal},
        "us_a_poll": {name: spread([1e6 * seconds for seconds in each]) for name, each in spent.items()},
        "work": work,
        "versions": versions(),
    }


@contextmanager
def crew(ways: Iterable[str], target: Target, few: int) -> Iterator[Crew]:
    """Have a process ready for every way, connected and warm."""
    slow = replace(target, devices=few)
    with ExitStack() as stack:
        made = {way: stack.enter_context(worker(way, slow if way == SLOW else target)) for way in ways}
        asked(made, open=target.devices)
        yield made


def asked(crew: Crew, **request: Any) -> dict[str, dict[str, Any]]:
    """Ask all at once for what is not measured; return the answers by way."""
    for one in crew.values():
        one.tell(**request)
    return {way: one.hear() for way, one in crew.items()}


def agree(crew: Crew, server: Worker) -> None:
    """See to it that all ways read the same from devices whose counters stand still."""
    server.ask(still=True)
    for kind in ("whole", "named"):
        read = asked({way: one for way, one in crew.items() if kind in way}, read=True)
        most = read[f"pure {kind}"]["replies"]
        of_few = [reply for reply in most if reply in read.get(SLOW, {}).get("replies", ())]
        if any(one["replies"] != (of_few if way == SLOW else most) for way, one in read.items()):
            raise SystemExit(f"bench: the ways do not read the same ({kind})")
    server.ask(still=False)


def race(crew: Crew, sweeps: Mapping[str, int], polls: Mapping[str, int], rounds: int) -> Spent:
    """Let every way poll in turn, round by round; ``polls`` is how many that are."""
    spent: dict[str, list[float]] = {way: [] for way in crew}
    for _ in range(rounds):
        for way, one in crew.items():
            spent[way].append(one.ask(sweeps=sweeps[way])["cpu"] / polls[way])
    return spent


def _work(crew: Crew) -> dict[str, int]:
    counts = {kind: crew[f"pure {kind}"].ask(sweeps=1) for kind in ("whole", "named")}
    return {f"{what}_{kind}": found[what] for kind, found in counts.items() for what in ("rows", "attributes")}


def compared(spent: Spent, slow: str, fast: str) -> Spread | None:
    """Divide two ways round by round; None where one of them could not be tried."""
    return ratio(spent[slow], spent[fast]) if slow in spent and fast in spent else None


def versions() -> dict[str, str]:
    """Name what was measured with."""
    packages = ("librouteros", "RouterOS-api", "uvloop")
    return {
        "python": sys.version.split()[0],
        "kernel": platform.release(),
        "machine": platform.machine(),
        "openssl": ssl.OPENSSL_VERSION,
        **{package: version(package) for package in packages},
    }
