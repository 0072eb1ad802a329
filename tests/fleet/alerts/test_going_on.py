"""An engine that goes on from what is stored: what the store knew ahead of it, and what may explain what waits."""

from __future__ import annotations

from dataclasses import replace

from fleet.alerts.cause import Health
from fleet.alerts.deeds import Act
from fleet.alerts.engine import Engine, Entry, Stand
from fleet.alerts.ground import Ground
from fleet.alerts.judging import Phase, Track
from fleet.device import State
from tests.fleet.alerts.grounds import CORE, DOWN, EDGE, STALE, at, cpu, ground, rule, status

CHAIN = {EDGE: frozenset({CORE})}


def known(state: State, seconds: float) -> Ground:
    """The store knows devices of a later time."""
    bare, answered = (
        ground(DOWN, STALE, devices=(CORE, EDGE), parents=CHAIN),
        None if state is State.DOWN else at(seconds),
    )
    health = Health(state=state, answered=answered, stored=at(seconds))
    facts = {one: replace(its, health=health, heard=at(seconds)) for one, its in bare.devices.items()}
    return replace(bare, devices=facts)


def test_what_the_store_knows_ahead_is_judged_all_the_same() -> None:
    busy = Engine()
    busy.settle(known(State.UP, 3600), at(3600))
    found = busy.hear([status(CORE, 0, State.DOWN), status(CORE, 600, State.UP)]) + busy.look(at(1200))
    assert [one.act for one in found] == [Act.BEGIN, Act.FIRE, Act.NOTE, Act.RESOLVE]


def test_a_parent_that_is_well_later_does_not_make_its_child_stand_now() -> None:
    busy = Engine()
    busy.settle(known(State.UP, 3600), at(3600))
    found = busy.hear([status(EDGE, 60, State.DOWN), status(CORE, 70, State.DOWN), status(EDGE, 120, State.DOWN)])
    assert [(one.device, one.act) for one in found if one.act in (Act.FIRE, Act.SUPPRESS)] == [
        ("core", Act.FIRE),
        ("edge", Act.SUPPRESS),
    ]


def test_a_parent_that_is_away_later_does_not_explain_its_child_now() -> None:
    busy = Engine()
    busy.settle(known(State.DOWN, 3600), at(3600))
    busy.hear([cpu(CORE, 30, 0.1), status(CORE, 31, State.UP), status(EDGE, 60, State.DOWN)])
    found = busy.hear([cpu(CORE, 90, 0.1)]) + busy.look(at(91))
    assert [(one.device, one.act) for one in found] == [("edge", Act.FIRE)]


def test_nobody_is_missed_that_the_store_has_heard_or_that_was_not_listened_for_long() -> None:
    busy = Engine()
    busy.settle(known(State.UP, 3600), at(3600))
    assert busy.look(at(3600)) == []
    busy.hear([cpu(CORE, n, 0.1) for n in range(4000, 4301, 60)])
    assert busy.look(at(4299)) == []
    busy.settle(known(State.UP, 4290), at(4299))
    assert busy.look(at(4300)) == []
    busy.hear([cpu(CORE, n, 0.1) for n in range(4360, 4601, 60)])
    assert [(one.device, one.act) for one in busy.look(at(4600))] == [("edge", Act.BEGIN), ("edge", Act.FIRE)]


def test_who_has_just_begun_waits_for_a_word_of_the_parent_before_a_child_stands_for_itself() -> None:
    busy = Engine()
    track = Track(Phase.PENDING, at(900), at(900), version=DOWN.version)
    busy.entries[EDGE] = {(DOWN.id, ""): Entry(EDGE, "", DOWN, track, stored=True, since=at(900))}
    busy.settle(known(State.UP, 600), at(1200))
    busy.hear([status(EDGE, 1190, State.DOWN, took=None)])
    assert [one.act for one in busy.look(at(1200))] == []
    assert [one.act for one in busy.hear([status(CORE, 1210, State.DOWN)]) if one.device == "edge"] == []
    assert [one.act for one in busy.look(at(1211)) if one.device == "edge"] == [Act.SUPPRESS]


def test_what_was_explained_stands_for_itself_only_by_what_is_seen_later() -> None:
    busy = Engine()
    track = Track(Phase.FIRING, at(60), at(60), version=DOWN.version)
    for stand in (Stand.HIDDEN, Stand.SUPPRESSED):
        entry = Entry(EDGE, "", DOWN, track, stand, stored=True, since=at(60), cause=CORE, doubted=at(60))
        busy.entries[EDGE] = {(DOWN.id, ""): entry}
        busy.settle(known(State.UP, 600), at(600))
        assert busy.look(at(610)) == []
    found = busy.hear([status(EDGE, 700, State.DOWN)])
    assert [one.act for one in found if one.act is not Act.NOTE] == [Act.FIRE]


def test_what_stands_and_is_well_for_a_while_is_noted_and_so_is_its_return() -> None:
    kept = rule(keep=120)
    busy = Engine()
    busy.settle(ground(kept), at(0))
    found = busy.hear([cpu(CORE, n, load) for n, load in ((0, 0.95), (60, 0.1), (120, 0.95), (180, 0.1))])
    assert [(one.act, one.value) for one in found[2:]] == [(Act.NOTE, 0.1), (Act.NOTE, 0.95), (Act.NOTE, 0.1)]
    assert [one.turns for one in found[2:]] == [1, 2, 2]
