"""The web process: told to stop, it ends its streams whole before it goes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cluster.servers import state
from cluster.servers.nats import Nats
from cluster.servers.openbao import OpenBao
from cluster.servers.valkey import Valkey
from fleet import settings
from tests.api.streams.test_streams import status
from tests.fixtures.database import Database
from tests.fixtures.demo import until
from tests.fixtures.streams import Listener, publish
from tests.fixtures.web import Web


@pytest.fixture
def environment(database: Database, nats: Nats, valkey: Valkey, openbao: OpenBao, tmp_path: Path) -> dict[str, str]:
    """The settings of a web process over the servers of the session."""
    (tmp_path / "run").mkdir()
    return settings.environment(
        tmp_path,
        FLOTILLA_POSTGRES_ROLES=json.dumps(dict(database.urls)),
        FLOTILLA_NATS_URL=nats.url,
        FLOTILLA_NATS_TOKEN=nats.token,
        FLOTILLA_REDIS_URL=valkey.url,
        FLOTILLA_OPENBAO_URL=openbao.url,
        FLOTILLA_OPENBAO_ROLE_ID=openbao.role_id,
        FLOTILLA_OPENBAO_SECRET_ID=openbao.secret_id,
    )


@pytest.fixture
def process(environment: dict[str, str]) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    port = state.assigned()
    command = [sys.executable, "-m", "cluster.web", str(port)]
    with subprocess.Popen(command, env=environment) as process:
        url = f"http://127.0.0.1:{port}"
        until(lambda: True if process.poll() is not None or answers(url) else None, "the web answers", patience=120)
        yield process, url
        process.kill()


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/api/health", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def test_a_stopped_web_ends_its_streams_whole(
    web: Web, nats: Nats, process: tuple[subprocess.Popen[bytes], str]
) -> None:
    program, url = process
    with Listener(f"{url}/api/sse", {"Authorization": f"Bearer {web.key(web.north)}"}) as listener:
        publish(nats, status(web.north))
        listener.hears(1)
        assert "flotilla_web_streams 1.0" in httpx.get(f"{url}/metrics", trust_env=False).text
        program.send_signal(signal.SIGTERM)
        listener.ends()
        assert listener.whole
        assert program.wait(60) in (0, -signal.SIGTERM)
