"""Who asks, for whom, and what the asker may do: tenants, principals, roles and scopes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType
from uuid import UUID

from fleet.errors import Forbidden

TenantId = NewType("TenantId", UUID)
DeviceId = NewType("DeviceId", UUID)
"""A device's id is random and never used again."""
SiteId = NewType("SiteId", UUID)


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
    METRICS_READ = "metrics:read"


PERMISSIONS: dict[Role, frozenset[Scope]] = {
    Role.SUPER_ADMIN: frozenset(Scope),
    Role.TENANT_ADMIN: frozenset(Scope),
    Role.OPERATOR: frozenset({Scope.DEVICES_READ, Scope.DEVICES_WRITE, Scope.METRICS_READ}),
    Role.VIEWER: frozenset({Scope.DEVICES_READ, Scope.METRICS_READ}),
}
"""The one table of permissions. A scope that a route needs is looked up here and nowhere else."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Whoever asks, bound to one tenant: a person by a session, or a program by an API key."""

    tenant_id: TenantId
    name: str
    role: Role
    scopes: frozenset[Scope]

    @classmethod
    def person(cls, tenant_id: TenantId, name: str, role: Role) -> Principal:
        """Make the principal of a signed-in person, with all that the role allows."""
        return cls(tenant_id, name, role, PERMISSIONS[role])

    def require(self, scope: Scope) -> None:
        """Raise Forbidden unless the role and the scopes both allow ``scope``."""
        if scope not in self.scopes & PERMISSIONS[self.role]:
            raise Forbidden(f"This needs the scope {scope}.", "Ask a tenant_admin for a key or a role that has it.")
