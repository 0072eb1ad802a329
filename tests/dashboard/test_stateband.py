"""The band of states: nothing beyond the window, what is unknown stays unknown, silence is stale."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dashboard import stateband
from dashboard.figures import Window
from db.states import Spell
from fleet.device import State
from tests.dashboard.test_roster import row

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
WINDOW = Window(NOON - timedelta(hours=1), NOON, timedelta(minutes=1))


def at(minute: float) -> datetime:
    return WINDOW.start + timedelta(minutes=minute)


def drawn(*spells: Spell, silent: float = 0) -> list[tuple[str, float]]:
    device = row(1, heard_at=NOON - timedelta(minutes=silent), interval=timedelta(minutes=1))
    found = stateband.stretches(spells, device, WINDOW, NOON)
    return [(part.state or "?", part.length / timedelta(minutes=1)) for part in found]


def test_states_are_cut_to_the_window() -> None:
    up, down = Spell(State.UP, at(-500), at(20)), Spell(State.DOWN, at(20), at(30))
    assert drawn(up, down, Spell(State.UP, at(30), None)) == [("up", 20), ("down", 10), ("up", 30)]


def test_what_was_before_the_first_is_unknown() -> None:
    assert drawn(Spell(State.UP, at(45), None)) == [("?", 45), ("up", 15)]
    assert drawn() == [("?", 60)]
    assert stateband.band(stateband.stretches([], row(1), WINDOW, NOON), UTC, NOON, str) == []


@pytest.mark.parametrize(("silent", "stale"), [(2, 0), (13, 10)])
def test_a_device_of_which_nothing_is_heard_is_stale(silent: float, stale: float) -> None:
    parts = dict(drawn(Spell(State.UP, at(0), None), silent=silent))
    assert parts.get("stale", 0) == stale
    assert parts["up"] == 60 - stale
