"""Many devices under many rules: what fires, what a parent explains, maintenance, kills, and the order of polls."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.alerts.cause import Claim, Gate, Health, judge, root
from fleet.alerts.deeds import Act, Deed
from fleet.alerts.engine import Engine, Entry, Stand
from fleet.alerts.ground import Facts, Ground, Known
from fleet.alerts.judging import Phase, Track
from fleet.alerts.rule import Operator, Reach, Scope, Test, chosen
from fleet.device import State
from fleet.events import Event, FamilyRows
from fleet.identity import DeviceId
from tests.fleet.alerts.grounds import (
    CORE,
    DOWN,
    EDGE,
    LEAF,
    NAMES,
    NOON,
    NORTH,
    STALE,
    at,
    cpu,
    ground,
    rows,
    rule,
    status,
)

CHAIN = {EDGE: frozenset({CORE}), LEAF: frozenset({EDGE})}


def engine(on: Ground) -> Engine:
    made = Engine()
    assert made.settle(on, NOON) == []
    return made


def acts(deeds: Iterable[Deed]) -> list[tuple[str, Act]]:
    return [(one.device, one.act) for one in deeds]


def test_a_value_fires_and_is_over() -> None:
    busy = engine(ground(rule(hold=60)))
    found = busy.hear([cpu(CORE, 0, 0.95), cpu(EDGE, 0, 0.5), cpu(CORE, 60, 0.95), cpu(CORE, 120, 0.1)])
    assert acts(found) == [("core", Act.BEGIN), ("core", Act.FIRE), ("core", Act.RESOLVE)]
    assert len({one.alert_id for one in found}) == 1
    assert found[1].summary == "core: cpu load is 95 % (rule: above 90 %)."


def test_each_instance_is_an_alert_of_its_own_and_ends_where_it_is_gone() -> None:
    errors = rule(family="interfaces", field="rx_errors_rate", threshold=10)
    busy = engine(ground(errors))

    def wire(seconds: float, **rates: float) -> Event:
        labels = tuple((name,) for name in rates)
        return rows(
            CORE, seconds, FamilyRows("interfaces", ("rx_errors_rate",), labels, tuple((r,) for r in rates.values()))
        )

    assert {one.key for one in busy.hear([wire(0, ether1=20, ether2=30, ether3=1)])} == {"ether1", "ether2"}
    found = busy.hear([wire(60, ether1=20, ether3=1)])
    assert [(one.key, one.act) for one in found] == [("ether2", Act.RESOLVE)]


def test_a_share_is_compared() -> None:
    disk = rule(field="disk_free_bytes", share_of="disk_total_bytes", operator=Operator.BELOW, threshold=0.1)
    names = ("disk_free_bytes", "disk_total_bytes")
    told = [rows(CORE, n, FamilyRows("resource", names, ((),), ((free, 100),))) for n, free in ((0, 10), (60, 9))]
    assert [one.at for one in engine(ground(disk)).hear(told) if one.act is Act.FIRE] == [at(60)]


def test_the_narrowest_rule_of_a_name_is_a_devices_even_where_it_is_off() -> None:
    wide = rule(1, name="cpu")
    site = rule(2, name="cpu", scope=Scope(Reach.SITE, "oslo"), threshold=0.5)
    off = rule(3, name="cpu", scope=Scope(Reach.DEVICE, "core"), enabled=False)
    other = rule(4, name="memory")
    everywhere = {Scope(): None, Scope(Reach.SITE, "oslo"): None}
    assert chosen([wide, site, off, other], everywhere) == [site, other]
    assert chosen([wide, site, off, other], everywhere | {Scope(Reach.DEVICE, "core"): None}) == [other]
    assert chosen([wide, site], {Scope(): None}) == [wide]


def test_a_device_is_missed_and_heard_again() -> None:
    busy = engine(ground(STALE))
    busy.hear([cpu(CORE, 0, 0.1), *(cpu(EDGE, n, 0.1) for n in range(0, 301, 60))])
    assert acts(busy.look(at(300))) == [("core", Act.BEGIN), ("core", Act.FIRE)]
    assert busy.look(at(310)) == []
    assert acts(busy.hear([cpu(CORE, 360, 0.1)])) == [("core", Act.RESOLVE)]


def test_a_device_that_is_asked_rarely_is_missed_later() -> None:
    rare = ground(STALE)
    facts = {**rare.devices, CORE: replace(rare.devices[CORE], interval=timedelta(minutes=10))}
    busy = engine(replace(rare, devices=facts))
    busy.hear([cpu(CORE, 0, 0.1), *(cpu(EDGE, n, 0.1) for n in range(59, 1800, 60))])
    assert busy.look(at(1799)) == []
    assert acts(busy.look(at(1800))) == [("core", Act.BEGIN), ("core", Act.FIRE)]


def test_after_a_time_without_any_word_each_device_gets_its_turn_before_it_is_missed() -> None:
    busy = engine(ground(STALE))
    busy.hear([cpu(CORE, 0, 0.1), cpu(EDGE, 10, 0.1), cpu(EDGE, 900, 0.1)])
    assert busy.look(at(900)) == []
    busy.hear([cpu(EDGE, n, 0.1) for n in range(960, 1201, 60)])
    assert busy.look(at(1199)) == []
    found = busy.look(at(1200))
    assert acts(found) == [("core", Act.BEGIN), ("core", Act.FIRE)]
    assert found[0].since == at(0)


def test_nobody_is_missed_while_nobody_is_heard() -> None:
    busy = engine(ground(STALE))
    busy.hear([cpu(CORE, 0, 0.1), cpu(EDGE, 10, 0.1)])
    assert busy.look(at(3600)) == []


def test_a_childs_failure_waits_for_its_parents_next_poll() -> None:
    busy = engine(ground(DOWN, parents=CHAIN))
    busy.hear([cpu(CORE, 0, 0.1), cpu(EDGE, 1, 0.1)])
    assert acts(busy.hear([status(EDGE, 30, State.DOWN)])) == [("edge", Act.BEGIN)]
    assert busy.look(at(45)) == []
    found = busy.hear([status(CORE, 60, State.UP, failing=True)]) + busy.look(at(61))
    assert acts(found) == [("edge", Act.NOTE)]
    assert acts(busy.hear([status(CORE, 120, State.DOWN)])) == [("core", Act.BEGIN), ("core", Act.FIRE)]
    found = busy.look(at(121))
    assert acts(found) == [("edge", Act.SUPPRESS)]
    assert found[0].cause == CORE


def test_a_child_stands_for_itself_once_its_parent_answered_after_that() -> None:
    busy = engine(ground(DOWN, parents=CHAIN))
    busy.hear([cpu(CORE, 0, 0.1), status(EDGE, 30, State.DOWN)])
    assert busy.look(at(59)) == []
    busy.hear([cpu(CORE, 60, 0.1)])
    assert acts(busy.look(at(61))) == [("edge", Act.FIRE)]


def test_a_child_that_stays_away_after_its_parent_is_back_fires_by_its_own_next_poll() -> None:
    busy = engine(ground(DOWN, parents=CHAIN))
    busy.hear(
        [status(CORE, 0, State.DOWN), status(EDGE, 1, State.DOWN), cpu(CORE, 600, 0.1), status(CORE, 601, State.UP)]
    )
    assert busy.hear([status(EDGE, 650, State.DOWN, took=None)]) + busy.look(at(660)) == []
    assert acts(busy.hear([status(EDGE, 700, State.DOWN)])) == [("edge", Act.FIRE)]


def test_a_device_that_was_down_before_anybody_judged_is_found() -> None:
    busy = engine(ground(DOWN))
    assert acts(busy.hear([status(CORE, 0, State.DOWN, took=None)])) == [("core", Act.BEGIN), ("core", Act.FIRE)]


def test_a_cut_is_one_alert_whatever_the_depth_and_the_cause_is_the_highest() -> None:
    gone = Health(state=State.DOWN)
    assert root(EDGE, {CORE: gone, EDGE: gone}, CHAIN) == CORE
    claim = Claim(LEAF, at(0), at(0), at(0), reachable=True)
    assert judge(claim, {CORE: gone, EDGE: gone}, CHAIN).cause == CORE


def test_of_a_ring_that_is_gone_one_device_stands_for_all() -> None:
    ring = {CORE: frozenset({EDGE}), EDGE: frozenset({CORE}), LEAF: frozenset({EDGE})}
    busy = engine(ground(DOWN, parents=ring))
    assert busy.hear([cpu(one, -60, 0.1) for one in (CORE, EDGE, LEAF)]) == []
    found = busy.hear([status(one, n, State.DOWN) for n, one in enumerate((LEAF, EDGE, CORE))]) + busy.look(at(60))
    assert [one.device for one in found if one.act is Act.FIRE] == ["core"]
    assert {one.device: one.cause for one in found if one.act is Act.SUPPRESS} == {"leaf": CORE, "edge": CORE}


def test_one_of_two_ways_that_works_explains_nothing() -> None:
    both = {LEAF: frozenset({CORE, EDGE})}
    claim = Claim(LEAF, at(0), at(0), at(61), reachable=True)
    healths = {CORE: Health(state=State.DOWN), EDGE: Health(state=State.UP, answered=at(60))}
    assert judge(claim, healths, both).gate is Gate.OPEN


def test_children_are_not_alarmed_while_their_parent_is_in_maintenance() -> None:
    busy = engine(ground(DOWN, parents=CHAIN, windows={CORE: ((at(-60), at(600)),)}))
    found = busy.hear([status(CORE, 0, State.DOWN), status(EDGE, 1, State.DOWN)])
    assert acts(found) == [("edge", Act.BEGIN), ("edge", Act.SUPPRESS)]


def test_maintenance_makes_no_alert_and_what_outlives_it_is_raised_at_its_end() -> None:
    windows = {CORE: ((at(-60), at(600)),)}
    busy = engine(ground(DOWN, rule(), windows=windows))
    assert busy.hear([status(CORE, 0, State.DOWN), cpu(EDGE, 0, 0.1)]) == []
    assert busy.look(at(300)) == []
    busy.settle(ground(DOWN, rule(), windows=windows), at(610))
    assert busy.look(at(611)) == []
    assert acts(busy.hear([status(CORE, 620, State.DOWN)])) == [("core", Act.BEGIN), ("core", Act.FIRE)]


def test_maintenance_that_ends_with_a_device_that_is_well_makes_no_alert() -> None:
    windows = {CORE: ((at(-60), at(600)),)}
    busy = engine(ground(DOWN, windows=windows))
    assert busy.hear([status(CORE, 0, State.DOWN), cpu(CORE, 500, 0.1), status(CORE, 501, State.UP)]) == []
    assert busy.settle(ground(DOWN, windows=windows), at(610)) + busy.look(at(611)) == []


def test_what_fired_before_a_window_stands_through_it() -> None:
    busy = engine(ground(DOWN))
    busy.hear([status(CORE, 0, State.DOWN)])
    busy.settle(ground(DOWN, windows={CORE: ((at(1), at(600)),)}), at(2))
    assert busy.hear([status(CORE, 60, State.DOWN)]) + busy.look(at(61)) == []
    assert acts(busy.hear([status(CORE, 120, State.UP)]) + busy.look(at(720))) == [
        ("core", Act.NOTE),
        ("core", Act.RESOLVE),
    ]


def test_what_a_rule_or_a_device_that_goes_had_raised_is_over() -> None:
    busy = engine(ground(DOWN, rule(hold=60)))
    busy.hear([status(CORE, 0, State.DOWN), cpu(EDGE, 0, 0.95)])
    assert acts(busy.settle(ground(DOWN, devices=(EDGE,)), at(10))) == [("", Act.RESOLVE), ("edge", Act.DROP)]
    assert busy.entries == {}


def test_a_state_that_is_told_twice_or_late_changes_nothing() -> None:
    busy = engine(ground(DOWN))
    told = [status(CORE, 0, State.DOWN), status(CORE, 60, State.UP)]
    assert len(busy.hear(told)) == 3
    assert busy.hear(told) == []


def tree(depth: int, width: int) -> tuple[list[DeviceId], Ground]:
    """A root with some branches of devices behind one another."""
    ids = [DeviceId(UUID(int=100 + n)) for n in range(depth * width + 1)]
    parents = {
        one: frozenset({ids[max(0, n + 1 - width)] if n >= width else ids[0]}) for n, one in enumerate(ids[1:])
    }
    facts = {one: Facts(NORTH, f"router-{n}", frozenset({Scope()})) for n, one in enumerate(ids)}
    return ids, Ground.of([DOWN, STALE], facts, parents, {})


def story(luck: random.Random, ids: list[DeviceId]) -> list[tuple[float, DeviceId]]:
    """Polls of an hour, each device in its own rhythm, which has nothing to do with its place in the tree."""
    phases = {one: luck.random() * 60 for one in ids}
    return sorted((60 * turn + phases[one], one) for turn in range(60) for one in ids)


def lived(busy: Engine, polls: list[tuple[float, DeviceId]]) -> list[Deed]:
    """Live through a time in which the root's uplink is cut from 600 s to 1800 s."""
    fails: Counter[DeviceId] = Counter()
    found: list[Deed] = []
    looked = 0.0
    for seconds, one in polls:
        while looked + 10 < seconds:
            looked += 10
            found += busy.look(at(looked - 5))
        if 600 <= seconds < 1800:
            fails[one] += 1
            state = State.DOWN if fails[one] > 1 else State.UP
            found += busy.hear([status(one, seconds, state, failing=True)])
        else:
            fails[one] = 0
            found += busy.hear([status(one, seconds, State.UP), cpu(one, seconds, 0.1)])
    return found


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_a_cut_uplink_is_one_alert_in_whatever_order_devices_are_polled(seed: int) -> None:
    ids, on = tree(3, 3)
    busy = engine(on)
    found = lived(busy, story(random.Random(seed), ids))
    assert [one.device_id for one in found if one.act is Act.FIRE] == [ids[0]]
    assert {one.cause for one in found if one.act is Act.SUPPRESS} <= {ids[0]}
    ended = {one.alert_id for one in found if one.act in (Act.RESOLVE, Act.DROP)}
    assert {one.alert_id for one in found} == ended


