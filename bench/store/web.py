"""REST as the product serves it, in a process of its own: ``python -m bench.store.web NOW``.

The setting ``postgres_roles`` says where the database is, ``NOW`` the instant that it takes for the present. It
prints a line of JSON with its port, and ends when its input does.
"""

from __future__ import annotations

import json
import socket
import sys
import tempfile
import threading
from datetime import datetime
from pathlib import Path

import uvicorn

from api.app import create_app
from api.context import Context
from cluster import threads
from cluster.servers.state import State
from cluster.servers.valkey import Valkey
from db.engine import Stores
from db.limits import Limits
from db.vault import Vault
from fleet import logs, settings
from fleet.clock import FakeClock
from routeros import collectors


def main(now: str) -> None:
    """Serve until the input ends."""
    given = settings.load(announced=False)
    with (
        tempfile.TemporaryDirectory() as place,
        State(Path(place) / "state") as state,
        Valkey(state) as valkey,
        Stores.of(given) as stores,
        socket.create_server(("127.0.0.1", 0)) as listener,
    ):
        clock, limits = FakeClock(datetime.fromisoformat(now)), Limits(valkey.url)
        context = Context(given, stores, collectors.families(), clock, limits, Vault("http://127.0.0.1:1", "", ""))
        server = uvicorn.Server(uvicorn.Config(threads.served(create_app(context), 4), log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        print(json.dumps({"port": listener.getsockname()[1]}), flush=True)
        sys.stdin.read()
        server.should_exit = True
        thread.join()


if __name__ == "__main__":
    logs.configure("web", "warning")
    main(sys.argv[1])
