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
    assert [one.act for one in found if one.device_id == EDGE].count(Act.SUPPRESS) == 3
    found += busy.look(at(300 * 6 + 600))
    assert {one.alert_id for one in found} == {one.alert_id for one in found if one.act is Act.RESOLVE}