def stored(entries: dict[UUID, Entry], deeds: Iterable[Deed], told: list[UUID]) -> None:
    """Keep what a store would: rows that are open, and what was told of each."""
    for deed in deeds:
        row = entries.get(deed.alert_id)
        if deed.act is Act.BEGIN:
            track = Track(Phase.PENDING, deed.seen, deed.since, version=deed.rule.version)
            row = row or Entry(deed.device_id, deed.key, deed.rule, track, stored=True, since=deed.since)
        elif row is not None:
            track = replace(row.track, phase=Phase.FIRING, seen=deed.seen)
            stand = Stand.FIRING if deed.act is Act.FIRE else Stand.SUPPRESSED
            row = replace(row, track=track, stand=stand, cause=deed.cause)
        if deed.act in (Act.RESOLVE, Act.DROP):
            entries.pop(deed.alert_id, None)
        elif row is not None:
            entries[deed.alert_id] = row
        if deed.act is Act.FIRE and deed.event_id not in told:
            told.append(deed.event_id)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_an_engine_that_is_killed_at_any_moment_fires_nothing_twice(seed: int) -> None:
    luck = random.Random(seed)
    ids, on = tree(2, 2)
    polls = story(luck, ids)
    whole: list[UUID] = []
    stored({}, lived(engine(on), polls), whole)
    rows_: dict[UUID, Entry] = {}
    told: list[UUID] = []
    busy = engine(on)
    fails: Counter[DeviceId] = Counter()
    for place, (seconds, one) in enumerate(polls):
        away = 600 <= seconds < 1800
        fails[one] = fails[one] + 1 if away else 0
        state = State.DOWN if fails[one] > 1 else State.UP
        event = status(one, seconds, state, failing=True) if away else status(one, seconds, State.UP)
        stored(rows_, busy.hear([event]) + busy.look(at(seconds - 5)), told)
        if place % 7 == seed % 7:
            busy = Engine()
            for row in rows_.values():
                busy.entries.setdefault(row.device_id, {})[row.rule.id, row.key] = row
            stored(rows_, busy.settle(on, at(seconds)), told)
    assert len(told) == len(set(told))
    assert {ids[0]} <= {one.device_id for one in rows_.values()} or rows_ == {}
    assert len([one for one in told if one in whole]) == len(whole)


def test_a_fact_fires_once_for_each_time_that_it_was_read_and_ends_when_it_is_well() -> None:
    overdue = rule(test=Test.FACT, family="", field="backup_overdue_periods", threshold=2)

    def known(seconds: float, **values: float) -> Ground:
        told = {device: values[name] for device, name in NAMES.items() if name in values}
        return replace(ground(overdue), known=Known(at(seconds), {"backup_overdue_periods": told}))

    busy = Engine()
    found = busy.settle(known(0, core=3, edge=1), at(0))
    assert acts(found) == [("core", Act.BEGIN), ("core", Act.FIRE)]
    assert found[1].summary == "core: backup overdue periods is 3 (rule: above 2)."
    assert busy.settle(known(0, core=0.1, edge=1), at(20)) == []
    assert acts(busy.settle(known(300, core=0.1, edge=2.5), at(300))) == [
        ("core", Act.RESOLVE),
        ("edge", Act.BEGIN),
        ("edge", Act.FIRE),
    ]
    assert acts(busy.settle(known(600, core=0.1), at(600))) == [("edge", Act.RESOLVE)]
