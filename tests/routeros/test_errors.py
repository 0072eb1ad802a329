"""Errors that cross a process border keep their facts, and say what to do."""

from __future__ import annotations

import copy
import pickle

import pytest

from fleet.errors import FleetError
from routeros.errors import (
    Category,
    Fatal,
    PinMismatch,
    RouterOSError,
    SshFailed,
    TimedOut,
    TlsFailed,
    Trap,
    Unreachable,
)

ERRORS = [
    Unreachable("a", device="d"),
    TimedOut("a", device="d", menu="/m", next_step="n"),
    PinMismatch("a", seen="ab", device="d"),
    Trap(Category.MISSING, "no such command prefix", device="d", menu="/m", attributes={"x": "y"}),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda e: type(e).__name__)
def test_an_error_survives_pickle_and_copy(error: RouterOSError) -> None:
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(twin) is type(error)
        assert (str(twin), twin.__dict__) == (str(error), error.__dict__)


def test_what_a_device_says_cannot_steer_a_terminal_nor_fill_a_page() -> None:
    said = "\x1b[2J\x1b]0;title\x07one\r\ntwo\0\u202ethree" + "x" * 300_000
    for error in (Trap(None, said), Fatal(said), TlsFailed(said), SshFailed(said)):
        assert error.message.isprintable()
        assert "one  two" in error.message
        assert len(str(error)) < 800


@pytest.mark.parametrize("error", ERRORS, ids=lambda e: type(e).__name__)
def test_every_error_is_one_of_the_fleets_with_a_next_step(error: RouterOSError) -> None:
    assert isinstance(error, FleetError)
    assert error.next_step
    assert error.status >= 500


@pytest.mark.parametrize(
    ("message", "absent"),
    [
        ("no such command prefix", True),
        ("no such command", True),
        ("no such command or directory (wifi)", True),
        ("no such item", False),
        ("not enough permissions (9)", False),
    ],
)
def test_a_trap_tells_whether_the_menu_is_absent(message: str, absent: bool) -> None:
    assert Trap(None, message).absent is absent


def test_a_lack_of_rights_says_where_to_grant_them() -> None:
    assert "/user/group" in Trap(None, "not enough permissions (9)").next_step
