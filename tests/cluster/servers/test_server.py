"""Every embedded server keeps what it was given: killed, started again, found by the next start."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread
from typing import Any

import hvac
import nats as client
import psutil
import psycopg
import pytest
import redis

from cluster.servers.guard import ROOT
from cluster.servers.nats import Nats
from cluster.servers.openbao import OpenBao
from cluster.servers.postgres import Postgres
from cluster.servers.process import Launch
from cluster.servers.server import Server
from cluster.servers.state import LOOPBACK, State
from cluster.servers.valkey import Valkey
from fleet.errors import StartRefused
from tests.fixtures.demo import until

DOOMED = """
import importlib, os, signal, sys
from cluster.servers.state import State
kind = getattr(importlib.import_module(sys.argv[2]), sys.argv[3])
print(kind(State(sys.argv[1]).open()).start().pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@dataclass(frozen=True, slots=True)
class Case:
    """A server, how to leave something in it, and how to ask for it."""

    kind: Callable[[State], Server]
    write: Callable[[Any], None]
    read: Callable[[Any], object]


def write_row(server: Postgres) -> None:
    with psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('hello')")


def read_row(server: Postgres) -> object:
    with psycopg.connect(server.url) as connection:
        return connection.execute("SELECT word FROM kept").fetchone()


def write_message(server: Nats) -> None:
    async def publish() -> None:
        async with await client.connect(server.url, token=server.token, connect_timeout=60) as connection:
            stream = connection.jetstream(timeout=60)
            await stream.add_stream(name="KEPT", subjects=["kept"])
            await stream.publish("kept", b"hello")

    asyncio.run(publish())


def read_message(server: Nats) -> object:
    async def fetch() -> object:
        async with await client.connect(server.url, token=server.token, connect_timeout=60) as connection:
            return (await connection.jetstream(timeout=60).get_msg("KEPT", 1)).data

    return asyncio.run(fetch())


def write_key(server: Valkey) -> None:
    with redis.Redis.from_url(server.url, socket_timeout=90) as store:
        store.set("kept", "hello")
        store.execute_command("WAITAOF", 1, 0, 60_000)


def read_key(server: Valkey) -> object:
    with redis.Redis.from_url(server.url) as store:
        return store.get("kept")


def vault(server: OpenBao) -> hvac.Client:
    entered = hvac.Client(url=server.url)
    entered.auth.approle.login(role_id=server.role_id, secret_id=server.secret_id)
    return entered


def write_transit(server: OpenBao) -> None:
    vault(server).secrets.transit.create_key(name="kept")


def read_transit(server: OpenBao) -> object:
    return vault(server).secrets.transit.read_key(name="kept")["data"]["type"]


CASES = {
    "postgres": Case(Postgres, write_row, read_row),
    "nats": Case(Nats, write_message, read_message),
    "valkey": Case(Valkey, write_key, read_key),
    "openbao": Case(OpenBao, write_transit, read_transit),
}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


@contextmanager
def impostor(port: int) -> Iterator[None]:
    """Listen on a port and hang up on everybody."""

    def hang_up(listener: socket.socket) -> None:
        while True:
            try:
                listener.accept()[0].close()
            except OSError:
                return

    with socket.create_server((LOOPBACK, port)) as listener:
        Thread(target=hang_up, args=(listener,), daemon=True).start()
        yield
        listener.shutdown(socket.SHUT_RDWR)


def kill(server: Server) -> None:
    assert server.pid
    psutil.Process(server.pid).kill()
    psutil.Process(server.pid).wait(60)


def answers(server: Server) -> None:
    """Ask whether it is ready until it says so: a look alone may come while it stands still."""
    until(lambda: server.ready() or None, "the server is ready")


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_what_was_written_outlives_kill_restart_and_stop(home: State, case: Case) -> None:
    with case.kind(home) as server:
        first = server.url
        case.write(server)
        kept = case.read(server)
        kill(server)
        assert not server.alive()
        assert not server.ready()
        with impostor(server.port):
            assert not server.ready()
        server.restart()
        answers(server)
        assert server.url == first
        assert case.read(server) == kept
    assert not server.alive()
    with case.kind(home) as server:
        assert server.url == first
        assert case.read(server) == kept


def test_a_port_that_somebody_took_is_left_to_him(home: State, case: Case) -> None:
    with case.kind(home) as server:
        first = server.port
    with impostor(first), case.kind(home) as server:
        assert server.port != first
        answers(server)


def test_it_listens_on_loopback_alone(home: State, case: Case) -> None:
    with case.kind(home) as server:
        listening = [c for c in psutil.Process(server.pid).net_connections() if c.status == psutil.CONN_LISTEN]
        assert listening
        assert {c.laddr.ip for c in listening} == {LOOPBACK}


def test_it_ends_with_a_holder_that_was_killed(home: State, case: Case) -> None:
    kind = type(case.kind(home))
    home.close()
    command = [sys.executable, "-c", DOOMED, str(home.path), kind.__module__, kind.__name__]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    home.open()
    assert gone(int(done.stdout))
    with case.kind(home) as server:
        answers(server)


class Mute(Server):
    """A program that ends without becoming a server."""

    name = "mute"

    @property
    def url(self) -> str:
        return ""

    def ready(self) -> bool:
        return False

    def _launch(self) -> Launch:
        return Launch(("sh", "-c", "echo the disk is full; exit 1"), self._state.path)


def test_a_server_that_ends_at_once_is_refused_with_its_last_words(home: State) -> None:
    with pytest.raises(StartRefused, match="mute did not start: the disk is full") as refused:
        Mute(home).start()
    assert str(home.log("mute")) in refused.value.next_step
