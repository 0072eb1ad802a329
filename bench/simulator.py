"""What simulated routers cost: how long a fleet takes to start, what a device weighs, and CPU for each poll.

The simulator runs as a process of its own; its CPU and memory are read from the kernel. The work is that of the
product's collectors, on connections that stay, a hundred devices at a time.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import uvloop

from bench import rounds
from fleet.device import Endpoint, Login, TlsMode
from fleet.egress import SIMULATED, Egress
from fleet.families import Cycle
from routeros import collectors
from routeros.client import Client, connect
from routeros.words import Command

PATIENCE = timedelta(seconds=120)
COMMANDS: tuple[Command, ...] = tuple(
    c for one in collectors.every().values() if one.cycle is Cycle.FAST and one.idle is None for c in one.commands
)
"""What most devices are asked in most polls."""
AT_ONCE = 100
WARM = 300
"""Devices that are polled before others are weighed: menus and TLS contexts are shared, and kept for so many."""


@dataclass(frozen=True, slots=True)
class Running:
    """A simulator that runs: its process, what it serves, and the seconds that it took to start."""

    pid: int
    entries: Sequence[Mapping[str, Any]]
    started: float

    def cpu(self) -> float:
        """Tell the CPU seconds of the process so far, by nanoseconds: a poll may cost less than a clock tick."""
        tasks = Path(f"/proc/{self.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9

    def memory(self) -> int:
        """Tell the resident memory in KB."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0])

    def descriptors(self) -> int:
        return len(os.listdir(f"/proc/{self.pid}/fd"))


@contextmanager
def _running(devices: int, *more: str) -> Iterator[Running]:
    with tempfile.TemporaryDirectory() as place:
        listed = Path(place) / "fleet.json"
        command = [sys.executable, "-m", "routeros.simulator", "--devices", str(devices), "--inventory", str(listed)]
        before = time.monotonic()
        with subprocess.Popen([*command, *more], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            process.stdout.readline()
            started = time.monotonic() - before
            try:
                yield Running(process.pid, json.loads(listed.read_text()), started)
            finally:
                process.terminate()


async def _connected(entries: Sequence[Mapping[str, Any]], tls: TlsMode) -> list[Client]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(entry: Mapping[str, Any]) -> Client:
        port = entry["api_port" if tls is TlsMode.PLAIN else "api_ssl_port"]
        endpoint = Endpoint(entry["address"], port, tls, entry["fingerprint"] if tls is TlsMode.PIN else None)
        login = Login(entry["username"], entry["password"])
        async with gate:
            return await connect(endpoint, login, timeout=PATIENCE, egress=Egress((SIMULATED,)))

    return list(await asyncio.gather(*map(one, entries)))


async def _poll(clients: Sequence[Client]) -> None:
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(client: Client) -> None:
        async with gate:
            await client.calls(COMMANDS, timeout=PATIENCE)

    await asyncio.gather(*map(one, clients))


async def _weighed(running: Running, again: int) -> dict[str, Any]:
    """Connect to every device over TLS, poll, and see what it costs; the first ones warm up what all share.

    ``again`` of them are polled three times more.
    """
    count, empty = len(running.entries) - WARM, running.memory()
    first = await _connected(running.entries[:WARM], TlsMode.PIN)
    await _poll(first)
    warm = running.memory()
    rest = await _connected(running.entries[WARM:], TlsMode.PIN)
    idle = running.memory()
    await _poll(rest)
    polled, descriptors, clients = running.memory(), running.descriptors(), [*first, *rest]
    spent = await _spent(running, clients[-again:], 3)
    for client in clients:
        await client.close()
    return {
        "kb_a_device_not_connected": (empty - _bare()) / len(running.entries),
        "kb_a_device_connected": (idle - warm) / count,
        "kb_a_device_polled": (polled - warm) / count,
        "descriptors": descriptors,
        "ms_a_poll_tls": spent,
    }


async def _spent(running: Running, clients: Sequence[Client], turns: int) -> rounds.Spread:
    """Poll again and again; tell the milliseconds of the simulator's CPU for each device."""
    spent = []
    for _ in range(turns):
        before = running.cpu()
        await _poll(clients)
        spent.append(1000 * (running.cpu() - before) / len(clients))
    return rounds.spread(spent)


async def _polled(running: Running, tls: TlsMode, turns: int) -> rounds.Spread:
    clients = await _connected(running.entries, tls)
    await _poll(clients)
    spent = await _spent(running, clients, turns)
    for client in clients:
        await client.close()
    return spent


_EMPTY: list[int] = []


def _bare() -> int:
    """Tell what a simulator of one device weighs in KB: what the program itself takes."""
    if not _EMPTY:
        with _running(1) as running:
            _EMPTY.append(running.memory())
    return _EMPTY[0]


def measure(quick: bool) -> dict[str, Any]:
    """Serve a great fleet and a smaller one, and tell what they cost."""
    great, small, turns = (400, 50, 3) if quick else (5000, 500, 7)
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    _bare()
    with _running(great) as running:
        polled = AT_ONCE if quick else great
        found = {"devices": great, "seconds_to_start": running.started, **uvloop.run(_weighed(running, polled))}
    with _running(small) as running:
        found["ms_a_poll_plain"] = uvloop.run(_polled(running, TlsMode.PLAIN, turns))
    with _running(small, "--canned") as running:
        found["ms_a_poll_canned_plain"] = uvloop.run(_polled(running, TlsMode.PLAIN, turns))
        found["ms_a_poll_canned_tls"] = uvloop.run(_polled(running, TlsMode.PIN, turns))
    return found
