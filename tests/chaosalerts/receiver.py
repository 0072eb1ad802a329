"""Where people are told: a web server that is dead for a while, and at times takes a message without a word."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

MUTE: Final = 0.1
"""How many of the messages that are taken are not answered."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that arrived: where, under which id, and what it told of which alerts and devices."""

    path: str
    id: str
    told: tuple[tuple[str, str, str], ...]


@dataclass(slots=True)
class Receiver:
    """What arrived, again and again perhaps; while it is ``dead`` nothing does."""

    luck: random.Random
    port: int = 0
    dead: bool = False
    refused: int = 0
    letters: list[Letter] = field(default_factory=list)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}/{path}"

    def take(self, path: str, its_id: str, body: bytes) -> bool:
        """Take a message, unless dead; tells whether to say so."""
        alerts = json.loads(body)["data"]["alerts"]
        told = tuple((one["id"], one["what"], one["device_id"]) for one in alerts)
        with self._turn:
            if self.dead:
                self.refused += 1
                return False
            self.letters.append(Letter(path.strip("/"), its_id, told))
            return self.luck.random() >= MUTE


@contextmanager
def receiver(seed: int) -> Iterator[Receiver]:
    """Serve on this machine until the end."""
    made = Receiver(random.Random(f"receiver {seed}"))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if body and made.take(self.path, self.headers["webhook-id"], body):
                self.send_response(204)
                self.end_headers()
            else:
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield made
        finally:
            server.shutdown()
            thread.join()
