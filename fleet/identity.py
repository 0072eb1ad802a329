"""Who asks, for whom, and what the asker may do: tenants, principals, roles, scopes and rights."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NewType, TypeAlias
from uuid import UUID

from fleet.errors import Forbidden

TenantId = NewType("TenantId", UUID)
DeviceId = NewType("DeviceId", UUID)
"""A device's id is random and never used again."""
SiteId = NewType("SiteId", UUID)
ProfileId = NewType("ProfileId", UUID)

COMMAND_LINE: Final = " (command line)"
"""How the name ends of whoever does something at the command line of the server; no person's and no key's does."""


class Role(StrEnum):
    """What a person is within a tenant; a super_admin may enter any."""

    SUPER_ADMIN = "super_admin"
    TENANT_ADMIN = "tenant_admin"
    OPERATOR = "operator"
    VIEWER = "viewer"


class Scope(StrEnum):
    """What an API key may do; a person's scopes follow from the role."""

    DEVICES_READ = "devices:read"
    DEVICES_WRITE = "devices:write"
    DEVICES_CONTROL = "devices:control"
    METRICS_READ = "metrics:read"
    EVENTS_READ = "events:read"
    CONFIG_READ = "config:read"
    CONFIG_WRITE = "config:write"
    CONFIG_SECRETS = "config:secrets"
    FIRMWARE_READ = "firmware:read"
    FIRMWARE_WRITE = "firmware:write"
    ALERTS_READ = "alerts:read"
    ALERTS_WRITE = "alerts:write"
    AUDIT_READ = "audit:read"


class Right(StrEnum):
    """What a person alone may do, by the role: no API key can hold it."""

    SELF = "self"
    USERS_READ = "users:read"
    USERS_WRITE = "users:write"
    KEYS_READ = "keys:read"
    KEYS_WRITE = "keys:write"
    TOOLS = "tools"
    APPROVALS = "approvals"
    PLATFORM = "platform"


Permission: TypeAlias = Scope | Right
"""What a route asks for, and PERMISSIONS gives to a role."""

_SEEN = frozenset(
    {
        *(Scope.DEVICES_READ, Scope.METRICS_READ, Scope.EVENTS_READ),
        *(Scope.CONFIG_READ, Scope.FIRMWARE_READ, Scope.ALERTS_READ),
    }
)
_WORKED = frozenset(
    {
        *(Scope.DEVICES_WRITE, Scope.DEVICES_CONTROL),
        *(Scope.CONFIG_WRITE, Scope.FIRMWARE_WRITE, Scope.ALERTS_WRITE),
    }
)

_VIEWER: frozenset[Permission] = frozenset({*_SEEN, Right.SELF})
_OPERATOR = _VIEWER | _WORKED | {Right.KEYS_READ, Right.KEYS_WRITE}
_ADMIN = _OPERATOR | frozenset(Scope) | {Right.USERS_READ, Right.USERS_WRITE, Right.TOOLS, Right.APPROVALS}

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.SUPER_ADMIN: _ADMIN | {Right.PLATFORM},
    Role.TENANT_ADMIN: _ADMIN,
    Role.OPERATOR: _OPERATOR,
    Role.VIEWER: _VIEWER,
}
"""The one table of permissions. What a route needs is looked up here and nowhere else."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever asks, bound to one tenant: a person by a session, or a program by an API key."""

    tenant_id: TenantId
    name: str
    role: Role
    scopes: frozenset[Permission]

    @classmethod
    def person(cls, tenant_id: TenantId, name: str, role: Role) -> Principal:
        """Make the principal of a signed-in person, with all that the role allows."""
        return cls(tenant_id, name, role, PERMISSIONS[role])

    def may(self, permission: Permission) -> bool:
        """Tell whether the role and what it was given both allow ``permission``."""
        return permission in self.scopes & PERMISSIONS[self.role]

    def require(self, permission: Permission) -> None:
        """Raise Forbidden unless this may be done."""
        if self.may(permission):
            return
        if isinstance(permission, Right):
            held = [role.value for role in Role if permission in PERMISSIONS[role]]
            raise Forbidden("An API key or your role does not allow this.", f"It is for people: {', '.join(held)}.")
        raise Forbidden(f"This needs the scope {permission}.", "Ask a tenant_admin for a key or a role that has it.")
