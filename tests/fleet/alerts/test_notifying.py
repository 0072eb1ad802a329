"""Whom to tell what: routes, hours, groups, digests, escalations; in whatever parts turns come."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from fleet.alerts.notifying import decide
from fleet.alerts.telling import DAYS, Escalation, Hours, Message, Recipient, Turn, Way, What
from fleet.events import Severity

MONDAY = datetime(2026, 1, 5, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NOC, BOSS = Recipient(UUID(int=1)), Recipient(UUID(int=2))
ALL = Way(id=UUID(int=10), name="all", to=NOC)


def fired(number: int, at: datetime = MONDAY, **more: object) -> Turn:
    turn = Turn(event_id=UUID(int=100 + number), alert_id=UUID(int=number), what=What.FIRED, at=at,
                severity=Severity.WARNING)  # fmt: skip
    return replace(turn, **more)  # type: ignore[arg-type]


def over(number: int, at: datetime, **more: object) -> Turn:
    return fired(number, at, what=What.RESOLVED, event_id=UUID(int=200 + number), **more)


def messages(ways: Iterable[Way], turns: Iterable[Turn], known: Iterable[Message] = ()) -> list[Message]:
    return [one for one in decide(ways, turns, known).messages.values() if one.notices]


def told(found: Iterable[Message]) -> list[tuple[UUID, What, list[tuple[int, What]]]]:
    return sorted(
        (m.to.channel_id, m.what, sorted((n.alert_id.int, n.what) for n in m.notices)) for m in found if m.notices
    )


def sent(found: Iterable[Message]) -> list[Message]:
    return [replace(one, unsent=False) for one in found]


def test_an_alert_takes_the_first_route_for_it_and_the_next_where_that_goes_on() -> None:
    first = replace(ALL, place=1, to=BOSS, severity=Severity.CRITICAL)
    ways = [replace(ALL, id=UUID(int=11), place=2), first]
    assert told(messages(ways, [fired(1)])) == [(NOC.channel_id, What.FIRED, [(1, What.FIRED)])]
    critical = fired(1, severity=Severity.CRITICAL)
    assert [m.to for m in messages(ways, [critical])] == [BOSS]
    assert [m.to for m in messages([ways[0], replace(first, goes_on=True)], [critical])] == [BOSS, NOC]


def test_a_route_is_for_its_tag_and_its_site_alone() -> None:
    place = UUID(int=7)
    way = replace(ALL, tag="core", site_id=place)
    assert messages([way], [fired(1, tags=frozenset({"core"}))]) == []
    assert messages([way], [fired(1, site_id=place)]) == []
    assert len(messages([way], [fired(1, site_id=place, tags=frozenset({"core", "x"}))])) == 1


def test_a_message_gathers_what_fires_within_its_window_and_is_due_at_its_end() -> None:
    way = replace(ALL, group=MINUTE)
    turns = [fired(1), fired(2, MONDAY + MINUTE / 2), fired(3, MONDAY + MINUTE)]
    one, two = messages([way], turns)
    assert [n.alert_id.int for n in one.notices] == [1, 2]
    assert (one.opened, one.until, two.opened) == (MONDAY, MONDAY + MINUTE, MONDAY + MINUTE)
    late = messages([way], [fired(4, MONDAY + MINUTE / 2)], sent([one]))
    assert [n.alert_id.int for m in late for n in m.notices] == [4]


def test_who_was_told_of_the_begin_is_told_of_the_end_and_nobody_else() -> None:
    way = replace(ALL, group=MINUTE)
    begun = sent(messages([way], [fired(1)]))
    ended = messages([replace(way, to=BOSS)], [over(1, MONDAY + 5 * MINUTE)], begun)
    assert told(ended) == [(NOC.channel_id, What.RESOLVED, [(1, What.RESOLVED)])]
    assert messages([way], [over(2, MONDAY + 5 * MINUTE)], begun) == []
    assert messages([way], [over(1, MONDAY + 5 * MINUTE)], [*begun, *ended]) == []


def test_what_is_over_before_its_message_was_due_is_told_to_nobody() -> None:
    way = replace(ALL, group=MINUTE)
    assert messages([way], [fired(1), over(1, MONDAY + MINUTE / 2)]) == []
    one = messages([way], [fired(1)])
    decision = decide([way], [over(1, MONDAY + MINUTE / 2)], one)
    assert [*decision.messages.values()] == [replace(one[0], notices=[])]
    late = decide([way], [over(1, MONDAY + MINUTE)], one)
    assert told(late.messages.values()) == [(NOC.channel_id, What.RESOLVED, [(1, What.RESOLVED)])]


def test_a_silenced_alert_waits_until_it_is_not_or_is_over() -> None:
    turn = fired(1, silenced=True)
    held = decide([ALL], [turn], [])
    assert (dict(held.messages), held.settled, held.held) == ({}, [], [turn.event_id])
    assert len(messages([ALL], [replace(turn, silenced=False)])) == 1
    both = decide([ALL], [turn, over(1, MONDAY + MINUTE, silenced=True)], [])
    assert (dict(both.messages), len(both.settled), both.held) == ({}, 2, [])


def test_what_nobody_acknowledges_is_escalated_after_its_span() -> None:
    way = replace(ALL, group=MINUTE, escalation=Escalation(10 * MINUTE, BOSS))
    found = {m.what: m for m in messages([way], [fired(1)])}
    assert (found[What.ESCALATED].to, found[What.ESCALATED].until) == (BOSS, MONDAY + 11 * MINUTE)
    rest = decide(
        [way], [over(1, MONDAY + 5 * MINUTE)], [replace(found[What.FIRED], unsent=False), found[What.ESCALATED]]
    )
    assert told(rest.messages.values()) == [(NOC.channel_id, What.RESOLVED, [(1, What.RESOLVED)])]
    late = decide([way], [over(1, MONDAY + 20 * MINUTE)], sent(found.values()))
    assert [one[0] for one in told(late.messages.values())] == [NOC.channel_id, BOSS.channel_id]


def test_a_digest_tells_of_a_span_what_began_and_what_is_over() -> None:
    way = replace(ALL, digest=60 * MINUTE)
    turns = [fired(1), over(1, MONDAY + MINUTE), fired(2, MONDAY + 59 * MINUTE), fired(3, MONDAY + 60 * MINUTE)]
    one, two = messages([way], turns)
    assert (one.what, one.until, len(one.notices)) == (What.DIGEST, MONDAY + 60 * MINUTE, 3)
    assert two.until == MONDAY + 120 * MINUTE


def test_outside_all_hours_the_route_that_opens_first_waits_and_what_is_over_by_then_is_not_told() -> None:
    night = Hours(frozenset(DAYS[:5]), 22 * 60, 6 * 60, "Europe/Oslo")
    morning = Hours(frozenset(DAYS), 7 * 60, 8 * 60)
    ways = [replace(ALL, hours=night), replace(ALL, id=UUID(int=11), to=BOSS, hours=morning)]
    found = messages(ways, [fired(1)])
    assert [(m.to, m.until) for m in found] == [(NOC, MONDAY.replace(hour=21))]
    assert messages(ways, [over(1, MONDAY + MINUTE)], found) == []
    early = MONDAY.replace(hour=7, minute=30)
    assert [m.to for m in messages(ways, [fired(2, early)])] == [BOSS]


def test_hours_go_over_midnight_and_belong_to_the_day_on_which_they_began() -> None:
    hours = Hours(frozenset({"mon"}), 22 * 60, 6 * 60)
    assert not hours.open(MONDAY.replace(hour=5))
    assert hours.open(MONDAY.replace(hour=22))
    assert hours.open(MONDAY.replace(day=6, hour=5, minute=59))
    assert not hours.open(MONDAY.replace(day=6, hour=6))
    assert hours.coming(MONDAY.replace(day=6, hour=7)) == MONDAY.replace(day=12, hour=22)


RECIPIENTS = st.sampled_from([NOC, BOSS, Recipient(NOC.channel_id, "ann@example.net")])
SPANS = st.sampled_from([timedelta(0), MINUTE, 10 * MINUTE])
HOURS = st.builds(
    Hours, st.sets(st.sampled_from(DAYS), min_size=1).map(frozenset), st.integers(0, 1439), st.integers(0, 1440),
    st.sampled_from(["UTC", "Europe/Oslo", "America/St_Johns"]),
)  # fmt: skip
WAYS = st.lists(
    st.builds(
        Way, id=st.uuids(), name=st.text("ab", min_size=1, max_size=3), to=RECIPIENTS, place=st.integers(0, 3),
        severity=st.sampled_from(Severity), hours=st.one_of(st.just(Hours()), HOURS), group=SPANS,
        digest=st.sampled_from([None, None, 30 * MINUTE]), goes_on=st.booleans(),
        escalation=st.one_of(st.none(), st.builds(Escalation, SPANS.filter(bool), RECIPIENTS)),
    ),
    max_size=4, unique_by=lambda way: way.id,
)  # fmt: skip


@st.composite
def histories(draw: st.DrawFn) -> list[Turn]:
    """Alerts that fire, some of which are over later, in the order of time."""
    turns: list[Turn] = []
    for number in range(1, draw(st.integers(1, 6)) + 1):
        more = {"severity": draw(st.sampled_from(Severity)), "silenced": draw(st.booleans())}
        at = MONDAY + draw(st.integers(0, 40)) * MINUTE / 2
        turns.append(fired(number, at, **more))
        if draw(st.booleans()):
            turns.append(over(number, at + draw(st.integers(1, 60)) * MINUTE / 2, **more))
    return sorted(turns, key=lambda one: (one.at, one.what is What.RESOLVED, one.alert_id))


def in_parts(ways: Sequence[Way], turns: Sequence[Turn], borders: Iterable[int]) -> list[Message]:
    """Decide part by part; what waits comes again with every later part."""
    known: dict[UUID, Message] = {}
    held: list[Turn] = []
    cuts = [0, *sorted(borders), len(turns)]
    for first, last in itertools.pairwise(cuts):
        part = [*held, *turns[first:last]]
        decision = decide(ways, part, known.values())
        known |= decision.messages
        held = [turn for turn in part if turn.event_id in decision.held]
    return [*known.values()]


@given(WAYS, histories(), st.lists(st.integers(0, 12), max_size=4))
def test_it_makes_no_difference_in_which_parts_turns_come(
    ways: list[Way], turns: list[Turn], borders: list[int]
) -> None:
    parts = in_parts(ways, turns, [min(border, len(turns)) for border in borders])
    assert told(parts) == told(in_parts(ways, turns, []))


@given(WAYS, histories(), st.lists(st.integers(0, 12), max_size=4))
def test_each_turn_is_told_once_and_an_end_to_whom_the_begin_was_told(
    ways: list[Way], turns: list[Turn], borders: list[int]
) -> None:
    found = in_parts(ways, turns, [min(border, len(turns)) for border in borders])
    all_told = [(n.alert_id, n.what, m.to) for m in found for n in m.notices]
    assert len(all_told) == len(set(all_told))
    begun = {(alert, to) for alert, what, to in all_told if what is not What.RESOLVED}
    assert {(alert, to) for alert, what, to in all_told if what is What.RESOLVED} <= begun
    silenced = {turn.alert_id for turn in turns if turn.silenced}
    assert not silenced & {alert for alert, _, _ in all_told}
    assert all(m.opened <= m.until and all(n.at <= m.until for n in m.notices) for m in found)
