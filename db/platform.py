"""The platform's door: a session across all tenants, every use with a stated reason."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db import audit
from db.access import PLATFORM
from db.engine import Stores, reachable
from fleet import logs

NAME_BYTES = 63
"""What PostgreSQL keeps of an application's name."""

_log = logs.get(__name__)


@contextmanager
def platform_session(stores: Stores, why: str) -> Iterator[Session]:
    """Open a transaction across tenants; it commits at the end, or rolls back when an error leaves.

    ``why`` stands in the log and, while it lasts, in pg_stat_activity as the application's name.
    Raises Unavailable where the database is away.
    """
    if not why.strip():
        raise ValueError("a platform session states its reason")
    _log.debug("platform session", why=why)
    name = f"flotilla: {why}".encode()[:NAME_BYTES].decode(errors="ignore")
    with reachable(), Session(stores.engine(PLATFORM)) as session, session.begin():
        session.execute(select(func.set_config("application_name", name, True)))
        yield session
        audit.settle(session)
