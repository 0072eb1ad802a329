"""The queries of print: words and the stack machine of the manual."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeros.simulator.outcome import Refused
from routeros.simulator.queries import asked_of, matches

ROW = {".id": "*1", "name": "ether1", "type": "ether", "mtu": "1500", "comment": "", "disabled": "false"}


@pytest.mark.parametrize(
    ("queries", "passes"),
    [
        ([], True),
        (["name"], True),
        (["-name"], False),
        (["-absent"], True),
        (["absent"], False),
        (["name=ether1"], True),
        (["=name=ether1"], True),
        (["name=ether"], False),
        (["absent="], False),
        (["comment="], True),
        ([">comment="], False),
        ([">name="], True),
        ([">mtu=200"], True),
        (["<mtu=200"], False),
        (["<mtu=1501"], True),
        ([">name=ether0"], True),
        (["disabled=no"], True),
        (["disabled=false"], True),
        (["disabled=yes"], False),
        ([".id=*1"], True),
        (["type=ether", "type=vlan"], False),
        (["type=ether", "type=vlan", "#|"], True),
        (["type=a", "type=b", "type=ether", "#||"], True),
        (["type=ether", "name=x", "#&"], False),
        (["type=ether", "#!"], False),
        (["type=vlan", "#!"], True),
        (["type=vlan", "type=ether", "#!|"], False),
        (["type=vlan", "type=ether", "#1"], False),
        (["type=ether", "type=vlan", "#1"], True),
        (["type=vlan", "#.|!"], True),
        (["type=vlan", "#1.&!"], True),
        (["#!"], False),
        (["#&"], True),
    ],
)
def test_a_row_passes_or_not(queries: list[str], passes: bool) -> None:
    assert matches(ROW, queries) is passes


@pytest.mark.parametrize("query", ["", "=", "#x", "#|?", "=x"[:1]])
def test_nonsense_is_refused(query: str) -> None:
    with pytest.raises(Refused):
        matches(ROW, [query])


@given(st.lists(st.text(max_size=12), max_size=6))
def test_anything_is_answered_or_refused(queries: list[str]) -> None:
    with suppress(Refused):
        assert matches(ROW, queries) in (True, False)


@pytest.mark.parametrize("query", ["name", "-name", "name=x", "=name=x", "<name=x", ">name="])
def test_a_query_tells_what_it_looks_at(query: str) -> None:
    assert asked_of(query) == "name"
