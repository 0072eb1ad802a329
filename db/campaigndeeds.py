"""What people do with campaigns: begin them, pause them, let them go on, abort them, try again what failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from db import campaigns, operations, outbox
from db.campaigns import Campaign
from db.campaigntables import campaigns as table
from db.campaigntables import members
from db.operations import Author
from db.rules import OVER, refusing
from fleet.campaigns import AGAIN, LIVE, CampaignSource, CampaignState, MemberState, Rules
from fleet.errors import BadInput, Conflict
from fleet.identity import DeviceId, TenantId
from fleet.letter import Addressing
from fleet.pushes import Override

KEPT: Final = timedelta(days=7)
"""So long after its end those that failed can be tried again."""

WAITS: Final = timedelta(days=30)
"""So long one that is paused or stopped waits for a person before it is aborted: it keeps what it pushes."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A device that takes part: its place in the order, its wave, through which device it is reached."""

    device_id: DeviceId
    place: int
    wave: int
    parent: DeviceId | None = None
    override: Override | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCampaign:
    """A campaign that is to begin. ``sealed`` is what is pushed, ``shown`` the same with secrets masked."""

    source: CampaignSource
    sealed: str = field(repr=False)
    shown: Sequence[str]
    note: str
    waves: Sequence[int]
    rules: Rules
    lasts: timedelta
    chosen: Sequence[Chosen]


@dataclass(frozen=True, slots=True)
class Campaigns:
    """Writes the campaigns of a tenant in the caller's transaction, for an author, with the record of it."""

    session: Session
    author: Author
    tenant_id: TenantId
    subject: Addressing

    def begin(self, wanted: NewCampaign) -> UUID:
        """Begin a campaign; what it does, its chore does. Raises BadInput for no device."""
        if not wanted.chosen:
            raise BadInput("No device is meant.", "Widen the filter.")
        made = uuid4()
        with refusing(self.session):
            self.session.execute(insert(table).values(self._row(made, wanted)))
            self.session.execute(insert(members), [self._member(made, one) for one in wanted.chosen])
        self._tell("push.campaign_begun", made, {"devices": len(wanted.chosen), "source": wanted.source.value})
        return made

    def pause(self, campaign_id: UUID) -> None:
        """Ask no further devices, and take back what was not begun; raises Conflict unless it runs."""
        now = self._held(campaign_id)
        if now.state is not CampaignState.RUNNING:
            raise Conflict(f"The campaign is {now.state}.", "Only one that is running can be paused.")
        self._put(campaign_id, state=CampaignState.PAUSED.value, why=f"Paused by {self.author.by}.", soaks_until=None)
        self._tell("push.campaign_paused", campaign_id)

    def resume(self, campaign_id: UUID) -> None:
        """Go on; raises Conflict unless it waits.

        Where its rule stopped it, what has failed until now does not stop it again. Where it was paused, that counts
        as before: a pause tells nobody of failures, and may have been before them.
        """
        now = self._held(campaign_id)
        if now.state not in (CampaignState.PAUSED, CampaignState.STOPPED):
            raise Conflict(f"The campaign is {now.state}.", "Only one that is paused or stopped can go on.")
        mine = (members.c.campaign_id == campaign_id, members.c.ended_at.is_not(None))
        if now.state is CampaignState.STOPPED:
            self.session.execute(update(members).where(*mine).values(forgiven=True))
        self._put(campaign_id, state=CampaignState.RUNNING.value, why=None)
        self._tell("push.campaign_resumed", campaign_id)

    def abort(self, campaign_id: UUID, why: str | None = None) -> None:
        """End it: what has begun ends by itself, all else is cancelled. Raises Conflict where it has ended."""
        now = self._held(campaign_id)
        if now.state not in LIVE:
            raise Conflict(f"The campaign is {now.state}.", "It has ended; begin another one.")
        waits = (members.c.campaign_id == campaign_id, members.c.state == MemberState.WAITING.value)
        cancelled = {"state": MemberState.CANCELLED.value, "ended_at": self.author.at, "why": None}
        self.session.execute(update(members).where(*waits).values(cancelled))
        ended = {"state": CampaignState.ABORTED.value, "why": why or f"Aborted by {self.author.by}."}
        self._put(campaign_id, **ended, ended_at=self.author.at, sealed=None, soaks_until=None)
        self._tell("push.campaign_aborted", campaign_id)

    def retry(self, campaign_id: UUID) -> int:
        """Try all that did not end well again, and go on; tells how many. Raises Conflict where there is nothing."""
        now = self._held(campaign_id)
        late = now.ended_at is not None and now.ended_at < self.author.at - KEPT
        if now.state is CampaignState.ABORTED or late:
            raise Conflict(*OVER["ck_push_campaigns_open"])
        again = (members.c.campaign_id == campaign_id, members.c.state.in_([state.value for state in AGAIN]))
        fresh = {"state": MemberState.WAITING.value, "ended_at": None, "forgiven": False, "why": None}
        found = self.session.execute(update(members).where(*again).values(fresh).returning(members.c.device_id)).all()
        if not found:
            raise Conflict("Nothing of it has failed.", "Look at its devices; resume it where it is paused.")
        if now.state is CampaignState.STOPPED:
            mine = (members.c.campaign_id == campaign_id, members.c.ended_at.is_not(None))
            self.session.execute(update(members).where(*mine).values(forgiven=True))
        with refusing(self.session):
            self._put(campaign_id, state=CampaignState.RUNNING.value, why=None, ended_at=None)
        self._tell("push.campaign_retried", campaign_id, {"devices": len(found)})
        return len(found)

    def _held(self, campaign_id: UUID) -> Campaign:
        """Read it, and let nobody else go on with it until the end of the transaction."""
        self.session.execute(select(table.c.id).where(table.c.id == campaign_id).with_for_update())
        return campaigns.one(self.session, campaign_id)

    def _put(self, campaign_id: UUID, **values: object) -> None:
        self.session.execute(update(table).where(table.c.id == campaign_id).values(values))

    def _tell(self, kind: str, campaign_id: UUID, more: Mapping[str, object] | None = None) -> None:
        detail = {"campaign_id": str(campaign_id), "fields": [], **(more or {})}
        operations.record(self.session, self.author.did(kind, self.tenant_id, detail))
        event = campaigns.one(self.session, campaign_id).event(self.author.at)
        outbox.put(self.session, [event], self.subject, self.author.at)

    def _row(self, made: UUID, wanted: NewCampaign) -> dict[str, Any]:
        rules = wanted.rules
        return {
            "id": made,
            "tenant_id": self.tenant_id,
            "source": wanted.source.value,
            "sealed": wanted.sealed,
            "shown": list(wanted.shown),
            "note": wanted.note,
            "waves": list(wanted.waves),
            "soak_seconds": rules.soak.total_seconds(),
            "stop_share": rules.share,
            "stop_least": rules.least,
            "per_site": rules.per_site,
            "at_once": rules.at_once,
            "lasts_seconds": wanted.lasts.total_seconds(),
            "created_by": self.author.by,
            "created_at": self.author.at,
            "request_id": self.author.request_id,
            "state": CampaignState.RUNNING.value,
            "wave": 0,
        }

    def _member(self, made: UUID, one: Chosen) -> dict[str, Any]:
        return {
            "campaign_id": made,
            "device_id": one.device_id,
            "tenant_id": self.tenant_id,
            "place": one.place,
            "wave": one.wave,
            "parent_id": one.parent,
            "override": one.override.name if one.override else None,
            "reason": one.override.reason if one.override else None,
            "state": MemberState.WAITING.value,
            "attempt": 0,
            "forgiven": False,
        }
