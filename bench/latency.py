"""A line with latency: a relay in a process of its own that hands on every byte ten milliseconds after it came.

``python -m bench.latency PORT`` prints its own port and relays what reaches it, at any loopback address, to that port
of the same address, until its input ends. Each direction has two threads, one that notes when bytes came and one that
sleeps until they are due, so that neither a timer's rounding nor what comes meanwhile adds to the delay.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
import time
from contextlib import suppress
from queue import SimpleQueue
from typing import Final, TypeAlias

from routeros.simulator.doors.listeners import listen

ONE_WAY: Final = 0.010
ROUND_TRIP: Final = 2 * ONE_WAY

Line: TypeAlias = SimpleQueue[tuple[float, bytes]]


def relay(port: int) -> None:
    """Print where it listens, and relay each connection in threads of its own."""
    listener = listen(0)
    listener.setblocking(True)
    with suppress(PermissionError):
        os.nice(-10)  # A line does not wait for a processor.
    print(json.dumps({"port": listener.getsockname()[1]}), flush=True)
    threading.Thread(target=_accept, args=(listener, port), daemon=True).start()
    sys.stdin.read()


def _accept(listener: socket.socket, port: int) -> None:
    while True:
        near, _ = listener.accept()
        far = socket.create_connection((near.getsockname()[0], port))
        for source, sink in ((near, far), (far, near)):
            sink.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            line: Line = SimpleQueue()
            threading.Thread(target=_hear, args=(source, line), daemon=True).start()
            threading.Thread(target=_tell, args=(line, sink), daemon=True).start()


def _hear(source: socket.socket, line: Line) -> None:
    data = b"-"
    while data:
        data = source.recv(65536)
        line.put((time.monotonic() + ONE_WAY, data))


def _tell(line: Line, sink: socket.socket) -> None:
    while True:
        due, data = line.get()
        time.sleep(max(0.0, due - time.monotonic()))
        if not data:
            sink.shutdown(socket.SHUT_WR)
            return
        sink.sendall(data)


if __name__ == "__main__":
    relay(int(sys.argv[1]))
