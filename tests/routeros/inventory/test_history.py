"""Where a device's history stands: another one after every action, undo and redo, read cheaply, on both versions."""

from __future__ import annotations

import pytest

from routeros import backup
from routeros.backup import history as actions
from routeros.inventory.history import collector, command
from routeros.simulator.device.model import PERSONAS
from routeros.words import Command, Row
from tests.routeros.inventory.test_kinds import asked
from tests.routeros.simulator.desk import Desk


def marker(*rows: Row) -> object:
    stock = collector.read([list(rows)]).stock
    assert stock is not None
    (item,) = stock.items
    return item.facts["marker"]


def known(desk: Desk, how: Command) -> str:
    """Tell the marker as a backup does that reads all of the history."""
    return actions.understood(asked(desk, how) or []).marker


@pytest.mark.parametrize("persona", sorted(PERSONAS))
def test_every_action_and_every_undo_is_another_marker_and_a_backup_knows_the_same(persona: str) -> None:
    desk = Desk(persona)
    found = [marker(*(asked(desk, command) or []))]
    for words in (("/ip/pool/add", "=name=a", "=ranges=10.9.0.2-10.9.0.9"), ("/undo",), ("/redo",)):
        desk.ask(*words)
        found.append(marker(*(asked(desk, command) or [])))
        assert found[-1] == known(desk, actions.asking()), words
        assert found[-1] != found[-2]


def test_it_asks_for_two_properties_and_no_more_rows_than_a_device_may_have() -> None:
    (only,) = collector.commands
    assert only.properties == (".id", "undoable")
    assert 0 < only.rows <= 1000


def test_an_empty_history_is_one_and_an_absent_menu_none() -> None:
    assert marker() == "0"
    absent = collector.read([None]).stock
    assert absent is not None
    assert absent.items == ()


def test_a_row_whose_number_is_none_is_left_out() -> None:
    rows = [{".id": "*5", "undoable": "true"}, {".id": "*-7"}, {".id": "*" + "F" * 99}, {".id": "nonsense"}, {}]
    assert marker(*rows) == "5-0"
    assert [backup.number(text) for text in ("5-0", "1F-2", "0", "")] == [5, 31, 0, None]


def test_a_device_that_refuses_it_is_no_worse_for_it() -> None:
    assert collector.lenient
