"""The house that is attacked: real servers, the real web server over them, and a way into each."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx
from redis import Redis

from bench.attack.document import Document
from bench.attack.wire import Wire
from bus import streams
from bus.connection import connect
from cluster import schema
from cluster.programs import Web
from cluster.servers.nats import Nats
from cluster.servers.openbao import OpenBao
from cluster.servers.postgres import Postgres
from cluster.servers.state import State
from cluster.servers.valkey import Valkey
from db.engine import Stores
from db.vault import Vault
from fleet import settings
from fleet.settings import Settings

LIMITS = "*limit*"
"""The keys of the rate limits, which would only make an attack slow."""
PATIENCE = timedelta(minutes=1)
"""How long the web server waits for Redis: an answer that nothing limited has other headers."""


@dataclass(frozen=True, slots=True)
class House:
    """A web server that runs, and what stands behind it. ``admin_url`` sees every row of the database."""

    url: str
    asked: Settings
    stores: Stores
    admin_url: str = field(repr=False)

    def wire(self) -> Wire:
        """Open a connection that is never held up by a limit for long."""
        return Wire(self.url, self.relieve)

    def relieve(self) -> None:
        """Let the server forget how often it was asked."""
        with Redis.from_url(self.asked.redis_url) as redis:
            if keys := list(redis.scan_iter(LIMITS, count=1000)):
                redis.delete(*keys)

    def vault(self) -> Vault:
        return Vault.of(self.asked)

    def document(self) -> Document:
        """Read what the server says of itself."""
        return Document(httpx.get(f"{self.url}/api/openapi.json", timeout=60, trust_env=False).json())


@contextmanager
def built(place: Path) -> Iterator[House]:
    """Start everything that a web server needs in a state directory of its own; no poller and no Ray."""
    with State(place) as state, ExitStack() as stack:
        servers = Postgres(state), Nats(state), Valkey(state), OpenBao(state)
        with ThreadPoolExecutor(len(servers)) as pool:
            for server, started in [(server, pool.submit(server.start)) for server in servers]:
                stack.callback(server.stop)
                started.result()
        postgres, nats, valkey, openbao = servers
        asked = settings.load(
            state.path,
            announced=False,
            postgres_url=postgres.url,
            nats_url=nats.url,
            nats_token=nats.token,
            redis_url=valkey.url,
            openbao_url=openbao.url,
            openbao_role_id=openbao.role_id,
            openbao_secret_id=openbao.secret_id,
        )
        with serving(schema.prepare(asked, state), state, postgres.url) as house:
            yield house


@contextmanager
def serving(asked: Settings, state: State, admin_url: str) -> Iterator[House]:
    """Start the web server over what the settings name, in a state directory that is open."""
    asyncio.run(_streams(asked))
    asked = asked.model_copy(update={"log_level": "error", "redis_patience": PATIENCE})
    web = Web(state, asked, {})
    web.claim()
    settings.announce(asked.model_copy(update={"public_url": web.url}))
    with web, Stores.of(asked) as stores:
        yield House(web.url, asked, stores, admin_url)


async def _streams(asked: Settings) -> None:
    async with await connect(asked.nats_url, name="attack", token=asked.nats_token) as bus:
        await streams.ensure(await bus.jetstream())
