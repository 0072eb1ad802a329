"""How a device is entered once it was changed: by its own user and password, or by a profile that many share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func
from sqlalchemy.orm import Session

from db import profiles
from db.profiletables import credential_profiles as table
from db.tables import devices
from fleet.amendment import Amendment
from fleet.device import Device
from fleet.endpoints import BadField
from fleet.identity import TenantId

USERNAME: ColumnElement[str] = func.coalesce(devices.c.username, table.c.username)
SECRET: ColumnElement[str] = func.coalesce(devices.c.secret, table.c.secret)
ITS_PROFILE: ColumnElement[bool] = (table.c.id == devices.c.profile_id) & (table.c.tenant_id == devices.c.tenant_id)
"""What a device logs in with, in a query that joins the profile which it may have."""


@dataclass(frozen=True, slots=True)
class Login:
    """How a device is entered now: one of the two is None."""

    username: str | None
    profile_id: UUID | None


def of(device: Device) -> dict[str, Any]:
    """Lay out, by column, how a device that is added logs in."""
    if device.profile_id is not None:
        return {"username": None, "secret": None, "profile_id": device.profile_id}
    return {"username": device.username, "secret": device.secret, "profile_id": None}


def after(session: Session, tenant_id: TenantId, wish: Amendment, now: Login) -> dict[str, Any]:
    """Lay out, by column, the user and the profile that are wished for.

    Raises BadInput for a profile that is not there, BadField for one beside a user or password, and for half a login
    in the place of a profile.
    """
    own = {"username": wish.username, "password": wish.secret}
    given = [name for name, value in own.items() if value is not None]
    if wish.profile is not None:
        if given:
            advice = "Give a profile, or a username and a password."
            raise BadField("profile", f"A profile has its own {given[0]}.", advice)
        return {"username": None, "profile_id": profiles.find(session, wish.profile, tenant_id).id}
    if now.profile_id is None:
        return {"username": now.username if wish.username is None else wish.username, "profile_id": None}
    if not given:
        return {"username": None, "profile_id": now.profile_id}
    if missing := sorted(own.keys() - given):
        advice = "Give username and password together, or change the profile for all that use it."
        raise BadField(missing[0], "The device logs in with a credential profile.", advice)
    return {"username": wish.username, "profile_id": None}


def secret(wish: Amendment, before: UUID | None, now: UUID | None) -> dict[str, str | None]:
    """Tell what becomes of the device's own secret: another, none any more, or, without an item, as it was."""
    if wish.secret is not None:
        return {"secret": wish.secret}
    return {"secret": None} if before is None and now is not None else {}
