"""Controls and the URL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import state
from dashboard.state import View
from fleet.device import State
from fleet.errors import BadInput

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)

views = st.builds(
    View,
    q=st.text(max_size=40).map(str.strip),
    status=st.sampled_from([None, *State]),
    start=st.sampled_from(["now-15m", "now-7d", "2026-01-05T11:00:00Z"]),
    interface=st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)


@given(views)
def test_a_view_survives_its_address(view: View) -> None:
    assert state.view(state.query(view)) == view


@given(st.text(max_size=300))
def test_any_query_is_read(text: str) -> None:
    assert isinstance(state.view(text), View)


def test_what_is_usual_is_not_written() -> None:
    assert state.query(View()) == "?"
    assert View(q="a b").changed(status=State.DOWN) == "?q=a+b&status=down"
    assert View(q="a", status=State.DOWN).changed(q="") == "?status=down"


def test_what_is_unknown_is_as_usual() -> None:
    assert state.view("?status=broken&x=1") == View()
    assert state.view(None) == View()


def test_a_range_moves_along_or_stands_still() -> None:
    live = View(start="now-15m")
    assert live.live
    assert live.range(NOW).start == NOW - timedelta(minutes=15)
    still = View(start="2026-01-05T10:00:00Z", end="2026-01-05T11:00:00Z")
    assert not still.live
    assert still.range(NOW).length == timedelta(hours=1)
    assert state.exact(still.range(NOW).start) == "2026-01-05T10:00:00Z"


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("now", "now-1h", "start is not before its end"),
        ("2027-01-01T00:00:00Z", "2027-01-02T00:00:00Z", "future"),
        ("now-9000d", "now", "400 days"),
        ("yesterday", "now", "no instant"),
    ],
)
def test_a_range_that_is_none_says_why(start: str, end: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        View(start=start, end=end).range(NOW)
