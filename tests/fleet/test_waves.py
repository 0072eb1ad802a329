"""Campaigns: never more at once than allowed, stopped in time, over some day, whatever comes first."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet import campaigns, waves
from fleet.campaigns import BAD, OPEN, TRIED, Candidate, Member, MemberState, Rules
from fleet.errors import BadInput
from fleet.identity import DeviceId

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
SITES = (UUID(int=1), UUID(int=2), None)
WAIT, ASKED, DONE, FAILED = MemberState.WAITING, MemberState.ASKED, MemberState.DONE, MemberState.FAILED


def device(number: int) -> DeviceId:
    return DeviceId(UUID(int=number + 1))


@st.composite
def rules(draw: st.DrawFn) -> Rules:
    return Rules(
        soak=timedelta(minutes=draw(st.integers(0, 10))),
        share=draw(st.sampled_from((0.02, 0.1, 0.5, 1.0))),
        least=draw(st.integers(1, 5)),
        per_site=draw(st.integers(1, 4)),
        at_once=draw(st.integers(1, 8)),
    )


@st.composite
def campaign(draw: st.DrawFn) -> list[Member]:
    """Make devices in waves, with parents of any kind: circles, too."""
    total = draw(st.integers(1, 24))
    count = campaigns.sizes(draw(st.sampled_from((["1", "25%", "rest"], ["2", "3", "rest"], ["rest"]))), total)
    parents = draw(st.lists(st.none() | st.integers(0, total - 1), min_size=total, max_size=total))
    sites = draw(st.lists(st.sampled_from(SITES), min_size=total, max_size=total))
    return [
        Member(
            device_id=device(number),
            wave=wave,
            place=number,
            site=sites[number],
            parent=None if parent is None or parent == number else device(parent),
        )
        for number, (wave, parent) in enumerate(zip(campaigns.cut(count), parents, strict=True))
    ]


ENDINGS = st.sampled_from([*[DONE] * 12, *(state for state in MemberState if state not in OPEN)])


def put(members: list[Member], device_id: DeviceId, state: MemberState, now: datetime) -> None:
    place = next(n for n, one in enumerate(members) if one.device_id == device_id)
    members[place] = replace(members[place], state=state, ended_at=None if state in OPEN else now)


def bounded(asked: Rules, members: list[Member]) -> None:
    busy = [one for one in members if one.state is ASKED]
    assert len(busy) <= asked.at_once
    for site in SITES:
        assert sum(one.site == site for one in busy) <= asked.per_site
    if not any(one.state is DONE for one in members):
        assert len(busy) <= max(1, sum(one.wave == 0 for one in members))
    assert len({one.wave for one in busy}) <= 1
    parents = {one.device_id: one.parent for one in members if one.parent is not None}
    for one in busy:
        above = campaigns.ancestors(one.device_id, parents) - {one.device_id}
        assert not above & {other.device_id for other in busy}


@given(rules(), campaign(), st.data())
def test_a_campaign_keeps_its_bounds_stops_in_time_and_ends(
    asked: Rules, members: list[Member], data: st.DataObject
) -> None:
    now = NOW
    for _ in range(6 * len(members) + 10):
        decision = waves.advance(asked, members, now)
        assert decision == waves.advance(asked, list(reversed(members)), now), "the order of rows means nothing"
        if decision.stop or decision.over:
            break
        wave = decision.wave
        assert wave is not None
        for device_id in decision.begin:
            put(members, device_id, ASKED, now)
        if decision.begin:
            before = [one for one in members if one.wave < wave]
            assert all(one.state not in OPEN for one in before)
            assert all(now >= one.ended_at + asked.soak for one in before if one.state in TRIED and one.ended_at)
        bounded(asked, members)
        busy = [one.device_id for one in members if one.state is ASKED]
        if busy:
            put(members, data.draw(st.sampled_from(busy)), data.draw(ENDINGS), now)
        else:
            assert decision.soaks_until is not None, "it waits for nothing"
        now += timedelta(minutes=3)
    else:
        pytest.fail("it does not end")
    bad = [one for one in members if one.state in BAD]
    if decision.over:
        assert not any(one.state in OPEN for one in members)
        assert not any(one.wave == 0 for one in bad)
        assert len(bad) < asked.least or len(bad) < asked.share * sum(one.state in TRIED for one in members)
    else:
        assert bad, "it stops for a reason"


@given(rules(), campaign(), st.randoms(use_true_random=False), st.data())
def test_the_order_in_which_devices_end_does_not_matter(
    asked: Rules, members: list[Member], dice: random.Random, data: st.DataObject
) -> None:
    endings = {one.device_id: data.draw(ENDINGS) for one in members[: len(members) // 2]}
    first, second = list(members), list(members)
    shuffled = list(endings.items())
    dice.shuffle(shuffled)
    for device_id, state in endings.items():
        put(first, device_id, state, NOW)
    for device_id, state in shuffled:
        put(second, device_id, state, NOW)
    later = NOW + timedelta(hours=1)
    assert waves.advance(asked, first, later) == waves.advance(asked, second, later)


def fleet(*states: MemberState, first: int = 1, **more: object) -> list[Member]:
    """Make devices of two waves that stand so."""
    return [
        Member(device_id=device(n), wave=int(n >= first), place=n, state=state, site=None, ended_at=NOW)
        for n, state in enumerate(states)
    ]


@pytest.mark.parametrize(
    ("members", "word"),
    [
        (fleet(FAILED, WAIT), "first wave"),
        (fleet(MemberState.LOST, *[WAIT] * 9), "Nobody knows"),
        (fleet(DONE, *[DONE] * 200, MemberState.LOST, WAIT), "Nobody knows"),
        (fleet(DONE, *[DONE] * 200, MemberState.UNCONFIRMED, WAIT), "Nobody knows"),
        (fleet(MemberState.UNCHANGED, FAILED, WAIT), "first device that was tried"),
        (fleet(DONE, DONE, FAILED, FAILED, WAIT), "2 of the 4"),
        (fleet(DONE, DONE, FAILED, WAIT), None),
        (fleet(DONE, *[DONE] * 200, FAILED, FAILED, WAIT), None),
        (fleet(MemberState.REFUSED, MemberState.MISSED, WAIT), None),
    ],
)
def test_the_rule_that_stops(members: list[Member], word: str | None) -> None:
    why = waves.stopping(Rules(), members)
    assert (why is None) if word is None else word in (why or "")


def test_what_a_person_has_forgiven_stops_nothing_and_what_fell_silent_does() -> None:
    members = fleet(DONE, FAILED, FAILED, WAIT)
    assert waves.stopping(Rules(), members)
    assert not waves.stopping(Rules(), [replace(one, forgiven=True) for one in members])
    quiet = [replace(fleet(DONE)[0], silent=True), *fleet(DONE, WAIT)[1:]]
    assert "first wave" in (waves.stopping(Rules(), quiet) or "")


def test_a_wave_rests_before_the_next_unless_nothing_was_done() -> None:
    decision = waves.advance(Rules(), fleet(DONE, WAIT), NOW + timedelta(minutes=4))
    assert (decision.begin, decision.soaks_until) == ((), NOW + timedelta(minutes=5))
    assert waves.advance(Rules(), fleet(DONE, WAIT), NOW + timedelta(minutes=5)).begin == (device(1),)
    assert waves.advance(Rules(), fleet(MemberState.UNCHANGED, WAIT), NOW).begin == (device(1),)


def test_children_come_before_their_parents_and_never_beside_them() -> None:
    members = [replace(one, wave=0) for one in fleet(WAIT, WAIT, WAIT)]
    members[1] = replace(members[1], parent=device(0))
    members[2] = replace(members[2], parent=device(1))
    for _ in range(3):
        (begun,) = waves.advance(Rules(), members, NOW).begin
        put(members, begun, ASKED, NOW)
        assert waves.advance(Rules(), members, NOW).begin == ()
        put(members, begun, DONE, NOW)
    assert [one.state for one in members] == [DONE] * 3


def test_sites_take_turns_and_what_does_not_answer_comes_last() -> None:
    north, south = SITES[:2]
    chosen = [
        Candidate(device(n), f"gw-{n}", site, up)
        for n, (site, up) in enumerate([(north, False), (north, True), (north, True), (south, True), (south, True)])
    ]
    parents = {device(2): device(1)}
    names = [one.name for one in campaigns.order(chosen, parents)]
    assert names == ["gw-2", "gw-3", "gw-4", "gw-1", "gw-0"]
    assert campaigns.order(chosen, parents, [device(0)])[0].name == "gw-0"


@pytest.mark.parametrize(
    ("given_sizes", "total", "canaries", "count"),
    [
        (["1", "5%", "25%", "rest"], 100, 0, [1, 5, 25, 69]),
        (["1", "5%", "25%", "rest"], 3, 0, [1, 1, 1]),
        (["1", "5%"], 40, 0, [1, 2, 37]),
        (["10"], 4, 0, [4]),
        (["1", "50%"], 10, 3, [3, 5, 2]),
        (["rest"], 7, 0, [7]),
    ],
)
def test_waves_are_cut(given_sizes: list[str], total: int, canaries: int, count: list[int]) -> None:
    assert campaigns.sizes(given_sizes, total, canaries) == count


@pytest.mark.parametrize("size", ["0", "101%", "-1", "half", "1.5", "", "5 %"])
def test_what_is_no_size_is_refused(size: str) -> None:
    with pytest.raises(BadInput, match="no size"):
        campaigns.sizes([size], 10)


def test_children_come_before_what_they_are_reached_over_however_far_up() -> None:
    chosen = [Candidate(device(n), f"r{n}", None, True) for n in range(4)]
    parents = {device(0): device(1), device(1): device(3)}
    assert [one.name for one in campaigns.order(chosen, parents)] == ["r0", "r2", "r1", "r3"]
