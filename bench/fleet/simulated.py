"""The simulated fleet: a process of its own, what it has answered device by device, and what is wrong with it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

PATIENCE = 120.0
AT_ONCE = 500

Entry: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answered:
    """How many polls each device answered, and how many failed, by its place in the fleet."""

    ok: Sequence[int]
    failed: Sequence[int]

    @property
    def polls(self) -> int:
        """All polls of all of them."""
        return sum(self.ok) + sum(self.failed)


@dataclass(frozen=True, slots=True)
class Simulator:
    """A simulator that runs: its process, its control socket and what it serves."""

    pid: int
    control: Path
    entries: Sequence[Entry]

    def ask(self, *questions: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Put questions to the control socket; returns the answers in their order."""
        answers: list[dict[str, Any]] = []
        with socket.socket(socket.AF_UNIX) as line, line.makefile("r") as heard:
            line.settimeout(PATIENCE)
            line.connect(str(self.control))
            for begin in range(0, len(questions), AT_ONCE):
                some = questions[begin : begin + AT_ONCE]
                line.sendall(b"".join(json.dumps(question).encode() + b"\n" for question in some))
                answers += [json.loads(heard.readline()) for _ in some]
        if wrong := [answer["error"] for answer in answers if "error" in answer]:
            raise SystemExit(f"bench: the simulator says: {wrong[0]}")
        return answers

    def answered(self, indexes: Iterable[int]) -> Answered:
        """Count the polls of devices so far."""
        found = self.ask(*({"command": "stats", "device": index} for index in indexes))
        return Answered([one["polls_ok"] for one in found], [one["polls_failed"] for one in found])

    def afflict(self, *orders: str) -> None:
        """Set faults, each as ``--fault`` of the simulator takes it."""
        self.ask(*({"command": "fault", "order": order} for order in orders))


@contextmanager
def simulator(devices: int, place: Path, *options: str) -> Iterator[Simulator]:
    """Serve devices until left, with further options; ``place`` is a directory for what it keeps."""
    listed, control = place / "fleet.json", place / "control.sock"
    command = [sys.executable, "-m", "routeros.simulator", "--devices", str(devices), *options]
    command += ["--inventory", str(listed), "--control", str(control), "--state", str(place / "simulator")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            if not process.stdout.readline():
                raise SystemExit("bench: the simulator did not start")
            yield Simulator(process.pid, control, json.loads(listed.read_text()))
        finally:
            process.terminate()
