"""What Ray's job server says, read over HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from fleet import settings
from fleet.errors import Unavailable
from jobs import board

TOLD = [
    {
        "submission_id": "backfill-1",
        "status": "SUCCEEDED",
        "entrypoint": "python -m jobs.backfill",
        "start_time": 1000,
    },
    {"submission_id": "backfill-2", "status": "RUNNING", "start_time": 2000, "message": "busy", "end_time": None},
    {"submission_id": None, "job_id": "01000000", "status": "RUNNING", "start_time": 3000},
]


class _Ray(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        known = self.headers["Authorization"] == "Bearer secret" and self.path == "/api/jobs/"
        self.send_response(200 if known else 401)
        self.end_headers()
        self.wfile.write(json.dumps(TOLD).encode() if known else b"")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    """The address of a job server."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Ray) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_jobs_are_told_with_the_newest_first(url: str) -> None:
    read = board.read(url, "secret")
    assert [(job.id, job.state, job.message) for job in read] == [
        ("backfill-2", "running", "busy"),
        ("backfill-1", "done", ""),
    ]
    assert read[1].began_at is not None
    assert read[1].began_at.timestamp() == 1
    assert read[0].ended_at is None


def test_a_server_that_refuses_or_is_away_is_unavailable(url: str) -> None:
    for address, token in ((url, "wrong"), ("http://127.0.0.1:9", "secret")):
        with pytest.raises(Unavailable):
            board.read(address, token)


def test_nobody_has_said_where_it_is(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="Nobody has said"):
        board.known(settings.load(tmp_path))
