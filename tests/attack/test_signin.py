"""Signing in does not tell who is known here."""

from __future__ import annotations

from bench.attack import signin
from tests.attack.grounds import Ground


def test_a_stranger_is_answered_as_somebody_who_is_known(ground: Ground) -> None:
    """The times are reported by `make attack`; no test depends on them."""
    found = signin.measure(ground.house, ground.wire, ground.south, 4)
    assert found["alike"]
    assert found["stable"]
