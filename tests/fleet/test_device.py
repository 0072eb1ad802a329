"""States of a device, as they are shown."""

from datetime import UTC, datetime, timedelta

from fleet.device import Endpoint, Login, State, shown_state

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_nothing_heard_for_three_intervals_is_stale() -> None:
    assert shown_state(State.UP, NOW - 3 * MINUTE, MINUTE, NOW) is State.UP
    assert shown_state(State.UP, NOW - 3.1 * MINUTE, MINUTE, NOW) is State.STALE
    assert shown_state(None, None, MINUTE, NOW) is State.STALE


def test_maintenance_stays_maintenance() -> None:
    assert shown_state(State.MAINTENANCE, NOW - 9 * MINUTE, MINUTE, NOW) is State.MAINTENANCE


def test_a_password_is_not_printed() -> None:
    assert "hunter2" not in repr(Login("admin", "hunter2"))


def test_an_address_of_either_kind_is_written_with_its_port() -> None:
    assert str(Endpoint("192.0.2.1")) == "192.0.2.1:8729"
    assert str(Endpoint("2001:db8::1", 8728)) == "[2001:db8::1]:8728"
