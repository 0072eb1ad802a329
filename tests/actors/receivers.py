"""Receivers of notifications: a web server that takes, fails, hangs, redirects or is gone, as its path says."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from actors.guard import Guard
from fleet.egress import Egress

HERE = Guard(Egress.of(["127.0.0.1/32", "::1/128"]).networks, patience=30.0)
"""Lets messages to this machine, for whoever says so."""


@dataclass(slots=True)
class Receiver:
    """What came to it: paths, headers and bodies; ``codes`` are answered first, one for each request."""

    port: int = 0
    taken: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str = "ok", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}/{path}"

    @property
    def paths(self) -> list[str]:
        return [path for path, _, _ in self.taken]


ANSWERS = {"/ok": 204, "/fail": 500, "/gone": 410, "/away": 302}


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Serve on this machine until the end."""
    made = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            made.taken.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            if self.path == "/hang":
                made.ended.wait(120)
            code = made.codes.pop(0) if made.codes else ANSWERS.get(self.path, 404)
            self.send_response(code)
            if code == 302:
                self.send_header("location", made.url("trap"))
            self.end_headers()
            if code >= 400:
                self.wfile.write(b"not\x00 now\n" * 100)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield made
        finally:
            made.ended.set()
            server.shutdown()
            thread.join()
