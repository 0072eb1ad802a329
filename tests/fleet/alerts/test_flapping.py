"""What flaps behind what flaps: explained while both are away, and never told while it is well."""

from __future__ import annotations

from fleet.alerts.deeds import Act, Deed
from fleet.alerts.engine import Engine
from fleet.device import State
from tests.fleet.alerts.grounds import CORE, DOWN, EDGE, NOON, at, ground, status


def test_a_child_that_flaps_with_its_parent_is_not_told_while_both_are_well() -> None:
    busy, found = Engine(), list[Deed]()
    busy.settle(ground(DOWN, devices=(CORE, EDGE), parents={EDGE: frozenset({CORE})}), NOON)
    for turn in range(6):
        for seconds, state in ((0, State.DOWN), (120, State.UP)):
            for place, one in enumerate((CORE, EDGE)):
                found += busy.hear([status(one, 300 * turn + seconds + place, state)])
            found += busy.look(at(300 * turn + seconds + 60))
    assert {one.device_id for one in found if one.act is Act.FIRE} == {CORE}
    assert [one.act for one in found].count(Act.FIRE) == 1
    assert [one.act for one in found if one.device_id == EDGE].count(Act.SUPPRESS) == 1
    found += busy.look(at(300 * 6 + 600))
    assert {one.alert_id for one in found} == {one.alert_id for one in found if one.act is Act.RESOLVE}


def test_a_child_that_is_seen_away_again_before_its_parent_waits_for_the_parents_next_poll() -> None:
    busy, found = Engine(), list[Deed]()
    busy.settle(ground(DOWN, devices=(CORE, EDGE), parents={EDGE: frozenset({CORE})}), NOON)
    busy.hear([status(CORE, -60, State.UP), status(EDGE, -50, State.UP)])
    for turn in range(4):
        for seconds, state in ((0, State.DOWN), (120, State.UP), (180, State.UP)):
            for place, one in enumerate((EDGE, CORE)):
                found += busy.hear([status(one, 300 * turn + seconds + 10 * place, state)])
                found += busy.look(at(300 * turn + seconds + 10 * place + 5))
    assert [one.device_id for one in found if one.act is Act.FIRE] == [CORE]
