"""The frame of the pages of administration: who is offered what, and what is said to those who may not."""

from __future__ import annotations

import pytest

from dashboard import admin
from fleet.identity import PERMISSIONS, Role
from tests.dashboard.seats import Screen, Seat, text

LAYOUT = "page.children"


def seat(screen: Screen, role: Role) -> Seat:
    return Seat(screen.web.browser(screen.web.north, role), screen.web.north)


@pytest.mark.parametrize("role", list(Role))
def test_the_tabs_are_those_that_the_role_may_see(screen: Screen, role: Role) -> None:
    told = text(seat(screen, role).call(LAYOUT, "admin"))
    for section in admin.sections():
        assert (f'"/t/north/{section.path}"' in told) is (section.scope in PERMISSIONS[role]), section.path


@pytest.mark.parametrize("section", [one.path for one in admin.sections()])
def test_every_section_is_drawn_or_says_that_it_is_not_for_this_role(screen: Screen, section: str) -> None:
    scope = next(one.scope for one in admin.sections() if one.path == section)
    for role in (Role.TENANT_ADMIN, Role.VIEWER):
        told = text(seat(screen, role).call(LAYOUT, section))
        assert ("This page is not for your role" in told) is (scope not in PERMISSIONS[role])


def test_a_viewer_is_offered_nothing_that_changes_anything(screen: Screen) -> None:
    viewer = seat(screen, Role.VIEWER)
    for section in admin.sections():
        told = text(viewer.call(LAYOUT, section.path))
        assert '\\"method\\":\\"PATCH\\"' not in told
        assert "/api/tenants/" not in told, section.path
        assert "data-csv" not in told


def test_what_is_the_same_is_not_drawn_again(screen: Screen) -> None:
    someone = seat(screen, Role.VIEWER)
    first = someone.call("admin-sites-body.children", "admin/sites").json or {}
    drawn = first["response"]["admin-sites-drawn"]["data"]
    again = someone.call("admin-sites-body.children", "admin/sites", admin_sites_drawn__data=drawn)
    assert again.status_code == 204


def test_another_tenants_page_gives_nothing(screen: Screen) -> None:
    stranger = Seat(screen.web.browser(screen.web.south, Role.TENANT_ADMIN), screen.web.north)
    assert stranger.call("admin-users-body.children", "admin/users").status_code == 404


def test_roles_are_named_with_the_right_article(screen: Screen) -> None:
    assert "You are an operator here" in text(seat(screen, Role.OPERATOR).call(LAYOUT, "admin/users"))
    assert "You are a viewer here" in text(seat(screen, Role.VIEWER).call(LAYOUT, "admin/users"))
