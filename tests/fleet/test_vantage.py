"""Who looks from elsewhere is a poller of another node, or nobody."""

from __future__ import annotations

from fleet import vantage


def test_another_node_is_one_of_another_name() -> None:
    pollers = ["poller-head-0", "poller-head-1", "poller-far-1", "poller-far-0"]
    assert vantage.elsewhere(pollers, "poller-head-1") == "poller-far-0"
    assert vantage.elsewhere(pollers[:2], "poller-head-1") is None
    assert vantage.elsewhere(["poller-0", "poller-1"], "poller-0") is None
    assert vantage.elsewhere([], "poller-0") is None
