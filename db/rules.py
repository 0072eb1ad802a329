"""What a broken rule of the devices' table means to a person."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from fleet.errors import BadInput, Conflict

TAKEN = {
    "pk_devices": "of that id",
    "uq_devices_tenant_id_name": "of that name",
    "uq_devices_tenant_id_vantage_address_port": "at that address and port",
}
"""What is unique of a device, by the constraint that keeps it so."""


@contextmanager
def refusing(session: Session) -> Iterator[None]:
    """Undo a broken rule's statements and say which rule it was; never the row, which holds a secret.

    Raises Conflict where a tenant has one of that name or place already, BadInput for any other rule.
    """
    try:
        with session.begin_nested():
            yield
    except IntegrityError as error:
        rule = getattr(getattr(error.orig, "diag", None), "constraint_name", None) or "?"
        if rule in TAKEN:
            raise Conflict(
                f"There is already a device {TAKEN[rule]}.", "Choose another, or change the one there is."
            ) from error
        raise BadInput(
            f"A device breaks the rule {rule}.", "Compare its fields with the API's description."
        ) from error
