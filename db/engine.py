"""Connections to PostgreSQL: one pool for each role, made when it is first asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from typing import Self

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from fleet.errors import Unavailable
from fleet.settings import Settings

CONNECT_SECONDS = 5
WAIT_SECONDS = 5
"""For a connection that others have."""
QUERY_SECONDS = 30
READ_ONLY = "25006"
"""What a server says to a write once another has become the primary."""

NETWORK = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 15_000}
"""When a server that vanished without a word is given up: without these, in a quarter of an hour or never."""

KEPT = 16
"""Connections that a pool keeps open once it has needed them."""
SPARE = 8
"""Connections of a role beside those of the web's threads."""


class Stores:
    """The URL and the pool of every role. Threads may share it; a forked process makes its own.

    A server has ``patience`` seconds to take a connection.
    """

    def __init__(self, urls: Mapping[str, str], connections: int = 40, patience: int = CONNECT_SECONDS) -> None:
        self._urls = dict(urls)
        self._connections = connections
        self._patience = patience
        self._engines: dict[str, Engine] = {}
        self._lock = Lock()

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Take the roles' URLs and the number of threads from the settings."""
        return cls(settings.postgres_roles, settings.web_threads + SPARE)

    def url(self, role: str) -> str:
        """Tell the URL of a role, as psycopg reads it; raises Unavailable where none is known."""
        if role not in self._urls:
            raise Unavailable(
                f"No database URL is known for the role {role}.",
                "Run `flotilla up`, or give it in the setting postgres_roles.",
            )
        return self._urls[role]

    def engine(self, role: str) -> Engine:
        """Give the pool of a role."""
        with self._lock:
            if role not in self._engines:
                self._engines[role] = _pool(self.url(role), self._connections, self._patience)
            return self._engines[role]

    def close(self) -> None:
        """Close every connection; a later use opens new ones."""
        with self._lock:
            for engine in self._engines.values():
                engine.dispose()
            self._engines.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def driver(url: str) -> URL:
    """Read a postgresql:// URL for SQLAlchemy, with psycopg as the driver."""
    return make_url(url).set(drivername="postgresql+psycopg")


@contextmanager
def reachable() -> Iterator[None]:
    """Raise Unavailable in place of the driver's error where the database is away or took too long."""
    try:
        yield
    except PoolTimeout as error:
        raise Unavailable("All database connections are in use.", "Try again in a few seconds.") from error
    except (OperationalError, InternalError) as error:
        if sqlstate(error) == "57014":
            raise Unavailable(
                f"The database took longer than {QUERY_SECONDS} s.", "Ask for less, or for a shorter range."
            ) from error
        if _away(error):
            raise Unavailable("The database cannot be reached.", "Try again in a few seconds.") from error
        raise


def sqlstate(error: DBAPIError) -> str | None:
    """Tell PostgreSQL's code of an error, None where the server said nothing."""
    return getattr(error.orig, "sqlstate", None)


def _away(error: DBAPIError) -> bool:
    """Tell a lost or refused connection (none, class 08, class 57P, too many) from an error of the statement.

    A server that is the primary no longer counts as away.
    """
    code = sqlstate(error)
    return code is None or code.startswith(("08", "57P", "53300", READ_ONLY))


def _pool(url: str, connections: int, patience: int) -> Engine:
    kept = min(KEPT, connections)
    pool = create_engine(
        driver(url),
        pool_size=kept,
        max_overflow=connections - kept,
        pool_timeout=WAIT_SECONDS,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={
            "connect_timeout": patience,
            "application_name": "flotilla",
            "options": f"-c TimeZone=UTC -c statement_timeout={QUERY_SECONDS}s",
            **NETWORK,
        },
    )
    event.listen(pool, "handle_error", _demoted)
    return pool


def _demoted(context: ExceptionContext) -> None:
    """Leave a server that is the primary no longer: the next connection may find the one that is."""
    if getattr(context.original_exception, "sqlstate", None) == READ_ONLY:
        context.is_disconnect = True
