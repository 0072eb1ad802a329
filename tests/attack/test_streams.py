"""A stream tells a tenant of its own and of nobody else's, whatever it is asked for."""

from __future__ import annotations

from bench.attack import streams
from tests.attack.grounds import Ground


def test_nobody_hears_of_another_tenant(ground: Ground) -> None:
    found = streams.attack(ground.house, ground.document, (ground.south, ground.north))
    assert found.leaks == []
    assert found.opened
    assert found.heard
