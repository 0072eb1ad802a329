"""What is sealed is what comes out; what is alike is known as alike; timers of pushes are no configuration."""

from __future__ import annotations

import pytest

from fleet.errors import BadInput
from routeros.plan import commands
from routeros.push.alike import alike
from routeros.push.danger import near
from routeros.push.parcel import Parcel, digest
from routeros.push.whole import without_timers

TEXT = """/interface bridge add name=br9
/ip firewall filter
add chain=input comment="with \\"quotes\\"" place-before=[find comment=old]
move [find comment=a] destination=[find comment=b]
set [find comment=a] !src-address disabled=yes
remove [find comment=c]
/system identity set name=after
"""


def test_a_parcel_comes_out_as_it_went_in() -> None:
    operations = commands.read(TEXT)
    packed = Parcel.of(operations)
    assert Parcel.unpack(packed.pack()) == packed
    assert packed.operations == operations
    rows = [one.row for one in Parcel.unpack(packed.pack()).operations]
    assert [row.only for row in rows if row is not None] == [True, True, True, False]
    assert "quotes" not in repr(packed)


def test_every_parcel_has_a_key_of_its_own() -> None:
    assert Parcel.of(()).key != Parcel.of(()).key


def test_a_parcel_has_a_greatest_size() -> None:
    (one,) = commands.read(f"/system identity set name={'x' * 1000}")
    with pytest.raises(BadInput, match="too long"):
        Parcel.of([one] * 5000).pack()


def test_the_digest_tells_changes_apart_and_devices_too() -> None:
    one, other = (commands.read(f"/system identity set name={name}") for name in ("a", "b"))
    assert digest(one, b"gw") == digest(list(one), b"gw")
    assert len({digest(one, b"gw"), digest(other, b"gw"), digest(one, b"sw")}) == 3


@pytest.mark.parametrize(
    ("one", "other"),
    [("yes", "true"), ("10m", "00:10:00"), ("10M", "10000000"), ("a,b", "b,a"), ("192.0.2.1", "192.0.2.1/32")],
)
def test_what_is_written_in_two_ways_is_the_same(one: str, other: str) -> None:
    assert alike(one, other)
    assert alike(other, one)


@pytest.mark.parametrize(("one", "other"), [("yes", "no"), ("10", "10m"), ("a", "b"), ("", "no"), ("1.0", "1")])
def test_what_differs_is_not(one: str, other: str) -> None:
    assert not alike(one, other)


@pytest.mark.parametrize(
    ("text", "is_near"),
    [
        ("/system identity set name=a", False),
        ("/ip dns set servers=192.0.2.1", False),
        ("/ip service set ssh disabled=yes", True),
        ("/interface bridge port add bridge=b interface=ether2", True),
        ("/user add name=a group=read", True),
        ("/user-manager user add name=a", False),
    ],
)
def test_what_is_near_the_path(text: str, is_near: bool) -> None:
    assert near(commands.read(text)) is is_near


def test_timers_of_pushes_are_left_out_and_no_others() -> None:
    ours = "add interval=2m name=flotilla-00ff on-event=x"
    theirs = "add interval=1d name=nightly on-event=y"
    assert without_timers(f"/system scheduler\n{ours}\n{theirs}\n/user\nadd name=a") == (
        f"/system scheduler\n{theirs}\n/user\nadd name=a"
    )
    assert without_timers(f"/ip dns\nset a=b\n/system scheduler\n{ours}\n/user\nadd name=a") == (
        "/ip dns\nset a=b\n/user\nadd name=a"
    )
    assert without_timers(f"/user\nadd name=a\n/system scheduler\n{ours}") == "/user\nadd name=a"
