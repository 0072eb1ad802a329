"""Run the measurements of the web: ``python -m bench.web [--quick]``; writes ``bench/results/web.json``."""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bench import __main__ as bench
from bench.crew import Worker, child
from bench.fleet import kernel
from bench.rounds import Spread, ratio, spread
from bench.web.ground import CLIENTS, Bed, bed, web
from bench.web.mouth import Mouth
from fleet import logs

GROUPS = 50
WORDS = itertools.count()
EVENTS = 10
"""What is told in one write, or in as many."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How much is measured: rounds, requests of each, and whether all ticks at once are measured, too."""

    rounds: int
    requests: int
    shouts: int
    peer: bool
    tenants: int = 40
    devices: int = 10_000


FULL = Wish(rounds=3, requests=600, shouts=9, peer=True)
QUICK = Wish(rounds=1, requests=250, shouts=3, peer=False)


@dataclass
class Found:
    """What was measured of one server, round by round."""

    alone: list[float] = field(default_factory=list)
    beside: list[float] = field(default_factory=list)
    opening: list[float] = field(default_factory=list)
    deliveries: list[float] = field(default_factory=list)
    fanout: list[float] = field(default_factory=list)
    single: list[float] = field(default_factory=list)
    together: list[float] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.web", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round, under 50 seconds")
    found = measure(QUICK if parser.parse_args().quick else FULL)
    bench.show(found)
    bench.RESULTS.mkdir(exist_ok=True)
    (bench.RESULTS / "web.json").write_text(json.dumps(found, default=bench.plain, indent=1) + "\n")


def measure(wish: Wish) -> dict[str, Any]:
    """Measure all of it; each round begins without a client and ends without one."""
    begun = time.monotonic()

    def say(line: str) -> None:
        print(f"  {time.monotonic() - begun:5.0f} s  {line}", flush=True)

    with bed(wish.tenants, wish.devices) as place, Mouth(place) as mouth:
        say("the stores are filled")
        with web(place, GROUPS) as (_, port, pid):
            listed = _p95(_requests(place, port, 0, "/devices", wish.requests))
            spreading = Found()
            for _ in range(wish.rounds):
                _round(wish, place, mouth, (port, pid), spreading)
                say("a round is measured")
        at_once = Found()
        if wish.peer:
            with web(place, 1) as (_, port, pid):
                for _ in range(wish.rounds):
                    _beside(wish, place, mouth, port, at_once, lambda crowd: None)
                say("all ticks at once are measured")
    return _told(spreading, at_once, listed)


def _round(wish: Wish, place: Bed, mouth: Mouth, server: tuple[int, int], found: Found) -> None:
    port, pid = server

    def more(crowd: Worker) -> None:
        for _ in range(wish.shouts):
            found.fanout.append(_shout(mouth, crowd, [f"word-{next(WORDS)}."]))
        found.single.append(_cost(pid, lambda: [_shout(mouth, crowd, [word]) for word in _words()]))
        found.together.append(_cost(pid, lambda: _shout(mouth, crowd, _words())))

    _beside(wish, place, mouth, port, found, more)


def _beside(wish: Wish, place: Bed, mouth: Mouth, port: int, found: Found, more: Callable[[Worker], None]) -> None:
    """Ask REST without any stream, then beside two thousand with a tick to each every 250 ms."""
    found.alone.append(_p95(_requests(place, port, 1, "/maintenance", wish.requests)))
    with child("bench.web.crowd", str(port)) as crowd:
        found.opening.append(crowd.ask(open=place.streams("device_status,metric_update"))["seconds"])
        with mouth.ticking():
            time.sleep(1)
            crowd.tell(count=2.0)
            found.beside.append(_p95(_requests(place, port, 1, "/maintenance", wish.requests)))
            found.deliveries.append(crowd.hear()["pieces"])
        time.sleep(0.5)
        more(crowd)
        crowd.ask(close=True)


def _words() -> list[str]:
    return [f"word-{next(WORDS)}." for _ in range(EVENTS)]


def _shout(mouth: Mouth, crowd: Worker, words: list[str]) -> float:
    """Tell of a status for each word; returns after how many seconds the last client has heard the last."""
    crowd.ask(**{"await": words[-1]})
    begun = mouth.say(*words)
    return float(crowd.hear()["at"]) - begun


def _cost(pid: int, work: Callable[[], object]) -> float:
    """Tell the CPU seconds of the server for something, without what it takes for doing nothing meanwhile."""
    idle, begun = kernel.cpu(pid), time.monotonic()
    time.sleep(1)
    rate = (kernel.cpu(pid) - idle) / (time.monotonic() - begun)
    before, begun = kernel.cpu(pid), time.monotonic()
    work()
    return kernel.cpu(pid) - before - rate * (time.monotonic() - begun)


def _requests(place: Bed, port: int, tenant: int, path: str, count: int) -> list[float]:
    """Ask one after the other over a kept connection, in a rhythm that leaves time between; tells the seconds."""
    home = f"/api/tenants/{place.stores.tenants[tenant]}"
    headers = {"Authorization": f"Bearer {place.keys[tenant]}"}
    took: list[float] = []
    with _connected(port) as line:
        for _ in range(count):
            begun = time.perf_counter()
            line.request("GET", home + path, headers=headers)
            answer = line.getresponse()
            body = answer.read()
            took.append(time.perf_counter() - begun)
            if answer.status != 200:
                raise SystemExit(f"REST answered {answer.status}: {body[:300]!r}")
            time.sleep(max(0.0, 0.0125 - took[-1]))
    return took


@contextmanager
def _connected(port: int) -> Iterator[http.client.HTTPConnection]:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    yield line
    line.close()


def _p95(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1] * 1000


def _told(spreading: Found, at_once: Found, listed: float) -> dict[str, Any]:
    beside: Spread = ratio(spreading.beside, spreading.alone)
    told: dict[str, Any] = {
        "sse_clients": CLIENTS,
        "rest_p95_ratio": beside.median,
        "fanout_s": spread(spreading.fanout).most,
        "coalesced_ratio": ratio(spreading.together, spreading.single).median,
        "device_list_p95_ms": listed,
        "rounds": {
            "rest_p95_ms_alone": spread(spreading.alone),
            "rest_p95_ms_beside": spread(spreading.beside),
            "rest_p95_ratio": beside,
            "fanout_s": spread(spreading.fanout),
            "coalesced_ratio": ratio(spreading.together, spreading.single),
            "ticks_a_second": spread(spreading.deliveries),
            "opening_s": spread(spreading.opening),
        },
    }
    if at_once.beside:
        told["rounds"]["rest_p95_ratio_all_at_once"] = ratio(at_once.beside, at_once.alone)
    return told


if __name__ == "__main__":
    logs.configure("bench", "warning")
    main()
