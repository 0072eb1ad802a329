"""From settings to a running Flotilla on one machine, as one ``with``: read downwards it is the start order.

Servers → roles and schema → announcement → actors → web; the way back is the stop order. While it runs, ``watch``
starts again what died.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from cluster import schema
from cluster.attendance import Attendance
from cluster.programs import Conductor, Web
from cluster.runtime import Runtime
from cluster.servers.nats import Nats
from cluster.servers.openbao import OpenBao
from cluster.servers.postgres import Postgres
from cluster.servers.server import Server
from cluster.servers.state import State
from cluster.servers.valkey import Valkey
from fleet import settings
from fleet.errors import StartRefused
from fleet.settings import Settings

Say = Callable[[str], None]
Seed = Callable[[Settings], None]
First = Callable[[State], Server]


class Assembly:
    """All that runs on one machine. ``say`` hears, in a line each, what a person should know.

    ``first`` makes a server that is started beside the embedded ones; ``seed`` is called once the schema is there
    and before anything polls.
    """

    def __init__(self, asked: Settings, say: Say, seed: Seed | None = None, first: First | None = None) -> None:
        self.settings = asked
        self.state = State(asked.state)
        self._say = say
        self._seed = seed
        self._first = first
        self._stack = ExitStack()
        self._watched: list[Server] = []
        self._coming: list[Server] = []
        self._retry_at: dict[str, float] = {}
        self._attendance = Attendance()

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            undo.push(self._stack.__exit__)
            self._stack.enter_context(self.state)
            self._start()
            undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def servers(self) -> Sequence[Server]:
        """What is watched, in the order of its start."""
        return tuple(self._watched)

    def _start(self) -> None:
        """Let Ray's head, the slowest, come up while the stores are made ready and our programs start."""
        embedded = self._embedded()
        with ThreadPoolExecutor(max_workers=2) as aside, ExitStack() as undo:
            undo.callback(self._abandon)
            head = aside.submit(self._bring_up, [self.ray] if self.ray in embedded else [])
            self._bring_up([*(s for s in embedded if s is not self.ray), *self._more()])
            self._ready(embedded)
            token = self.ray.environment() if self.ray in embedded else {}
            self.conductor = Conductor(self.state, token)
            programs = aside.submit(self._bring_up, [self.web, self.conductor])
            head.result()
            self._located_ray(embedded)
            programs.result()
            undo.pop_all()

    def _abandon(self) -> None:
        """End what is still coming up, so that nobody waits until its patience is over."""
        for server in tuple(self._coming):
            server.stop()

    def _more(self) -> list[Server]:
        return [self._first(self.state)] if self._first else []

    def _embedded(self) -> list[Server]:
        """Make the servers, and tell which of them no URL replaces."""
        self.postgres, self.nats, self.valkey = Postgres(self.state), Nats(self.state), Valkey(self.state)
        self.openbao, self.ray = OpenBao(self.state), Runtime(self.state)
        self.web = Web(self.state, self.settings, {})
        self.web.claim()
        given = self.settings
        wanted: list[tuple[str, Server]] = [
            (given.postgres_url, self.postgres),
            (given.nats_url, self.nats),
            (given.redis_url, self.valkey),
            (given.openbao_url, self.openbao),
            (given.ray_address, self.ray),
        ]
        return [server for url, server in wanted if not url]

    def _ready(self, embedded: Sequence[Server]) -> None:
        """Bring the schema up to date, announce what runs, and fill in what the caller wants there."""
        self.settings = self._located(frozenset(server.name for server in embedded))
        self._say("preparing the schema")
        self.settings = schema.prepare(self.settings, self.state)
        key = self.settings.session_key or self.state.secret("session-key")
        public = self.settings.public_url or self.web.url
        self.settings = self.settings.model_copy(update={"public_url": public, "session_key": key})
        self._stack.callback(self._announce().unlink, missing_ok=True)
        if self._seed:
            self._seed(self.settings)

    def _located(self, embedded: frozenset[str]) -> Settings:
        """Lay the addresses of the embedded servers into the settings."""
        found: dict[str, object] = {}
        if self.postgres.name in embedded:
            found["postgres_url"] = self.postgres.url
        if self.nats.name in embedded:
            found |= {"nats_url": self.nats.url, "nats_token": self.nats.token}
        if self.valkey.name in embedded:
            found["redis_url"] = self.valkey.url
        if self.openbao.name in embedded:
            found |= {
                "openbao_url": self.openbao.url,
                "openbao_role_id": self.openbao.role_id,
                "openbao_secret_id": self.openbao.secret_id,
            }
        return self.settings.model_copy(update=found)

    def _located_ray(self, embedded: Sequence[Server]) -> None:
        """Announce where Ray is, which the conductor waits for."""
        if self.ray in embedded:
            found = {"ray_address": self.ray.address, "ray_jobs_url": self.ray.jobs_url, "ray_token": self.ray.token}
            self.settings = self.settings.model_copy(update=found)
            self._announce()

    def _announce(self) -> Path:
        return settings.announce(self.settings)

    def _bring_up(self, servers: Sequence[Server]) -> None:
        """Start these side by side; they are stopped side by side as well."""
        self._stack.callback(_together, [server.stop for server in servers])
        _together([partial(self._started, server) for server in servers])
        self._watched += servers

    def _started(self, server: Server) -> None:
        begun = time.monotonic()
        self._coming.append(server)
        server.start()
        self._coming.remove(server)
        self._say(f"{server.name} is up ({time.monotonic() - begun:.1f} s)")

    def places(self) -> list[tuple[str, str, str]]:
        """List every part with its process and the address that it listens on, without what is secret in it."""
        rows = [(server.name, str(server.pid or ""), _bare(server.url)) for server in self._watched]
        actors = self.conductor.actors().items()
        return rows + [(name, str(seen.get("pid") or ""), "Ray actor") for name, seen in actors]

    def watch(self) -> None:
        """Start again what died since the last look; call it about twice a second."""
        self.state.watch()
        for server in self._watched:
            if not server.alive() and time.monotonic() >= self._retry_at.get(server.name, 0.0):
                self._revive(server)
        for line in self._attendance.look(self.conductor.actors()):
            self._say(line)

    def _revive(self, server: Server) -> None:
        begun = time.monotonic()
        self._say(f"{server.name} died; starting it again")
        try:
            if server is self.ray:
                self.conductor.abandon()
            server.restart()
            if server is self.ray:
                self.conductor.restart()
        except StartRefused as error:
            self._retry_at[server.name] = time.monotonic() + 5
            self._say(f"{error} Trying again in 5 s.")
            return
        self._say(f"{server.name} is back after {time.monotonic() - begun:.1f} s")


def _bare(url: str) -> str:
    """Leave scheme, host and port of a URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}:{parts.port}" if parts.hostname else url


def _together(tasks: Sequence[Callable[[], object]]) -> None:
    """Do all of them side by side and raise the first error once all have ended."""
    with ThreadPoolExecutor(max_workers=max(1, len(tasks))) as pool:
        for outcome in [pool.submit(task) for task in tasks]:
            outcome.result()
