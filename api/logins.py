"""How a device that is made is to be entered: by a user and password of its own, or by a credential profile."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from pydantic import JsonValue, SecretStr
from sqlalchemy.orm import Session

from api.problems import Fault
from db import profiles as stored
from fleet.identity import ProfileId, TenantId

OWN = ("username", "password")

EITHER: dict[str, JsonValue] = {"anyOf": [{"required": list(OWN)}, {"required": ["profile"]}]}
"""What the document says of a body that holds a login."""


class Login(Protocol):
    """What of a given device says how it is entered."""

    @property
    def username(self) -> str | None: ...

    @property
    def password(self) -> SecretStr | None: ...

    @property
    def profile(self) -> str | None: ...


def faults(given: Login) -> list[Fault]:
    """Tell what is wrong where it is neither a profile nor a whole login."""
    if given.profile is not None:
        both = [name for name in OWN if getattr(given, name) is not None]
        return [_fault(name, "A profile has its own; leave it out.") for name in both]
    missing = [name for name in OWN if getattr(given, name) is None]
    return [_fault(name, "Needed, unless there is a profile.") for name in missing]


def profiles(session: Session, tenant_id: TenantId, many: Iterable[Login]) -> dict[str, ProfileId]:
    """Find the profiles that are named, by what they are named by; raises BadInput where one is not there."""
    named = {given.profile for given in many if given.profile is not None}
    return {name: stored.find(session, name, tenant_id).id for name in sorted(named)}


def made(given: Login, sealed: str | None, found: Mapping[str, ProfileId]) -> dict[str, Any]:
    """Tell username, secret and profile_id of ``fleet.device.Device``; ``sealed`` is the password's ciphertext."""
    if given.profile is not None:
        return {"username": "", "secret": "", "profile_id": found[given.profile]}
    return {"username": given.username, "secret": sealed}


def _fault(name: str, detail: str) -> Fault:
    return Fault(place="body", name=name, detail=detail)
