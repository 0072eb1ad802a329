"""Callbacks asked again as a browser asked them, without the browser: what each takes."""

from __future__ import annotations

import copy
import http.client
import json
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext

from bench.ui.screen import CALLBACK

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """Asks as a person who is signed in."""

    host: str
    headers: dict[str, str]

    @contextmanager
    def open(self) -> Iterator[http.client.HTTPConnection]:
        """Keep a connection until left."""
        connection = http.client.HTTPConnection(self.host, timeout=60)
        yield connection
        connection.close()

    def ask(self, connection: http.client.HTTPConnection, body: Body) -> float:
        """Ask once; tells the seconds, and fails on anything but an answer."""
        begun = time.perf_counter()
        connection.request("POST", f"/t{CALLBACK}", json.dumps(body), self.headers)
        answer = connection.getresponse()
        said = answer.read()
        took = time.perf_counter() - begun
        if answer.status not in (200, 204):
            raise SystemExit(f"A callback of {body['output'][:80]} answered {answer.status}: {said[:300]!r}")
        return took


def line(url: str, context: BrowserContext) -> Line:
    """Take the cookies of a browser."""
    cookies = {cookie["name"]: cookie["value"] for cookie in context.cookies(url)}
    guard = next(value for name, value in cookies.items() if name.endswith("flotilla_csrf"))
    shown = "; ".join(f"{name}={value}" for name, value in cookies.items())
    headers = {"Cookie": shown, "X-CSRF-Token": guard, "Content-Type": "application/json", "Accept-Encoding": "gzip"}
    return Line(urlsplit(url).netloc, headers)


def moved(body: Body, number: int) -> Body:
    """Ask for another range, so that nothing that was kept can answer."""
    changed = copy.deepcopy(body)
    for given in [*changed.get("inputs", []), *changed.get("state", [])]:
        for one in given if isinstance(given, list) else [given]:
            if (one.get("id"), one.get("property")) == ("url", "search"):
                one["value"] = f"?from=now-{3600 + number}s"
    return changed


def repeated(asks: Line, bodies: Sequence[Body], count: int, *, anew: bool) -> list[float]:
    """Ask each of the callbacks some times in turn; ``anew`` each time for another range."""
    with asks.open() as connection:
        return [
            asks.ask(connection, moved(body, number) if anew else body) for number in range(count) for body in bodies
        ]


def crowd(asks: Line, bodies: Sequence[Body], people: int, rounds: int, every: float) -> list[float]:
    """Let so many people look at one page at once, each of whom asks for news in a rhythm."""
    took: list[float] = []

    def one(place: int) -> None:
        time.sleep(every * place / people)
        with asks.open() as connection:
            for _ in range(rounds):
                begun = time.perf_counter()
                took.extend(asks.ask(connection, body) for body in bodies)
                time.sleep(max(0.0, every - (time.perf_counter() - begun)))

    threads = [threading.Thread(target=one, args=(place,)) for place in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return took


def p95(seconds: Sequence[float]) -> float:
    """Tell the 95th percentile, in milliseconds."""
    return statistics.quantiles(seconds, n=20)[-1] * 1000
