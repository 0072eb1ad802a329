"""The processes of a benchmark: a canned server, and one worker for each way to poll."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import IO, Any

from bench.target import Target


@dataclass(frozen=True, slots=True)
class Worker:
    """A process that does what it is asked for."""

    asks: IO[str]
    hears: IO[str]

    def ask(self, **request: Any) -> dict[str, Any]:
        """Send a request and wait for its answer."""
        self.tell(**request)
        return self.hear()

    def tell(self, **request: Any) -> None:
        """Send a request; its answer will be heard later."""
        self.asks.write(json.dumps(request) + "\n")
        self.asks.flush()

    def hear(self) -> dict[str, Any]:
        """Wait for a line."""
        answer: dict[str, Any] = json.loads(self.hears.readline())
        return answer


@contextmanager
def canned(devices: int, moments: int) -> Iterator[tuple[Target, Worker]]:
    """Serve canned devices until left; ``still`` of the process lets their counters stand still."""
    with child("bench.canned", f"--devices={devices}", f"--moments={moments}") as process:
        yield Target(devices=devices, **process.hear()), process


@contextmanager
def worker(way: str, target: Target) -> Iterator[Worker]:
    """Run a way in a process until left."""
    with child("bench.worker", way, json.dumps(asdict(target))) as process:
        yield process


@contextmanager
def child(module: str, *arguments: str, environment: Mapping[str, str] | None = None) -> Iterator[Worker]:
    """Run a module of this package, with ``environment`` beside our own; closing its input ends it."""
    command, variables = [sys.executable, "-m", module, *arguments], {**os.environ, **(environment or {})}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=variables
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield Worker(process.stdin, process.stdout)
        finally:
            process.stdin.close()
            process.wait(30)
