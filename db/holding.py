"""One writer of a thing after the other, also where they come by different ways."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Uuid, bindparam, text
from sqlalchemy.orm import Session

_HOLD = text("SELECT hold(:thing)").bindparams(bindparam("thing", type_=Uuid))


def hold(session: Session, thing: UUID) -> None:
    """Let nobody else of the tenant hold this thing until the transaction ends; waits for who holds it now."""
    session.execute(_HOLD, {"thing": thing})
