"""The tab of a device's configuration: a version's text, two side by side, pushes, and what may be done."""

from __future__ import annotations

import pytest

from fleet.identity import Role
from tests.dashboard.seats import Screen, Seat, text

FIRST = b"# 2026-01-05 12:00:00 by RouterOS 7.16\n/ppp secret\nadd name=a password=hunter2\n"
SECOND = FIRST.replace(b"hunter2", b"hunter3") + b"/ip dns\nset servers=192.0.2.53\n"


@pytest.fixture(scope="module")
def place(screen: Screen) -> str:
    """The tab of north's first device, which has two versions."""
    for version in (FIRST, SECOND):
        screen.web.configuration(screen.web.north, version)
    return f"device/{screen.web.north.devices[0].id}/config"


def view(seat: Seat, path: str) -> str:
    return text(seat.call("device-view.children", path))


def board(seat: Seat, path: str) -> str:
    return text(seat.call("config-drawn.data", path))


def test_nothing_is_opened_unless_the_address_says_so(north: Seat, place: str) -> None:
    assert view(north, place).endswith('"children": []}}}')
    assert view(north, f"{place}?version=x").endswith('"children": []}}}')


def test_a_version_is_shown_with_its_secrets_masked(north: Seat, place: str) -> None:
    told = view(north, f"{place}?version=2")
    for word in ("Version 2", "servers=192.0.2.53", "add name=a", "eve was on the device", "?version=2&against=1"):
        assert word in told, word
    assert "hunter" not in told


def test_two_versions_stand_side_by_side_the_older_one_first(north: Seat, place: str) -> None:
    told = view(north, f"{place}?version=2&against=1")
    for word in ("Version 1 and version 2", "added", "1 changed", "a secret changed", "servers=192.0.2.53"):
        assert word in told, word
    assert "hunter" not in told
    assert told.replace("against=2", "") == view(north, f"{place}?version=1&against=2").replace("against=2", "")


@pytest.mark.parametrize(
    ("query", "said"),
    [("?version=9", "There is no version 9"), ("?version=1&against=1", "does not differ from itself")],
)
def test_what_cannot_be_shown_says_why(north: Seat, place: str, query: str, said: str) -> None:
    assert said in view(north, f"{place}{query}")


def test_another_tenant_is_shown_nothing(south: Seat, place: str) -> None:
    told = view(south, f"{place}?version=1")
    assert "servers" not in told
    assert "Version 1" not in told


def test_versions_lead_to_their_text_and_to_what_they_changed(north: Seat, place: str) -> None:
    told = board(north, place)
    assert "?version=2&against=1" in told
    assert "what it changed" in told
    assert "with 1" in board(north, f"{place}?version=1")


def test_a_viewer_is_offered_no_change_and_an_operator_is(screen: Screen, north: Seat, place: str) -> None:
    assert "Take a backup now" not in board(north, place)
    assert "data-push-version" not in view(north, f"{place}?version=1")
    operator = Seat(screen.web.browser(screen.web.north, Role.OPERATOR), screen.web.north)
    told = board(operator, place)
    assert "Take a backup now" in told
    assert '"data-push-version": "1"' in view(operator, f"{place}?version=1")
    other = board(operator, f"device/{screen.web.north.devices[1].id}/config")
    assert "There is no backup of this device yet" in other


def test_pushes_to_the_device_are_told_to_who_may_only_look_as_well(screen: Screen, north: Seat, place: str) -> None:
    assert "data-push-show" not in board(north, place)
    push_id = screen.web.push(screen.web.north)
    told = board(north, place)
    assert f'"data-push-show": "{push_id}"' in told
    assert "Waits" in told
