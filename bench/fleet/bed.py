"""The servers of one chain, apart from those of others: PostgreSQL, NATS and Valkey over their own state directory.

OpenBao is what all chains of a benchmark share: it is asked for passwords every five minutes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Final

from bench.fleet.giving import giving
from cluster import schema
from cluster.servers.nats import Nats
from cluster.servers.openbao import OpenBao
from cluster.servers.postgres import Postgres
from cluster.servers.server import Server
from cluster.servers.state import State
from cluster.servers.valkey import Valkey
from fleet import settings
from fleet.settings import Settings

MIGRATING: Final = Lock()
"""Whoever brings a schema up to date holds it: Alembic does that for one database at a time."""


@dataclass(frozen=True, slots=True)
class Bed:
    """Servers that run, and the settings that lead to them; announced, so that a process finds them by ``state``."""

    state: State
    settings: Settings
    postgres: Postgres
    nats: Nats

    @property
    def path(self) -> str:
        """The state directory."""
        return str(self.state.path)


@contextmanager
def bed(place: Path, safe: OpenBao, **asked: Any) -> Iterator[Bed]:
    """Run the servers of a chain until left; ``asked`` are settings."""
    with State(place) as state, ExitStack() as stack:
        postgres, nats, valkey = Postgres(state), Nats(state), Valkey(state)
        _together(stack, [postgres, nats, valkey])
        given = settings.load(
            place,
            announced=False,
            postgres_url=postgres.url,
            nats_url=nats.url,
            nats_token=nats.token,
            redis_url=valkey.url,
            openbao_url=safe.url,
            openbao_role_id=safe.role_id,
            openbao_secret_id=safe.secret_id,
            **asked,
        )
        with MIGRATING:
            given = schema.prepare(given, state)
        settings.announce(given)
        stack.enter_context(giving(given))
        yield Bed(state, given, postgres, nats)


@contextmanager
def safe(place: Path) -> Iterator[OpenBao]:
    """Run an OpenBao until left."""
    with State(place) as state, OpenBao(state) as server:
        yield server


def _together(stack: ExitStack, servers: Sequence[Server]) -> None:
    with ThreadPoolExecutor(max_workers=len(servers)) as pool:
        for started in [pool.submit(stack.enter_context, server) for server in servers]:
            started.result()
