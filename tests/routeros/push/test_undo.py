"""The way back step by step: exactly what still stands is taken back, and never what nobody can bring back."""

from __future__ import annotations

import pytest

from routeros.export import parse
from routeros.plan import commands
from routeros.push import undo
from routeros.push.parcel import Parcel

BEFORE = """\
/interface bridge
add name=bridge1
/interface ethernet
set [ find default-name=ether1 ] name=wan
/ip pool
add name=old ranges=10.59.0.2-10.59.0.9
/ip address
add address=10.1.0.1/24 interface=wan
/ppp secret
add name=ann password=s3cret
/system identity
set name=before
"""
CHANGE = """\
/ip pool add name=one ranges=10.60.0.2-10.60.0.9
/ip pool remove [find name=old]
/system identity set name=after
"""


def left(now: str, change: str = CHANGE) -> list[str]:
    """Tell the steps back from what a device holds now."""
    operations = commands.read(change)
    kept = undo.keep(parse(BEFORE), operations, b"k" * 32)
    assert kept is not None
    return [step.line() for step in undo.steps(parse(now), Parcel.unpack(kept), operations)]


def test_what_stands_is_taken_back_however_far_it_had_come() -> None:
    pool = "add name=one ranges=10.60.0.2-10.60.0.9\n"
    old = "add name=old ranges=10.59.0.2-10.59.0.9\n"
    assert left(BEFORE) == []
    assert left(BEFORE.replace(old, old + pool)) == ["/ip pool remove [find name=one]"]
    all_of_it = left(BEFORE.replace(old, pool).replace("name=before", "name=after"))
    assert sorted(all_of_it) == [
        "/ip pool add name=old ranges=10.59.0.2-10.59.0.9",
        "/ip pool remove [find name=one]",
        "/system identity set name=before",
    ]


def test_what_others_changed_in_other_menus_stays() -> None:
    assert left(BEFORE + "/snmp\nset contact=noc\n") == []


def test_what_follows_a_new_name_follows_back() -> None:
    change = "/interface ethernet set [find default-name=ether1] name=uplink"
    now = BEFORE.replace("wan", "uplink")
    assert left(now, change) == ["/interface ethernet set [find default-name=ether1] name=wan"]


def test_only_the_touched_menus_are_kept() -> None:
    kept = undo.keep(parse(BEFORE), commands.read(CHANGE), b"k" * 32)
    assert kept is not None
    assert {one.menu for one in Parcel.unpack(kept).operations} == {"/ip/pool", "/system/identity"}


@pytest.mark.parametrize("line", ["/user set ann password=new", "/certificate remove [find name=ca]"])
def test_what_an_export_does_not_tell_is_not_promised(line: str) -> None:
    assert undo.keep(parse(BEFORE), commands.read(line), b"k" * 32) is None
