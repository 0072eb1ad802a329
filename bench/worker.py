"""One way to poll in a process of its own, so that only its own CPU and memory are counted.

Each line of its input is a request in JSON, each line of its output the answer; it ends with its input.
"""

from __future__ import annotations

import gc
import importlib
import json
import resource
import socket
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from bench.rounds import cpu
from bench.target import Target, Way

PAGES = Path("/proc/self/statm")
PAGE = 4096


def make(name: str, target: Target) -> Way:
    """Make a way by its name, such as ``compiled named`` or ``pure whole tls kept``."""
    if name.startswith("pure"):
        sys.modules["routeros._words"] = None  # type: ignore[assignment]  # as where no compiler was
    work = importlib.import_module("bench.work")
    commands = work.NAMED if "named" in name else work.WHOLE
    peers = importlib.import_module("bench.peers")
    for kind in ("LibrouterosAsync", "Librouteros", "RouterOSApi"):
        if name.startswith(kind):
            made: Way = getattr(peers, kind)(target, commands)
            return made
    ours = importlib.import_module("bench.ours")
    own: Way = ours.Ours(target, commands, tls="tls" in name, kept="fresh" not in name)
    return own


def answer(way: Way, request: dict[str, Any]) -> dict[str, Any]:
    """Do what was asked for."""
    match request:
        case {"open": int(connections)}:
            way.open(connections)
            way.sweep()
            gc.collect()
            gc.freeze()
            return {"rss": resident()}
        case {"sweeps": int(sweeps)}:
            return {"cpu": spent(way.sweep, sweeps), "rss": resident(), **counted(way)}
        case {"trips": int(times), "address": str(address), "port": int(port)}:
            with socket.create_connection((address, port)) as line:
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return {"seconds": [(lasted(partial(ping, line)), lasted(way.sweep)) for _ in range(times)]}
        case {"read": _}:
            return {"replies": read(way)}
    raise ValueError(request)


def read(way: Way) -> list[list[list[dict[str, str]]]]:
    """Poll once and tell what every device said, in an order that does not depend on who came first."""
    way.kept.replies.clear()
    way.kept.every = True
    way.sweep()
    way.kept.every = False
    return sorted(([[plain(row) for row in rows] for rows in each] for each in way.kept.replies), key=str)


def spent(work: Callable[[], None], times: int) -> float:
    """Tell the CPU seconds of doing something so many times."""
    gc.collect()
    before = cpu()
    for _ in range(times):
        work()
    return cpu() - before


def ping(line: socket.socket) -> None:
    """Send a few bytes to a canned server and wait for its few."""
    line.sendall(b"\x06/login\0")
    line.recv(64)


def lasted(work: Callable[[], None]) -> float:
    """Tell the seconds on the wall that doing something took."""
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


def counted(way: Way) -> dict[str, int]:
    """Count the rows and attributes of the last device polled."""
    rows = [row for reply in way.kept.replies[-1] for row in reply]
    return {"rows": len(rows), "attributes": sum(map(len, rows))}


def plain(row: Mapping[str, object]) -> dict[str, str]:
    """Undo what a client makes of values and names: truth, numbers, and ``.id`` without its point."""
    return {".id" if name == "id" else name: _text(value) for name, value in row.items()}


def _text(value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return {"yes": "true", "no": "false"}.get(text, text)


def resident() -> int:
    """Tell the bytes of memory that this process has."""
    return int(PAGES.read_text().split()[1]) * PAGE


def main() -> None:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    way = make(sys.argv[1], Target(**json.loads(sys.argv[2])))
    for line in sys.stdin:
        print(json.dumps(answer(way, json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
