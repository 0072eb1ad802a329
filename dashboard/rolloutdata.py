"""What the pages of rollouts read: rollouts, how far one is, what was done to its devices, a plan before it is."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from api import meant
from api.rolling import NewRollout
from db import firmware, mandates, rolloutmarks, rolloutplans, rollouts, rolloutstops, selection
from db.engine import Stores
from db.ranges import Range
from db.rolloutmarks import Deed, Going
from db.rollouts import Line, Row, Standing
from db.rolloutstops import Rules
from db.tenancy import tenant_session
from fleet.firmware import Pointer
from fleet.identity import DeviceId, Principal, Scope
from fleet.rollouts import Plan
from fleet.rollouts.course import Course, course
from fleet.rollouts.pausing import Watch

MOST = 30
"""Rollouts that a page lists."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A rollout with its devices, and how far it is.

    ``second`` says that a second person has to approve plans, ``other`` that whoever looks is another one than who
    made this one.
    """

    row: Row
    standings: Sequence[Standing]
    course: Course
    second: bool
    other: bool


@dataclass(frozen=True, slots=True)
class RolloutData:
    """Reads rollouts of a tenant; every question names its principal."""

    stores: Stores

    def page(self, principal: Principal) -> list[Row]:
        """Read the newest rollouts."""
        principal.require(Scope.FIRMWARE_READ)
        with tenant_session(self.stores, principal) as session:
            return rollouts.page(session, None, MOST)

    def rules(self, principal: Principal) -> Rules:
        """Read what the tenant asks of its rollouts, and what stops all of them."""
        principal.require(Scope.FIRMWARE_READ)
        with tenant_session(self.stores, principal) as session:
            return rolloutstops.rules(session, principal.tenant_id)

    def opened(self, principal: Principal, rollout_id: UUID, now: datetime) -> Opened:
        """Read a rollout and its devices in the order of the plan; raises NotFound."""
        principal.require(Scope.FIRMWARE_READ)
        with tenant_session(self.stores, principal) as session:
            row = rollouts.one(session, rollout_id)
            found = rollouts.standings(session, rollout_id)
            second = rolloutstops.rules(session, principal.tenant_id).second_person
            other = mandates.second(session, principal.name, row.by)
        watch = Watch(row.terms.limits, row.proving, row.forgiven_at)
        gone = course([one.member for one in found], [one.unit for one in found], watch, now)
        return Opened(row, found, gone, second, other)

    def lines(self, principal: Principal, rollout_id: UUID, device_id: DeviceId) -> list[Line]:
        """Read what was done to a device in a rollout."""
        principal.require(Scope.FIRMWARE_READ)
        with tenant_session(self.stores, principal) as session:
            return rollouts.lines(session, rollout_id, device_id)

    def deeds(self, principal: Principal, devices: Collection[DeviceId], spanned: Range) -> list[Deed]:
        """Read what rollouts did to some devices within a range."""
        principal.require(Scope.FIRMWARE_READ)
        with tenant_session(self.stores, principal) as session:
            return rolloutmarks.deeds(session, devices, spanned)

    def going(self, principal: Principal, spanned: Range) -> list[Going]:
        """Read the newest rollouts that went on within a range."""
        principal.require(Scope.FIRMWARE_READ)
        with tenant_session(self.stores, principal) as session:
            return rolloutmarks.going(session, spanned, MOST)

    def channels(self, principal: Principal) -> list[Pointer]:
        """Read where the channels point."""
        principal.require(Scope.FIRMWARE_READ)
        with tenant_session(self.stores, principal) as session:
            return firmware.pointers(session)

    def draw(self, principal: Principal, wish: NewRollout, now: datetime) -> Plan:
        """Draw up a plan as REST would, and keep nothing; raises BadInput where it cannot be."""
        principal.require(Scope.FIRMWARE_WRITE)
        with tenant_session(self.stores, principal) as session:
            wanted = wish.filter.filter(now, meant.places(session, wish.filter.site))
            chosen = set(selection.matching(session, wanted))
            return rolloutplans.draw(session, chosen, wish.terms(now), now, wish.sure)
