"""Ticks are coalesced by device, everything else is kept as it came, and what is gone is known to be gone."""

from __future__ import annotations

import msgspec

from api.streams.hub import read
from api.streams.journal import FRESH, Item, Journal
from fleet.events import Event, FamilyRows
from routeros import collectors
from tests.api.streams.samples import device, heard, metrics, push, status


def item(number: int, event: Event, since: float = 0.0) -> Item:
    found = read(0, heard(number, event), since)
    assert found is not None
    found.number = number
    return found


def filled(*events: Event, most: int = 100) -> Journal:
    journal = Journal(most=most)
    for number, event in enumerate(events, 1):
        journal.add(item(number, event))
    return journal


def numbers(journal: Journal, behind: int) -> list[int]:
    return [found.number for found in journal.behind(behind)]


def test_what_came_behind_a_number_is_given_in_order() -> None:
    journal = filled(status(1), metrics(1), push(1), metrics(2), status(1))
    assert numbers(journal, 0) == [1, 2, 3, 4, 5]
    assert numbers(journal, 3) == [4, 5]
    assert numbers(journal, 5) == []


def test_of_a_devices_ticks_the_newest_is_left() -> None:
    journal = filled(metrics(1, value=1), metrics(2), metrics(1, value=2), metrics(1, value=3))
    assert numbers(journal, 0) == [2, 4]
    assert [found.before for found in journal.behind(0)] == [0, 3]


def test_nothing_but_ticks_is_coalesced() -> None:
    assert numbers(filled(status(1), status(1), push(1), push(1)), 0) == [1, 2, 3, 4]


def test_of_what_lasts_the_oldest_goes_first_and_that_is_known() -> None:
    journal = filled(*(status(n) for n in range(5)), most=3)
    assert (numbers(journal, 0), journal.dropped) == ([3, 4, 5], 2)


def test_ticks_fade_and_that_is_known() -> None:
    journal = Journal()
    journal.add(item(1, metrics(1), since=0.0))
    journal.add(item(2, metrics(2), since=FRESH / 2))
    journal.add(item(3, metrics(3), since=FRESH + 1))
    assert (numbers(journal, 0), journal.faded) == ([2, 3], 1)


def test_an_event_that_cannot_be_told_is_left_out() -> None:
    rows = FamilyRows("resource", ("cpu_load_ratio",), (("a label too many",),), ((0.5,),))
    broken = item(1, msgspec.structs.replace(metrics(1), families=(rows,)))
    assert broken.written(collectors.families()) == b"\n"
    assert broken.device_id == device(1)
