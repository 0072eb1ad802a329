"""The tenants' door: a session that can see one tenant's rows and no other's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import func, select
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from db import audit
from db.access import APP, SETTING
from db.engine import Stores, reachable, sqlstate
from fleet.errors import Forbidden
from fleet.identity import Principal

REFUSED = "42501"
"""insufficient_privilege: no grant, or a row that the policy does not allow."""


class TenantViolation(Forbidden):
    """The database refused what this tenant may not read or write."""

    code = "tenant_violation"


@contextmanager
def tenant_session(stores: Stores, principal: Principal) -> Iterator[Session]:
    """Open a transaction as the principal's tenant; it commits at the end, or rolls back when an error leaves.

    Nothing else sets the tenant. Raises TenantViolation where the database refuses, Unavailable where it is away.
    """
    with reachable(), _guarded(), Session(stores.engine(APP)) as session, session.begin():
        session.execute(select(func.set_config(SETTING, str(principal.tenant_id), True)))
        yield session
        audit.settle(session)


@contextmanager
def _guarded() -> Iterator[None]:
    try:
        yield
    except ProgrammingError as error:
        if sqlstate(error) != REFUSED:
            raise
        raise TenantViolation("That is not this tenant's to read or write.", "Ask for what is your own.") from error
