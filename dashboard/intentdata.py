"""What pages read of intentions: templates with their versions and assignments, and how devices stand to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from actors import intending
from actors.intending import Standing
from dashboard.cache import Cache
from db import configpolicies, keyring, sites, templates, toolsettings
from db.configpolicies import Policies
from db.engine import Stores
from db.inventory import DeviceRow
from db.sites import SiteRow, TagRow
from db.templates import AssignmentRow, TemplateRow
from db.tenancy import tenant_session
from db.toolsettings import Allowed
from db.vault import Vault
from fleet.identity import Principal, Scope

MOST = 200
"""Templates, sites and versions of a template that a page lists."""

PAGE = 50
"""Devices that are compared at once with what is intended of them."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A template in the version that is looked at, all its versions, and for whom it is intended."""

    row: TemplateRow
    history: Sequence[TemplateRow]
    assigned: Sequence[AssignmentRow]


@dataclass(frozen=True, slots=True)
class Looks:
    """Devices of a page with how each stands, how many have an intended state, and how many have none."""

    found: Sequence[tuple[DeviceRow, Standing]]
    meant: int
    none: int


@dataclass(frozen=True, slots=True)
class Intentions:
    """Reads templates, what is intended and what differs from it; every question names its principal."""

    stores: Stores
    looks: Cache[Looks] = field(default_factory=lambda: Cache(5.0))

    def templates(self, principal: Principal) -> list[TemplateRow]:
        """Read the templates by name, each in its newest version."""
        principal.require(Scope.CONFIG_READ)
        with tenant_session(self.stores, principal) as session:
            return templates.page(session, None, MOST)

    def opened(self, principal: Principal, template_id: UUID, number: int | None) -> Opened:
        """Read a template in one version, None: in the newest. Raises NotFound."""
        principal.require(Scope.CONFIG_READ)
        with tenant_session(self.stores, principal) as session:
            row = templates.version(session, template_id, number)
            history = templates.history(session, template_id, None, MOST)
            return Opened(row, history, templates.assigned(session, template_id))

    def counts(self, principal: Principal) -> Mapping[UUID, int]:
        """Tell of each template how many assignments it has."""
        principal.require(Scope.CONFIG_READ)
        with tenant_session(self.stores, principal) as session:
            return templates.counts(session)

    def places(self, principal: Principal) -> tuple[list[SiteRow], list[TagRow]]:
        """Read the sites and tags that something may be intended for."""
        principal.require(Scope.DEVICES_READ)
        with tenant_session(self.stores, principal) as session:
            return sites.page(session, None, MOST), sites.tags(session)

    def names(self, principal: Principal, row: DeviceRow) -> list[str]:
        """Name what is intended of a device: its templates, and its pinned version."""
        principal.require(Scope.CONFIG_READ)
        with tenant_session(self.stores, principal) as session:
            found = intending.read(session, [row])
        pin = found.pins.get(row.id)
        named = [f"the template {intent.row.name}" for intent in found.of(row)]
        return named if pin is None else [*named, f"the pinned version {pin.number}"]

    def standings(self, principal: Principal, vault: Vault, rows: Sequence[DeviceRow], first: int) -> Looks:
        """Compare a page of those devices of which something is intended, the first of them at a place.

        Raises Unavailable while OpenBao is away.
        """
        principal.require(Scope.CONFIG_READ)
        return self.looks.get((principal.tenant_id, first), lambda: self._looks(principal, vault, rows, first))

    def standing(self, principal: Principal, vault: Vault, row: DeviceRow) -> Standing:
        """Compare one device with what is intended of it; raises Unavailable while OpenBao is away."""
        principal.require(Scope.CONFIG_READ)
        with tenant_session(self.stores, principal) as session:
            return intending.look(session, keyring.of(vault), row, intending.read(session, [row]))

    def policies(self, principal: Principal) -> Policies:
        """Read what the tenant wants of backups, for all and for single devices."""
        principal.require(Scope.CONFIG_READ)
        with tenant_session(self.stores, principal) as session:
            return configpolicies.read(session, principal.tenant_id)

    def extras(self, principal: Principal) -> Allowed:
        """Read which commands beyond the usual administrators may ask devices."""
        principal.require(Scope.DEVICES_CONTROL)
        with tenant_session(self.stores, principal) as session:
            return toolsettings.read(session)

    def _looks(self, principal: Principal, vault: Vault, rows: Sequence[DeviceRow], first: int) -> Looks:
        with tenant_session(self.stores, principal) as session:
            intended = intending.read(session, rows)
            meant = [row for row in rows if row.id in intended.pins or intended.of(row)]
            shown = sorted(meant, key=lambda row: row.name)[first : first + PAGE]
            found = [(row, intending.look(session, keyring.of(vault), row, intended)) for row in shown]
        return Looks(found, len(meant), len(rows) - len(meant))
