"""What the pages of administration read, each at its own door to the stores; nothing here is kept for long."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from dashboard.state import MOST_TEXT
from db import audit, keys, maintenance, members, operations, profiles, scans, sessions, sites
from db.accounts import SignedIn
from db.engine import Stores
from db.keys import KeyRow
from db.maintenance import Window
from db.members import MemberRow
from db.platform import platform_session
from db.profiles import ProfileRow
from db.scans import Finding, Scan
from db.sessions import SessionRow
from db.sites import SiteRow, TagRow
from db.tenancy import tenant_session
from fleet.audit import Entry
from fleet.clock import Clock
from fleet.identity import Principal, Right, Scope
from fleet.operations import Operation

MOST = 500
"""People, keys, sites and the like that a page lists."""

PAGE = 100
"""Entries of a log that a page lists."""


@dataclass(frozen=True, slots=True)
class Office:
    """Reads people, keys, sites, profiles, searches, windows and logs; every question names who asks."""

    stores: Stores
    clock: Clock

    def users(self, principal: Principal) -> list[MemberRow]:
        """Read the people of the tenant; they may belong to several, so the statement names it."""
        principal.require(Right.USERS_READ)
        with platform_session(self.stores, "the people of a tenant on a page") as session:
            return members.page(session, principal.tenant_id, None, MOST)

    def keys(self, principal: Principal) -> list[KeyRow]:
        principal.require(Right.KEYS_READ)
        with tenant_session(self.stores, principal) as session:
            return keys.page(session, principal.tenant_id, None, MOST)

    def sessions(self, person: SignedIn) -> list[SessionRow]:
        """Read where a person is signed in, in all tenants of theirs."""
        person.principal.require(Right.SELF)
        with platform_session(self.stores, "the sessions of a person on a page") as session:
            return sessions.page(session, person.user_id, self.clock.now(), None, MOST)

    def sites(self, principal: Principal) -> list[SiteRow]:
        principal.require(Scope.DEVICES_READ)
        with tenant_session(self.stores, principal) as session:
            return sites.page(session, None, MOST)

    def tags(self, principal: Principal) -> list[TagRow]:
        principal.require(Scope.DEVICES_READ)
        with tenant_session(self.stores, principal) as session:
            return sites.tags(session)

    def profiles(self, principal: Principal) -> list[ProfileRow]:
        principal.require(Scope.DEVICES_READ)
        with tenant_session(self.stores, principal) as session:
            return profiles.page(session, None, MOST)

    def scans(self, principal: Principal) -> list[Scan]:
        """Read the newest searches."""
        principal.require(Scope.DEVICES_READ)
        with tenant_session(self.stores, principal) as session:
            return scans.page(session, None, PAGE)

    def findings(self, principal: Principal, scan_id: UUID) -> tuple[Scan, list[Finding]]:
        """Read a search and what it found; raises NotFound."""
        principal.require(Scope.DEVICES_READ)
        with tenant_session(self.stores, principal) as session:
            return scans.one(session, scan_id), scans.found(session, scan_id, None, MOST)

    def windows(self, principal: Principal, narrow: maintenance.Narrow) -> list[Window]:
        principal.require(Scope.DEVICES_READ)
        with tenant_session(self.stores, principal) as session:
            return maintenance.page(session, None, MOST, narrow)

    def audit(self, principal: Principal, before: int | None, narrow: audit.Narrow) -> list[Entry]:
        """Read a page of entries, and one more where there are some behind it."""
        principal.require(Scope.AUDIT_READ)
        with tenant_session(self.stores, principal) as session:
            return audit.page(session, before, PAGE + 1, narrow)

    def operations(self, principal: Principal, after: UUID | None, narrow: operations.Narrow) -> list[Operation]:
        """Read a page of operations, and one more where there are some behind it."""
        principal.require(Scope.DEVICES_READ)
        with tenant_session(self.stores, principal) as session:
            return operations.page(session, after, PAGE + 1, narrow)


def number(text: str) -> int | None:
    """Read a number that an address says; None for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < min(19, MOST_TEXT) else None


def identity(text: str) -> UUID | None:
    """Read an id that an address says; None for what is none."""
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
