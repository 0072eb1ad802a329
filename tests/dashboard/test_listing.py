"""What the address of the fleet's list says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import listing, state
from dashboard.listing import KINDS, Listing

values = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
listings = st.builds(
    Listing,
    q=st.text(max_size=40).map(str.strip),
    chosen=st.dictionaries(st.sampled_from(KINDS), st.lists(values, min_size=1, max_size=4, unique=True).map(tuple)),
    sort=st.lists(st.sampled_from(["name", "-cpu", "version"]), unique=True).map(tuple),
    kept=st.sampled_from([{}, {"from": "now-7d"}, {"from": "now-7d", "to": "now-1d"}]),
)


def read(search: str) -> Listing:
    return listing.read(state.words(search), state.view(search))


@given(listings)
def test_a_listing_survives_its_address(wanted: Listing) -> None:
    assert read(wanted.href) == wanted


@given(st.text(max_size=300))
def test_any_query_is_read(text: str) -> None:
    assert isinstance(read(text), Listing)


def test_lists_are_written_for_people() -> None:
    wanted = Listing(chosen={"site": ("Wien, Mitte", "Graz")}, sort=("-cpu",))
    assert wanted.href == "?site=Wien%252C+Mitte,Graz&sort=-cpu"
    assert read("?status=down,stale&tag=core").chosen == {"status": ("down", "stale"), "tag": ("core",)}
    assert Listing().href == "?"


def test_a_value_comes_and_goes() -> None:
    core = Listing(q="a").toggled("tag", "core")
    assert core.toggled("tag", "edge").of("tag") == ("core", "edge")
    assert core.toggled("tag", "core") == Listing(q="a")
    assert core.only("tag", "lab").of("tag") == ("lab",)
    assert core.everything() == Listing()
    assert core.filtered
    assert not Listing(sort=("name",)).filtered


@pytest.mark.parametrize("search", ["?sort=<b>,name", "?sort=name&tag=,,"])
def test_what_is_unknown_is_left_out(search: str) -> None:
    assert read(search) == Listing(sort=("name",))
