"""The page of operations and jobs, as its callback tells it."""

from __future__ import annotations

from fleet.identity import Role
from tests.dashboard.seats import Screen, Seat, text

BODY = "jobs-body.children"


def test_operations_tell_who_did_what_and_are_filtered_by_the_address(screen: Screen, north: Seat) -> None:
    screen.web.work(screen.web.north)
    screen.web.place(screen.web.north)
    told = text(north.call(BODY, "jobs"))
    assert "maintenance.created" in told
    assert "admin@north.example" in told
    only = text(north.call(BODY, "jobs?kind=site.created"))
    assert "site.created" in only
    assert '"href": "?kind=maintenance.created"' not in only
    assert "Nothing fits the filters" in text(north.call(BODY, "jobs?by=nobody"))


def test_what_no_filter_can_be_is_no_error(north: Seat) -> None:
    assert "Operations" in text(north.call(BODY, "jobs?outcome=odd&device=x&before=y"))
    assert "is no instant" in text(north.call(BODY, "jobs?to=tomorrow"))


def test_the_jobs_of_ray_are_the_platforms(screen: Screen, north: Seat) -> None:
    assert "Jobs in Ray" not in text(north.call(BODY, "jobs"))
    boss = Seat(screen.web.browser(screen.web.north, Role.SUPER_ADMIN), screen.web.north)
    told = text(boss.call(BODY, "jobs"))
    assert "Jobs in Ray" in told
    assert "Nobody has said where Ray is." in told
