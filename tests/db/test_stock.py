"""What a batch's inventory events come to: rounds by time, and nothing that PostgreSQL would refuse."""

from __future__ import annotations

import math
from collections import Counter
from datetime import timedelta
from uuid import UUID

from db import stock
from db.stock import MOST_ITEMS, Before
from fleet.events import DeviceInventoryEvent, KindItems
from fleet.inventory import LONGEST_KEY, Facts, Item, Known
from tests.fixtures.metrics import NOW, seconds

TENANT = UUID(int=1)
ONE, TWO = UUID(int=11), UUID(int=12)


def event(device: UUID, after: float, *kinds: KindItems) -> DeviceInventoryEvent:
    return DeviceInventoryEvent(tenant_id=TENANT, device_id=device, at=seconds(after), kinds=kinds)


def kind(name: str, told: int = 0, **items: Facts) -> KindItems:
    return KindItems(name, tuple(Item(key, facts) for key, facts in items.items()), told or len(items))


def laid_out(*events: DeviceInventoryEvent) -> list[list[tuple[int, str, float]]]:
    found = stock.rounds(events, Counter())
    return [[(r.device_id.int, r.kind, (r.at - NOW) / timedelta(seconds=1)) for r in readings] for readings in found]


def test_readings_of_a_place_follow_one_another_by_time_and_others_go_along() -> None:
    assert laid_out() == []
    assert laid_out(
        event(TWO, 5, kind("users")), event(ONE, 9, kind("users"), kind("routes")), event(ONE, 3, kind("users"))
    ) == [
        [(11, "routes", 9.0), (11, "users", 3.0), (12, "users", 5.0)],
        [(11, "users", 9.0)],
    ]


def test_what_cannot_be_kept_costs_itself_and_is_counted() -> None:
    refused: Counter[str] = Counter()
    odd = kind("users", 5, **{"good": {"name": "a"}, "nul\0": {}, "x" * (LONGEST_KEY + 1): {}})
    ((reading,),) = stock.rounds([event(ONE, 0, odd, kind("Not a kind"))], refused)
    assert [item.key for item in reading.stock.items] == ["good"]
    assert (reading.stock.told, reading.stock.cut) == (5, True)
    assert +refused == {"malformed_item": 2, "malformed_kind": 1}
    many = KindItems("users", tuple(Item(str(n), {}) for n in range(MOST_ITEMS + 1)), 0)
    assert stock.rounds([event(ONE, 0, many)], refused) == []


def test_a_key_that_comes_twice_counts_once() -> None:
    twice = KindItems("users", (Item("a", {"n": 1}), Item("a", {"n": 2})), 2)
    ((reading,),) = stock.rounds([event(ONE, 0, twice)], refused := Counter[str]())
    assert (len(reading.stock.items), refused["malformed_item"]) == (1, 1)


def test_facts_that_json_does_not_know_are_left_out() -> None:
    facts = {"nan": math.nan, "inf": math.inf, "zero": 0.0, "yes": True, "text": "a\0b", "long": "x" * 9000}
    ((reading,),) = stock.rounds([event(ONE, 0, kind("users", a=facts))], Counter())
    (item,) = reading.stock.items
    assert item.facts == {"zero": 0.0, "yes": True, "text": "ab", "long": "x" * stock.LONGEST_TEXT}


def before(known: Known) -> Before:
    return Before(seconds(-9), b"another", known)


def test_what_a_device_is_first_found_to_have_is_no_change() -> None:
    ((reading,),) = stock.rounds([event(ONE, 0, kind("users", a={"n": 1}, b={"n": 2}))], Counter())
    assert stock.judge(reading, None) == stock.Outcome(reading, reading.stock.items)


def test_what_differs_is_written_and_noted_and_nothing_else_is() -> None:
    ((reading,),) = stock.rounds([event(ONE, 0, kind("users", a={"n": 1}, b={"n": 2}))], Counter())
    outcome = stock.judge(reading, before(Known({"a": {"n": 1}, "c": {"n": 3}})))
    assert [item.key for item in outcome.put] == ["b"]
    assert (outcome.gone, outcome.before) == (("c",), seconds(-9))
    assert [(change.key, change.what) for change in outcome.log] == [("b", "added"), ("c", "removed")]
    same = Before(seconds(-9), reading.mark, Known({}))
    assert stock.judge(reading, same) == stock.Outcome(reading)


def test_a_volatile_fact_is_written_and_not_noted() -> None:
    seen = KindItems("users", (Item("a", {"seen": 2}),), 1, ("seen",))
    ((reading,),) = stock.rounds([event(ONE, 0, seen)], Counter())
    outcome = stock.judge(reading, before(Known({"a": {"seen": 1}})))
    assert ([item.key for item in outcome.put], outcome.log) == (["a"], ())


def test_what_fell_behind_the_cut_is_not_kept_and_not_noted() -> None:
    ((reading,),) = stock.rounds([event(ONE, 0, kind("users", 3, a={}, b={}))], Counter())
    outcome = stock.judge(reading, before(Known({"b": {}, "c": {}})))
    assert (outcome.gone, [change.key for change in outcome.log]) == (("c",), ["a"])
