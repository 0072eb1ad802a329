"""Ranks and colours of devices: pure."""

from __future__ import annotations

from uuid import UUID

import pytest

from dashboard import rankings
from dashboard.rankings import CHOICES
from fleet.families import find
from fleet.identity import DeviceId
from routeros import collectors

A, B, C = (DeviceId(UUID(int=n)) for n in range(3))


@pytest.mark.parametrize("name", CHOICES)
def test_a_choice_is_of_what_is_measured(name: str) -> None:
    families = collectors.families()
    for term in CHOICES[name].terms:
        assert find(families, term.family).column(term.field)


def test_the_greatest_is_the_worst_and_fills_its_share() -> None:
    first, second = rankings.worst(CHOICES["cpu"], {A: 0.2, B: 0.9, C: 0.1}, 2)
    assert (first.device_id, first.share) == (B, pytest.approx(0.9))
    assert second.device_id == A


def test_without_an_end_of_its_own_the_scale_ends_at_the_greatest() -> None:
    assert [place.share for place in rankings.worst(CHOICES["traffic"], {A: 50.0, B: 200.0})] == [1.0, 0.25]


def test_bins_span_the_scale() -> None:
    assert rankings.bins(CHOICES["cpu"], {A: 0.0, B: 0.5, C: 1.2}) == {A: 0, B: 4, C: 7}
    assert rankings.bins(CHOICES["traffic"], {A: 0.0}) == {A: 0}


def test_what_is_used_needs_both_terms() -> None:
    memory = CHOICES["memory"]
    assert rankings.combined(memory, [{A: 25.0, B: 5.0}, {A: 100.0, C: 7.0}]) == {A: 0.75}


def test_a_sum_is_of_what_is_known() -> None:
    assert rankings.combined(CHOICES["traffic"], [{A: 1.0}, {A: 2.0, B: 5.0}]) == {A: 3.0, B: 5.0}


def test_an_unknown_choice_is_the_usual_one() -> None:
    assert rankings.choice("<b>") is rankings.choice(None) is rankings.USUAL
