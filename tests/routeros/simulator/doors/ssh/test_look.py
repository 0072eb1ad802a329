"""The options of a login name, as they are given to routers by tools that drive them."""

from __future__ import annotations

import pytest

from routeros.simulator.doors.ssh.look import Look, look


@pytest.mark.parametrize(
    ("options", "terminal", "width", "expected"),
    [
        ("", "xterm", 80, Look(colours=True, dumb=False, width=80)),
        ("c", "xterm", 80, Look(colours=False, dumb=False, width=80)),
        ("ct511w4098h", "vt100", 80, Look(colours=False, dumb=False, width=511)),
        ("cet1024w", "xterm", 0, Look(colours=False, dumb=True, width=1024)),
        ("", "xterm", 0, Look(colours=True, dumb=False, width=0, asked=True)),
        ("t", "xterm", 0, Look(colours=True, dumb=False, width=0)),
        ("", None, 0, Look(colours=False, dumb=True, width=0)),
        ("", "dumb", 0, Look(colours=False, dumb=True, width=0)),
    ],
)
def test_a_terminal_is_spoken_to_as_it_wishes(options: str, terminal: str | None, width: int, expected: Look) -> None:
    assert look(options, terminal, width) == expected
