"""Campaigns in the store: waves in order, nothing pushed twice, stopped by the rule, paused, aborted, tried again."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import psycopg
import pytest

from actors.campaigning import Prospect, Wish
from actors.chore import Occasion
from actors.chores import campaigns as chore
from actors.chores import pushtidy
from actors.pushplan import Desk, Meant
from bus import subjects
from db import accounts, campaigncourse, campaignmuster, campaigns, keys, outbox, pushes
from db.campaigndeeds import Campaigns, NewCampaign
from db.campaignmuster import Plan
from db.campaigns import Campaign, Standing
from db.operations import Author
from db.platform import platform_session
from db.pushes import Pushes
from db.pushjournal import Note, PushBook
from db.tenancy import tenant_session
from db.vault import Vault
from fleet.campaigns import CampaignState, MemberState, Rules
from fleet.changes import Entry, PushState, Step
from fleet.errors import BadInput, Conflict, NotFound, Unavailable
from fleet.events import PushCampaignEvent, decode
from fleet.identity import DeviceId, Role, Scope, TenantId
from fleet.pushes import LASTS, Override, Source, Wanted
from fleet.settings import Settings
from tests.fixtures.database import Tenant, seed
from tests.fixtures.web import Web

NUMBERS = itertools.count()
NAME = "/system identity set name=after"
PATIENT = Rules(soak=timedelta(minutes=5))
Tell = Callable[[PushState], None]
ADA = "ada@north.example"


@dataclass
class Ground:
    """A tenant of its own in a database that others share, and the chore that goes on with its campaigns."""

    web: Web
    settings: Settings
    tenant: Tenant
    now: datetime
    by: str = ADA

    def begin(self, wish: Wish, plan: Plan, rules: Rules = PATIENT) -> UUID:
        with tenant_session(self.web.context.stores, self.tenant.principal) as session:
            meant = [one.id for one in self.tenant.devices]
            mustered = campaignmuster.muster(session, meant, plan, self.now)
            (sealed,) = self.web.context.vault.seal(self.tenant.id, [wish.pack()])
            wanted = NewCampaign(
                source=wish.source,
                sealed=sealed,
                shown=wish.shown(session),
                note="",
                waves=mustered.sizes,
                rules=rules,
                lasts=LASTS,
                chosen=mustered.chosen,
            )
            return self.deeds(session).begin(wanted)

    def deeds(self, session: object) -> Campaigns:
        author = Author(self.by, self.now, "request 7")
        return Campaigns(session, author, self.tenant.id, subjects.of)  # type: ignore[arg-type]

    def do(self, deed: str, campaign_id: UUID) -> None:
        with tenant_session(self.web.context.stores, self.tenant.principal) as session:
            getattr(self.deeds(session), deed)(campaign_id)

    def occasion(self, **more: object) -> Occasion:
        return Occasion(self.web.context.stores, self.now, settings=self.settings, **more)  # type: ignore[arg-type]

    def turn(self, after: timedelta = timedelta(0)) -> None:
        self.now += after
        chore.run(self.occasion())

    def read(self, campaign_id: UUID) -> tuple[Campaign, list[Standing]]:
        with tenant_session(self.web.context.stores, self.tenant.principal) as session:
            return campaigns.one(session, campaign_id), campaigns.listed(session, campaign_id, None, 1000)

    def states(self, campaign_id: UUID) -> list[str]:
        return [one.state.value for one in self.read(campaign_id)[1]]

    def end(self, campaign_id: UUID, *states: PushState) -> None:
        """End the pushes that were asked for, in the order of their devices."""
        asked = [one for one in self.read(campaign_id)[1] if one.state is MemberState.ASKED]
        for one, state in zip(asked, states or [PushState.COMMITTED] * len(asked), strict=True):
            assert one.push_id is not None
            self.write(one.push_id, Step.END, state)

    def write(self, push_id: UUID, step: Step, state: PushState) -> None:
        book = PushBook(self.web.context.stores)
        assert book.entries(push_id, 1) is not None
        assert book.write(Note(push_id, 1, 0, self.now, Entry(step), state, None, "it broke"))

    def pushed(self) -> list[UUID]:
        with tenant_session(self.web.context.stores, self.tenant.principal) as session:
            return [one.device_id for one in pushes.page(session, None, 1000)]

    def sql(self, statement: str, *values: object) -> None:
        self.sql_of("flotilla_ingest", statement, *values)

    def sql_of(self, role: str, statement: str, *values: object) -> None:
        with psycopg.connect(self.web.context.stores.url(role), autocommit=True) as connection:
            connection.execute(statement.encode(), values)

    def report(self, state: str, since: datetime, devices: Sequence[UUID]) -> None:
        """Let devices be in a state."""
        self.sql(
            "UPDATE device_state SET state = %s, since = %s, heard_at = %s WHERE device_id = ANY(%s)",
            *(state, since, self.now, list(devices)),
        )


@pytest.fixture
def ground(shared_web: Web) -> Ground:
    return make(shared_web, 6)


def make(web: Web, devices: int) -> Ground:
    tenant = seed(web.context.stores, f"tenant-{next(NUMBERS)}", devices)
    web.context.vault.ensure(tenant.id)
    with platform_session(web.context.stores, "who begins it") as session:
        accounts.grant(session, tenant.id, accounts.create_user(session, ADA), Role.OPERATOR)
    now = web.clock.now()
    made = Ground(web, settings(web), tenant, now)
    made.report("up", now - timedelta(days=1), [one.id for one in tenant.devices])
    return made


def settings(web: Web) -> Settings:
    login = web.context.vault._login
    url = web.context.vault._client.url
    return Settings(openbao_url=url, openbao_role_id=login["role_id"], openbao_secret_id=login["secret_id"])


COMMANDS = Wish(commands=NAME)
TWO_WAVES = Plan(("1", "2", "rest"))


def test_waves_follow_each_other_after_a_rest_and_the_campaign_ends(ground: Ground) -> None:
    its_id = ground.begin(COMMANDS, TWO_WAVES)
    ground.turn()
    assert ground.states(its_id) == ["asked", *["waiting"] * 5]
    ground.end(its_id)
    ground.turn(timedelta(seconds=3))
    campaign, standings = ground.read(its_id)
    ended = standings[0].ended_at
    assert ended is not None
    assert (campaign.wave, campaign.soaks_until) == (1, ended + PATIENT.soak)
    assert ground.states(its_id) == ["done", *["waiting"] * 5]
    ground.turn(timedelta(minutes=5))
    assert ground.states(its_id) == ["done", "asked", "asked", *["waiting"] * 3]
    ground.end(its_id)
    ground.turn(timedelta(seconds=3))
    ground.turn(timedelta(minutes=5))
    ground.end(its_id)
    ground.turn(timedelta(seconds=3))
    campaign, standings = ground.read(its_id)
    assert (campaign.state, campaign.counts[MemberState.DONE], campaign.wave) == (CampaignState.DONE, 6, None)
    assert sorted(ground.pushed()) == sorted(one.id for one in ground.tenant.devices)
    assert campaigncourse.sealed(ground.web.context.stores, its_id) is None, "what was pushed is kept no longer"
    with platform_session(ground.web.context.stores, "a test") as session:
        letters = [decode(letter.event) for letter in outbox.claim(session, 1000)]
    told = [one for one in letters if isinstance(one, PushCampaignEvent) and one.campaign_id == its_id]
    assert (told[-1].state, told[-1].ended, told[-1].failed, told[-1].request_id) == ("done", 6, 0, "request 7")


ILL = (PushState.FAILED, PushState.REVERTED, PushState.LOST, PushState.COMMIT_UNCONFIRMED)


@pytest.mark.parametrize("state", ILL)
def test_a_canary_that_fails_stops_all(ground: Ground, state: PushState) -> None:
    its_id = ground.begin(COMMANDS, TWO_WAVES)
    ground.turn()
    ground.end(its_id, state)
    for _ in range(3):
        ground.turn(timedelta(minutes=10))
    campaign, standings = ground.read(its_id)
    assert campaign.state is CampaignState.STOPPED
    assert campaign.why
    assert (standings[0].push_state, standings[0].why) == (state, "it broke")
    assert len(ground.pushed()) == 1


def test_a_stop_takes_back_what_was_not_begun_and_a_retry_does_it_again(ground: Ground) -> None:
    its_id = ground.begin(COMMANDS, Plan(("1", "rest")), Rules(soak=timedelta(0)))
    ground.turn()
    ground.end(its_id)
    ground.turn(timedelta(seconds=3))
    asked = [one for one in ground.read(its_id)[1] if one.state is MemberState.ASKED]
    assert len(asked) == 5
    for one, state in zip(asked[:3], (PushState.REVERTED, PushState.FAILED, PushState.APPLYING), strict=True):
        assert one.push_id is not None
        ground.write(one.push_id, Step.APPLY if state is PushState.APPLYING else Step.END, state)
    ground.turn(timedelta(seconds=3))
    assert ground.read(its_id)[0].why == "2 of the 3 devices that were tried failed."
    assert ground.states(its_id) == ["done", "failed", "failed", "asked", "waiting", "waiting"]
    ground.do("retry", its_id)
    ground.turn(timedelta(seconds=3))
    assert ground.states(its_id) == ["done", *["asked"] * 5]
    assert [one.attempt for one in ground.read(its_id)[1]] == [1, 2, 2, 1, 2, 2]


def test_pausing_takes_back_and_resuming_asks_again(ground: Ground) -> None:
    its_id = ground.begin(COMMANDS, TWO_WAVES)
    ground.turn()
    ground.do("pause", its_id)
    ground.turn(timedelta(seconds=3))
    assert ground.states(its_id) == ["waiting"] * 6
    ground.turn(timedelta(hours=1))
    assert ground.states(its_id) == ["waiting"] * 6
    with pytest.raises(Conflict):
        ground.do("pause", its_id)
    ground.do("resume", its_id)
    ground.turn(timedelta(seconds=3))
    assert ground.states(its_id)[0] == "asked"
    with pytest.raises(Conflict):
        ground.do("resume", its_id)


def test_what_was_stopped_goes_on_where_a_person_says_so(ground: Ground) -> None:
    its_id = ground.begin(COMMANDS, TWO_WAVES)
    ground.turn()
    ground.end(its_id, PushState.FAILED)
    ground.turn(timedelta(seconds=3))
    ground.do("resume", its_id)
    ground.turn(timedelta(hours=1))
    assert ground.states(its_id) == ["failed", "asked", *["waiting"] * 4], "one at a time until one went well"
    ground.end(its_id, PushState.FAILED)
    ground.turn(timedelta(seconds=3))
    assert ground.read(its_id)[0].state is CampaignState.STOPPED


def test_an_aborted_campaign_leaves_what_has_begun_alone(ground: Ground) -> None:
    its_id = ground.begin(COMMANDS, Plan(("2", "rest")))
    ground.turn()
    first = ground.read(its_id)[1][0]
    assert first.push_id is not None
    ground.write(first.push_id, Step.APPLY, PushState.APPLYING)
    ground.do("abort", its_id)
    ground.turn(timedelta(seconds=3))
    assert ground.states(its_id) == ["asked", *["cancelled"] * 5]
    book = PushBook(ground.web.context.stores)
    assert book.write(Note(first.push_id, 1, 1, ground.now, Entry(Step.END), PushState.COMMITTED))
    ground.turn(timedelta(seconds=3))
    assert ground.states(its_id)[0] == "done"
    assert campaigncourse.sealed(ground.web.context.stores, its_id) is None
    for deed in ("pause", "resume", "abort", "retry"):
        with pytest.raises(Conflict):
            ground.do(deed, its_id)


def test_a_device_that_is_not_there_is_missed_and_stops_nothing(ground: Ground) -> None:
    ground.report("down", ground.now - timedelta(hours=1), [ground.tenant.devices[0].id])
    its_id = ground.begin(COMMANDS, Plan(("rest",)), Rules(per_site=50))
    ground.turn()
    standings = ground.read(its_id)[1]
    assert standings[-1].device_id == ground.tenant.devices[0].id, "what does not answer comes last"
    with psycopg.connect(ground.web.context.stores.url("flotilla_platform")) as admin:
        admin.execute(
            "UPDATE pushes SET state = 'failed', ended_at = %s, sealed = NULL, digest = NULL WHERE id = %s",
            (ground.now, standings[-1].push_id),
        )
    ground.turn(timedelta(seconds=3))
    assert ground.states(its_id)[-1] == "missed"
    assert ground.read(its_id)[0].state is CampaignState.RUNNING


def test_a_device_that_fell_silent_while_its_wave_rested_stops_all(ground: Ground) -> None:
    its_id = ground.begin(COMMANDS, TWO_WAVES)
    ground.turn()
    ground.end(its_id)
    ground.turn(timedelta(seconds=3))
    canary = ground.read(its_id)[1][0].device_id
    ground.report("down", ground.now + timedelta(minutes=2), [canary])
    ground.turn(timedelta(minutes=5))
    assert ground.read(its_id)[0].state is CampaignState.STOPPED
    assert ground.states(its_id)[1] == "waiting"


def test_what_cannot_be_planned_is_refused_and_what_is_there_is_unchanged(ground: Ground) -> None:
    export = b"# 2026-01-05 11:00:00 by RouterOS 7.20.6\n/ip dns\nset servers=192.0.2.%d\n"
    first, second, *_ = ground.tenant.devices
    ground.web.configuration(replace(ground.tenant, devices=(first,)), export % 1)
    ground.web.configuration(replace(ground.tenant, devices=(second,)), export % 53)
    its_id = ground.begin(Wish(desired="/ip dns\nset servers=192.0.2.1\n", menus=("/ip/dns",)), Plan(("rest",)))
    ground.turn()
    found = {one.name: (one.state.value, one.why or "") for one in ground.read(its_id)[1]}
    assert found["router-000"] == ("unchanged", "")
    assert found["router-001"] == ("asked", "")
    assert found["router-002"][0] == "refused"
    assert "never read" in found["router-002"][1]


def test_an_override_is_for_the_device_that_it_names(ground: Ground) -> None:
    export = b"# 2026-01-05 11:00:00 by RouterOS 7.20.6\n/ip service\nset api disabled=no\nset api-ssl disabled=yes\n"
    first, second, *_ = ground.tenant.devices
    for one in (first, second):
        ground.web.configuration(replace(ground.tenant, devices=(one,)), export)
    plan = Plan(("rest",), overrides={first.id: Override("router-000", "I stand beside it")})
    its_id = ground.begin(Wish(commands="/ip service set api disabled=yes"), plan)
    ground.turn()
    found = {one.name: one for one in ground.read(its_id)[1]}
    assert (found["router-000"].state, found["router-000"].override) == (MemberState.ASKED, "router-000")
    assert found["router-001"].state is MemberState.REFUSED
    assert "cut the path" in (found["router-001"].why or "")


def test_the_same_push_that_goes_on_already_is_not_asked_twice(ground: Ground) -> None:
    first = ground.begin(COMMANDS, Plan(("rest",)))
    second = ground.begin(COMMANDS, Plan(("rest",)))
    ground.turn()
    assert ground.states(first) == ground.states(second)
    assert len(ground.pushed()) == len(set(ground.pushed())) == 5


def test_whoever_asks_for_the_same_himself_is_not_given_the_campaigns_push(ground: Ground) -> None:
    its_id = ground.begin(COMMANDS, TWO_WAVES)
    ground.turn()
    canary = ground.read(its_id)[1][0]
    stores = ground.web.context.stores
    with psycopg.connect(stores.url("flotilla_platform")) as admin:
        (digest,) = admin.execute("SELECT digest FROM pushes WHERE id = %s", (canary.push_id,)).fetchone() or ()
    wish = Wanted(
        device_id=canary.device_id,
        source=Source.COMMANDS,
        sealed="vault:v1:c2VjcmV0",
        digest=digest,
        shown=[NAME],
        risks=[],
        total=1,
        risky=False,
        expires_at=ground.now + LASTS,
    )
    with tenant_session(stores, ground.tenant.principal) as session:
        writer = Pushes(session, Author("eve@north.example", ground.now), ground.tenant.id, subjects.of)
        (own,) = writer.begin(wish)
        assert writer.begin(replace(wish, id=uuid4())) == [own] != [canary.push_id]
    ground.do("abort", its_id)
    ground.turn()
    with tenant_session(stores, ground.tenant.principal) as session:
        assert pushes.one(session, own).state is PushState.PENDING


def test_a_push_of_two_campaigns_goes_on_where_one_is_paused(ground: Ground) -> None:
    # Of two that began in the same instant the lesser id has its turn first, and the push is of its wave.
    first, second = sorted(ground.begin(COMMANDS, Plan(("1", "rest"))) for _ in range(2))
    ground.turn()
    ground.do("pause", first)
    ground.turn()
    assert ground.states(first) == ground.states(second) == ["asked", *["waiting"] * 5]


def test_what_failed_at_the_very_end_can_be_tried_again(ground: Ground) -> None:
    its_id = ground.begin(COMMANDS, Plan(("5", "rest")), Rules(soak=timedelta(0)))
    ground.turn()
    ground.end(its_id)
    ground.turn()
    ground.end(its_id, PushState.FAILED)
    ground.turn()
    assert ground.read(its_id)[0].state is CampaignState.DONE
    ground.do("retry", its_id)
    ground.turn()
    assert ground.states(its_id) == [*["done"] * 5, "asked"]


def test_what_is_kept_no_longer_is_a_conflict_and_no_surprise(ground: Ground) -> None:
    its_id = ground.begin(COMMANDS, Plan(("rest",)))
    with psycopg.connect(ground.web.context.stores.url("flotilla_platform")) as admin:
        over = "UPDATE push_campaigns SET state = 'done', ended_at = %s, sealed = NULL WHERE id = %s"
        admin.execute(over, (ground.now, its_id))
        admin.execute(
            "UPDATE push_campaign_devices SET state = 'failed', ended_at = %s WHERE campaign_id = %s",
            (ground.now, its_id),
        )
    with pytest.raises(Conflict, match="kept no longer"):
        ground.do("retry", its_id)


def test_an_error_in_one_campaign_stops_that_one_and_no_other(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = ground.begin(COMMANDS, TWO_WAVES)
    whole = ground.begin(Wish(commands="/system note set note=after"), TWO_WAVES)
    victim = ground.read(broken)[1][0].device_id
    foresee = chore.campaigning.foresee

    def stumble(desk: Desk, device_id: DeviceId, meant: Meant, word: Override | None) -> Prospect:
        if meant.commands == NAME:
            raise KeyError(device_id)
        return foresee(desk, device_id, meant, word)

    monkeypatch.setattr(chore.campaigning, "foresee", stumble)
    ground.turn()
    campaign = ground.read(broken)[0]
    assert campaign.state is CampaignState.STOPPED
    assert campaign.why
    assert "KeyError" in campaign.why
    assert str(victim) in campaign.why
    assert ground.states(whole)[0] == "asked"
    monkeypatch.undo()
    ground.do("resume", broken)
    ground.turn()
    assert ground.states(broken)[0] == "asked"


def test_what_cannot_be_read_stops_its_campaign(ground: Ground) -> None:
    its_id = ground.begin(COMMANDS, TWO_WAVES)
    with psycopg.connect(ground.web.context.stores.url("flotilla_platform")) as admin:
        admin.execute("UPDATE push_campaigns SET sealed = 'vault:v1:bm8=' WHERE id = %s", (its_id,))
    ground.turn()
    campaign = ground.read(its_id)[0]
    assert (campaign.state, "cannot be read" in (campaign.why or "")) == (CampaignState.STOPPED, True)


def role(ground: Ground, held: Role) -> None:
    with platform_session(ground.web.context.stores, "another role") as session:
        accounts.grant(session, ground.tenant.id, accounts.create_user(session, ADA), held)


def test_who_may_not_push_any_more_pushes_nothing_more(ground: Ground) -> None:
    its_id = ground.begin(COMMANDS, TWO_WAVES)
    ground.turn()
    role(ground, Role.VIEWER)
    ground.turn(timedelta(seconds=3))
    campaign = ground.read(its_id)[0]
    assert campaign.state is CampaignState.PAUSED
    assert "ada@north.example, who began it, may not push" in (campaign.why or "")
    assert ground.states(its_id) == ["waiting"] * 6, "what was not begun is taken back"
    role(ground, Role.OPERATOR)
    ground.do("resume", its_id)
    ground.turn(timedelta(seconds=3))
    assert ground.states(its_id)[0] == "asked"


def test_a_campaign_of_a_key_ends_with_the_key_and_the_command_line_always_may(ground: Ground) -> None:
    stores = ground.web.context.stores
    key = keys.make(stores, ground.tenant.id, "night", [Scope.CONFIG_WRITE], ground.now + timedelta(hours=1))
    told = {}
    for by in (f"key {key[:12]}", "root (command line)", "nobody@north.example", "key flt_00000000"):
        ground.by = by
        told[by] = ground.begin(Wish(commands=f"/system note set note={len(told)}"), TWO_WAVES)
    ground.turn()
    assert [ground.read(one)[0].state.value for one in told.values()] == ["running", "running", "paused", "paused"]
    ground.turn(timedelta(hours=1))
    assert [ground.read(one)[0].state.value for one in told.values()][:2] == ["paused", "running"]


def test_keepers_side_by_side_push_nothing_twice(shared_web: Web) -> None:
    ground = make(shared_web, 12)
    its_id = ground.begin(COMMANDS, Plan(("rest",)), Rules(per_site=50))
    keepers = [threading.Thread(target=ground.turn) for _ in range(3)]
    for keeper in keepers:
        keeper.start()
    for keeper in keepers:
        keeper.join()
    ground.turn()
    assert ground.states(its_id) == ["asked"] * 12
    assert len(ground.pushed()) == 12


class Failing:
    """A vault that goes away at the ``nth`` push."""

    def __init__(self, vault: Vault, nth: int) -> None:
        self._vault, self._left = vault, nth

    def seal(self, tenant_id: TenantId, secrets: Sequence[bytes]) -> list[str]:
        self._left -= 1
        if self._left < 0:
            raise Unavailable("OpenBao is away.", "Wait.")
        return self._vault.seal(tenant_id, secrets)

    def __getattr__(self, name: str) -> object:
        return getattr(self._vault, name)


@pytest.mark.parametrize("nth", [0, 4, 11])
def test_whoever_is_cut_off_anywhere_is_followed_by_one_who_pushes_the_rest_once(shared_web: Web, nth: int) -> None:
    ground = make(shared_web, 12)
    its_id = ground.begin(COMMANDS, Plan(("rest",)), Rules(per_site=50))
    failing = Failing(shared_web.context.vault, nth)
    turn = chore.Turn(ground.occasion(), its_id, ground.tenant.id, failing)  # type: ignore[arg-type]
    with pytest.raises(Unavailable):
        chore.ask(turn)
    assert len(ground.pushed()) == nth // chore.SOME * chore.SOME, "what was not committed is as if it had not been"
    ground.turn()
    assert ground.states(its_id) == ["asked"] * 12
    assert len(set(ground.pushed())) == len(ground.pushed()) == 12


def test_what_ended_long_ago_is_forgotten_and_cannot_be_tried_again(ground: Ground) -> None:
    its_id = ground.begin(COMMANDS, Plan(("rest",)))
    with psycopg.connect(ground.web.context.stores.url("flotilla_platform")) as admin:
        done = "UPDATE push_campaigns SET state = 'done', ended_at = %s WHERE id = %s"
        admin.execute(done, (ground.now, its_id))
    pushtidy.tidy(ground.occasion())
    stores = ground.web.context.stores
    assert campaigncourse.sealed(stores, its_id) is not None
    ground.now += timedelta(days=8)
    pushtidy.tidy(ground.occasion())
    assert campaigncourse.sealed(stores, its_id) is None
    with pytest.raises(Conflict, match="kept no longer"):
        ground.do("retry", its_id)
    ground.now += timedelta(days=180)
    pushtidy.tidy(ground.occasion())
    with pytest.raises(NotFound):
        ground.read(its_id)


@pytest.mark.parametrize("state", [CampaignState.PAUSED, CampaignState.STOPPED])
def test_what_waits_for_a_person_for_too_long_is_aborted(ground: Ground, state: CampaignState) -> None:
    its_id, other = ground.begin(COMMANDS, TWO_WAVES), ground.begin(COMMANDS, TWO_WAVES)
    for one in (its_id, other):
        ground.do("pause", one)
    if state is CampaignState.STOPPED:
        ground.sql_of("flotilla_platform", "UPDATE push_campaigns SET state = 'stopped' WHERE id = %s", its_id)
    ground.now += timedelta(days=29)
    ground.do("resume", other)
    ground.do("pause", other)
    pushtidy.tidy(ground.occasion())
    assert ground.read(its_id)[0].state is state
    ground.now += timedelta(days=2)
    pushtidy.tidy(ground.occasion())
    campaign = ground.read(its_id)[0]
    assert (campaign.state, campaign.ended_at) == (CampaignState.ABORTED, ground.now)
    assert "30 days" in (campaign.why or "")
    assert campaigncourse.sealed(ground.web.context.stores, its_id) is None
    assert ground.states(its_id) == ["cancelled"] * 6
    assert ground.read(other)[0].state is CampaignState.PAUSED, "somebody cared for it"


def test_another_tenants_campaign_is_not_there(ground: Ground, shared_web: Web) -> None:
    its_id = ground.begin(COMMANDS, TWO_WAVES)
    with tenant_session(shared_web.context.stores, shared_web.south.principal) as session:
        assert campaigns.listed(session, its_id, None, 10) == []
        with pytest.raises(NotFound):
            campaigns.one(session, its_id)
        with pytest.raises(NotFound):
            Campaigns(session, Author("eve", ground.now), shared_web.south.id, subjects.of).abort(its_id)
        foreign = Plan(canaries=[ground.tenant.devices[0].id])
        with pytest.raises(BadInput, match="not among"):
            campaignmuster.muster(session, [one.id for one in shared_web.south.devices], foreign, ground.now)
