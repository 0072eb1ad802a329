"""Campaigns go on: what has ended is noted, the next devices are asked, and all stops where the rule says so.

Nothing is kept here. Each step is a transaction that holds the campaign, so two at once do not do it twice, and who
goes on after one that was killed finds a device either asked, with its push, or waiting.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from actors import campaigning, pushplan
from actors.campaigning import Prospect, Wish
from actors.chore import Chore, Occasion
from actors.pushplan import Desk, Drawn, Meant, Terms
from bus import subjects
from db import campaigncourse as course
from db import campaigns, mandates, outbox
from db.campaigncourse import Asking
from db.campaigns import Campaign
from db.operations import Author
from db.platform import platform_session
from db.pushes import Pushes
from db.tenancy import tenant_session
from db.vault import BrokenSecret, Vault
from fleet import logs, waves
from fleet.campaigns import AGAIN, CampaignState, Member, MemberState, wave_id
from fleet.device import State
from fleet.errors import FleetError, NotFound, Unavailable
from fleet.identity import DeviceId, Principal, Role, Scope, TenantId
from fleet.pushes import Override
from fleet.waves import Decision

EVERY: Final = timedelta(seconds=3)
SOME: Final = 10
"""Devices that are planned and asked in one transaction."""

TURNS: Final = 5
"""Such transactions of a campaign, before the others and all other chores have their turn."""

WHY: Final = "campaigns go on"
INSTEAD: Final = "Abort it and begin one of your own, or let it go on once that one may again."
REACHED: Final = frozenset({State.UP, State.DEGRADED})
log = logs.get(__name__)


def run(occasion: Occasion) -> None:
    """Go on with every campaign; where that is not possible for one, the others go on."""
    with platform_session(occasion.stores, WHY) as session:
        found = course.live(session)
    for campaign_id, tenant_id in found:
        if occasion.ending():
            return
        _go_on(occasion, campaign_id, tenant_id)


def _go_on(occasion: Occasion, campaign_id: UUID, tenant_id: TenantId) -> None:
    """Go on with one; what goes wrong with it stops this one alone. It waits where a part of the system is away."""
    try:
        if look(occasion, campaign_id):
            with closing(Vault.of(occasion.settings)) as vault:
                ask(Turn(occasion, campaign_id, tenant_id, vault))
    except Unavailable as error:
        log.warning("a campaign waits", campaign=str(campaign_id), why=str(error))
    except FleetError as error:
        log.warning("a campaign cannot go on", campaign=str(campaign_id), why=str(error))
        _halt(occasion, campaign_id, str(error))
    except Exception as error:
        log.exception("a campaign failed", campaign=str(campaign_id))
        notes = " ".join(getattr(error, "__notes__", ()))
        why = f"An error of Flotilla itself ({type(error).__name__}) stopped it. {notes}".strip()
        _halt(occasion, campaign_id, f"{why} The log of the server tells more.")


def _halt(occasion: Occasion, campaign_id: UUID, why: str) -> None:
    with platform_session(occasion.stores, WHY) as session:
        halted = course.halt(session, campaign_id, why)
    if halted:
        with platform_session(occasion.stores, WHY) as session:
            _tell(session, campaign_id, occasion.now)


def look(occasion: Occasion, campaign_id: UUID) -> bool:
    """Note what has ended, and stop or end what must; tells whether devices have their turn."""
    at = occasion.now
    with platform_session(occasion.stores, WHY) as session:
        campaign = course.held(session, campaign_id)
        if campaign is None:
            return False
        changed = course.settle(session, campaign)
        campaign = campaigns.one(session, campaign_id)
        decision = Decision()
        if campaign.state is CampaignState.RUNNING:
            decision = waves.advance(campaign.rules, course.standing(session, campaign), at)
            changed += _follow(session, campaign, decision, at)
            campaign = campaigns.one(session, campaign_id)
        if campaign.state is not CampaignState.RUNNING:
            changed += course.take_back(session, campaign, at, subjects.of)
        if changed:
            _tell(session, campaign_id, at)
        return campaign.state is CampaignState.RUNNING and bool(decision.begin)


def _follow(session: Session, campaign: Campaign, decision: Decision, at: datetime) -> int:
    """Note what was decided; tells how much of that is news."""
    if decision.stop is not None:
        course.move(session, campaign, state=CampaignState.STOPPED.value, why=decision.stop, soaks_until=None)
        return 1
    if decision.over:
        done = {"state": CampaignState.DONE.value, "ended_at": at, "wave": None, "soaks_until": None, "why": None}
        kept = {} if any(campaign.counts[state] for state in AGAIN) else {"sealed": None}
        course.move(session, campaign, **done, **kept)
        return 1
    # All that is asked is asked in the name of whoever began it.
    if not mandates.may(session, campaign.tenant_id, campaign.created_by, Scope.CONFIG_WRITE, at):
        why = f"{campaign.created_by}, who began it, may not push any more. {INSTEAD}"
        course.move(session, campaign, state=CampaignState.PAUSED.value, why=why, soaks_until=None)
        return 1
    now = {"wave": decision.wave, "soaks_until": decision.soaks_until}
    news = any(getattr(campaign, name) != value for name, value in now.items())
    if news:
        course.move(session, campaign, **now)
    return int(news)


@dataclass(frozen=True, slots=True)
class Turn:
    """A campaign whose devices have their turn, and the way to what seals and opens its secrets."""

    occasion: Occasion
    campaign_id: UUID
    tenant_id: TenantId
    vault: Vault

    @property
    def at(self) -> datetime:
        return self.occasion.now


def ask(turn: Turn) -> None:
    """Ask the pushes of those who have their turn, some at a time, in the name of whoever began the campaign."""
    wish = _opened(turn, course.sealed(turn.occasion.stores, turn.campaign_id))
    for _ in range(TURNS):
        if turn.occasion.ending() or not _some(turn, wish):
            return


def _opened(turn: Turn, text: str | None) -> Wish:
    """Open what is pushed; raises Unavailable while OpenBao is away, FleetError where it can never be read."""
    (opened,) = turn.vault.open(turn.tenant_id, [text or ""])
    if isinstance(opened, BrokenSecret):
        raise FleetError(f"What the campaign pushes cannot be read: {opened.reason}.", "Abort it, and begin another.")
    return Wish.unpack(opened)


def _some(turn: Turn, wish: Wish) -> bool:
    """Plan and ask the next devices; False where nobody has his turn."""
    principal = Principal.person(turn.tenant_id, "a campaign", Role.OPERATOR)
    with tenant_session(turn.occasion.stores, principal) as session:
        campaign = course.held(session, turn.campaign_id)
        if campaign is None or campaign.state is not CampaignState.RUNNING:
            return False
        members = course.standing(session, campaign)
        begin = waves.advance(campaign.rules, members, turn.at).begin[:SOME]
        if not begin:
            return False
        table = _Table(turn, session, campaign, Desk(session, turn.vault, turn.tenant_id, turn.at))
        known = {one.device_id: one for one in members}
        table.serve(wish, [known[device_id] for device_id in begin])
        _tell(session, campaign.id, turn.at)
    return True


@dataclass(frozen=True, slots=True)
class _Table:
    """Where the pushes of some devices of a campaign are planned and asked, within one transaction."""

    turn: Turn
    session: Session
    campaign: Campaign
    desk: Desk

    def serve(self, wish: Wish, chosen: Sequence[Member]) -> None:
        """Ask each device's push, or note why there is none."""
        words = course.overrides(self.session, self.campaign, [one.device_id for one in chosen])
        try:
            meant = wish.meant(self.session)
        except NotFound as gone:
            for one in chosen:
                self._end(Prospect(one.device_id, MemberState.REFUSED, error=gone))
            return
        for one in chosen:
            try:
                self._serve(one, meant, words.get(one.device_id))
            except Exception as error:
                error.add_note(f"It was the turn of the device {one.device_id}.")
                raise

    def _serve(self, one: Member, meant: Meant, word: Override | None) -> None:
        prospect = campaigning.foresee(self.desk, one.device_id, meant, word)
        if prospect.state is MemberState.WAITING and prospect.drawn is not None:
            terms = Terms(word, self.campaign.lasts, wave_id(self.campaign.id, one.wave))
            self._ask(prospect.drawn, one.device_id, terms)
        else:
            self._end(prospect)

    def _ask(self, drawn: Drawn, device_id: DeviceId, terms: Terms) -> None:
        wanted = pushplan.wanted(self.desk, device_id, drawn, terms)
        author = Author(self.campaign.created_by, self.turn.at, self.campaign.request_id)
        (push_id,) = Pushes(self.session, author, self.turn.tenant_id, subjects.of).begin(wanted)
        up = drawn.known.row.shown(self.turn.at) in REACHED
        course.asked(self.session, self.campaign, Asking(device_id, push_id, up, self.turn.at))

    def _end(self, prospect: Prospect) -> None:
        ended = {"state": prospect.state.value, "why": prospect.why, "ended_at": self.turn.at}
        course.put(self.session, self.campaign, prospect.device_id, **ended)


def _tell(session: Session, campaign_id: UUID, at: datetime) -> None:
    outbox.put(session, [campaigns.one(session, campaign_id).event(at)], subjects.of, at)


chore = Chore("push.campaigns", EVERY, run)
