"""Which collectors can be switched off, and what belongs to them."""

from __future__ import annotations

import pytest

from fleet.endpoints import BadField
from routeros import collectors, inventory, switches
from routeros.switches import ALIVE


def test_every_family_and_every_kind_has_a_switch_but_the_one_that_tells_of_life() -> None:
    names = set(switches.names())
    assert names >= collectors.families().keys() - {ALIVE}
    assert names >= {f"inventory.{kind}" for kind in inventory.kinds()}
    assert ALIVE not in names
    assert names | {ALIVE} == {one.name for one in switches.everything()}


def test_what_can_be_switched_off_is_taken() -> None:
    assert switches.check(["queues", "inventory.packages", "queues"]) == {"queues", "inventory.packages"}
    assert switches.check([]) == frozenset()


def test_what_tells_that_a_device_is_alive_is_refused_with_the_reason() -> None:
    with pytest.raises(BadField, match="alive") as refused:
        switches.check(["queues", ALIVE])
    assert refused.value.field == "collectors_off"
    assert "queues" in refused.value.next_step


@pytest.mark.parametrize("name", ["packages", "Queues", "", "inventory", "weather"])
def test_an_unknown_collector_is_answered_with_those_there_are(name: str) -> None:
    with pytest.raises(BadField) as refused:
        switches.check([name])
    assert "inventory.packages" in refused.value.next_step


def test_what_belongs_to_a_collector_is_off_with_it() -> None:
    off = {"inventory.firmware", "queues"}
    assert switches.is_off("inventory.firmware.look", off)
    assert switches.is_off("queues", off)
    assert not switches.is_off("inventory.routes", off)
    assert not switches.is_off("inventory.firmware", {"inventory.firmware.look"})
