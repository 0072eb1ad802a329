"""A name that several rows have is refused before anything is done, with what to write instead."""

from __future__ import annotations

import pytest

from routeros.export import parse
from routeros.plan import commands
from routeros.plan.several import ManyRows, check

NOW = """\
/ip firewall filter
add action=accept chain=input comment=a
add action=drop chain=input comment=b
add action=drop chain=forward comment=b
/ip address
add address=192.0.2.1/24 interface=ether1
"""


@pytest.mark.parametrize(
    "line",
    [
        "/ip firewall filter remove [find chain=input]",
        "/ip firewall filter set [find comment=b] disabled=yes",
        "/ip firewall filter add chain=input place-before=[find chain=input]",
        "/ip firewall filter move [find comment=a] destination=[find comment=b]",
        "/ip firewall filter set [find disabled=no] log=yes",
        "/ip address add address=192.0.2.2/24 interface=ether1\n/ip address remove [find interface=ether1]",
    ],
)
def test_a_name_that_several_rows_have_is_refused(line: str) -> None:
    with pytest.raises(ManyRows, match="rows of /ip/") as refused:
        check(parse(NOW), commands.read(line))
    assert ":pick" in refused.value.next_step


@pytest.mark.parametrize(
    "line",
    [
        "/ip firewall filter remove [:pick [find chain=input] 0]",
        "/ip firewall filter remove [find chain=input comment=a]",
        "/ip firewall filter remove [find comment=a]\n/ip firewall filter remove [find chain=input]",
        "/ip firewall filter set [find comment=nowhere] disabled=yes",
        "/ip service disable ftp,telnet",
        "/system identity set name=r1",
    ],
)
def test_a_name_of_one_row_or_of_none_that_is_told_is_not(line: str) -> None:
    check(parse(NOW), commands.read(line))


def test_an_export_that_cannot_be_read_refuses_nothing() -> None:
    check(
        parse("/ip address remove [find interface=ether1]\n"), commands.read("/ip address remove [find disabled=no]")
    )
