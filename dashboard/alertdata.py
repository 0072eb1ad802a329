"""What the pages of alerts read: alerts by severity and cause, how many there are, rules, silences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from db import alertcauses, alertrules, alerts, alertsilences, groups
from db.alertcauses import Cause, Stood
from db.alertrules import RuleRow
from db.alerts import AlertRow, Narrow
from db.alertsilences import Silence
from db.engine import Stores
from db.ranges import Range
from db.tenancy import tenant_session
from fleet.alerts.states import Shown
from fleet.clock import Clock
from fleet.events import Severity
from fleet.identity import DeviceId, Principal, Scope

MOST = 200
"""Alerts that a page lists at once."""

OPEN = (Shown.FIRING, Shown.ACKNOWLEDGED, Shown.SILENCED)
"""What stands for itself."""

Counts = Mapping[tuple[Shown, Severity], int]


@dataclass(frozen=True, slots=True)
class Board:
    """Alerts as they are listed, the worst first; the devices that explain others, and what one of them explains.

    ``more`` says that there are others than those that were read.
    """

    rows: Sequence[AlertRow]
    counts: Counts
    rules: Mapping[UUID, RuleRow]
    causes: Sequence[Cause] = ()
    behind: Sequence[AlertRow] = ()
    more: bool = False


@dataclass(frozen=True, slots=True)
class AlertData:
    """Reads alerts of a tenant; every question names its principal."""

    stores: Stores
    clock: Clock

    def board(self, principal: Principal, narrow: Narrow, unfolded: DeviceId | None) -> Board:
        """Read what is open, and what the device ``unfolded`` explains."""
        principal.require(Scope.ALERTS_READ)
        now = self.clock.now()
        with tenant_session(self.stores, principal) as session:
            found = alerts.worst(session, MOST + 1, narrow, now)
            explained = Narrow(states=[Shown.SUPPRESSED], cause_id=unfolded)
            return Board(
                rows=found[:MOST],
                counts=alerts.counts(session, now),
                rules={row.rule.id: row for row in alertrules.every(session)},
                causes=alertcauses.causes(session),
                behind=alerts.worst(session, MOST, explained, now) if unfolded else (),
                more=len(found) > MOST,
            )

    def over(self, principal: Principal, narrow: Narrow, before: UUID | None) -> Board:
        """Read a page of what is over, the newest first; raises BadInput for a page that is none."""
        principal.require(Scope.ALERTS_READ)
        now, narrow = self.clock.now(), replace(narrow, states=[Shown.RESOLVED])
        with tenant_session(self.stores, principal) as session:
            found = alerts.page(session, before, MOST + 1, narrow, now)
            rules = {row.rule.id: row for row in alertrules.every(session)}
        return Board(found[:MOST], {}, rules, more=len(found) > MOST)

    def counts(self, principal: Principal) -> Counts:
        """Count what is open, by state and severity."""
        principal.require(Scope.ALERTS_READ)
        with tenant_session(self.stores, principal) as session:
            return alerts.counts(session, self.clock.now())

    def of_device(self, principal: Principal, device_id: DeviceId) -> list[AlertRow]:
        """Read the open alerts of a device, those that others explain too, the worst first."""
        principal.require(Scope.ALERTS_READ)
        narrow = Narrow(states=[*OPEN, Shown.SUPPRESSED], device_id=device_id)
        with tenant_session(self.stores, principal) as session:
            return alerts.worst(session, MOST, narrow, self.clock.now())

    def stood(self, principal: Principal, device_id: DeviceId, spanned: Range) -> list[Stood]:
        """Read when alerts of a device stood within a range."""
        principal.require(Scope.ALERTS_READ)
        with tenant_session(self.stores, principal) as session:
            return alertcauses.stood(session, device_id, spanned)

    def rules(self, principal: Principal) -> list[RuleRow]:
        """Read all rules by name."""
        principal.require(Scope.ALERTS_READ)
        with tenant_session(self.stores, principal) as session:
            return alertrules.every(session)

    def groups(self, principal: Principal) -> dict[str, str]:
        """Read the names of groups by their ids, for the rules that are for one."""
        principal.require(Scope.ALERTS_READ)
        with tenant_session(self.stores, principal) as session:
            return {str(row.id): row.name for row in groups.page(session, None, MOST)}

    def silences(self, principal: Principal) -> list[Silence]:
        """Read the silences that are not over."""
        principal.require(Scope.ALERTS_READ)
        with tenant_session(self.stores, principal) as session:
            return alertsilences.lasting(session, self.clock.now())
