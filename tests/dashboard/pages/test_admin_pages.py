"""The pages of administration, as their callbacks tell them."""

from __future__ import annotations

import json
from datetime import time, timedelta

from api.context import Check
from dashboard.pages import admin_system
from db import scans
from db.maintenance import Maintenance
from db.maintenance import Scope as Whom
from db.platform import platform_session
from db.scans import Scans, Wanted
from db.tenancy import tenant_session
from fleet import recurrence, scanning
from fleet.identity import Role
from fleet.scanning import Found, Service
from tests.dashboard.seats import Screen, Seat, text
from tests.fixtures.metrics import NOW


def seat(screen: Screen, role: Role = Role.TENANT_ADMIN) -> Seat:
    return Seat(screen.web.browser(screen.web.north, role), screen.web.north)


def body(someone: Seat, path: str, query: str = "") -> str:
    return text(someone.call(f"{path.replace('/', '-')}-body.children", f"{path}{query}"))


def test_devices_are_found_by_the_text_of_the_address(screen: Screen) -> None:
    told = body(seat(screen), "admin", "?q=router-001")
    assert "router-001" in told
    assert "router-002" not in told
    assert "1 device found" in told
    assert "No device matches" in body(seat(screen), "admin", "?q=nothing+like+it")


def test_an_odd_place_in_the_list_is_no_error(screen: Screen) -> None:
    for place in ("-1", "x", "99999999999999999999", "1e9"):
        assert "router-000" in body(seat(screen), "admin", f"?at={place}")


def test_the_people_are_those_of_the_tenant_and_a_super_admin_is_not_for_others(screen: Screen) -> None:
    web = screen.web
    boss, stranger = web.person(web.north, Role.SUPER_ADMIN), web.person(web.south)
    told = body(seat(screen), "admin/users")
    assert boss.email in told
    assert f"Remove {boss.email}" not in told
    assert stranger.email not in told
    assert f"Remove {boss.email}" in body(seat(screen, Role.SUPER_ADMIN), "admin/users")


def test_a_key_is_offered_for_what_its_maker_may_do(screen: Screen) -> None:
    assert "audit:read" in body(seat(screen), "admin/keys")
    screen.web.made_key(screen.web.north)
    told = body(seat(screen, Role.OPERATOR), "admin/keys")
    assert '[\\"audit:read\\"' not in told
    assert "Revoke the key" not in told, "it may do more than an operator"


def test_the_sessions_are_ones_own(screen: Screen) -> None:
    web = screen.web
    person = web.person(web.north)
    one, two = (Seat(web.seat(person.email, web.north), web.north) for _ in range(2))
    told = body(two, "admin/sessions")
    assert told.count('"this one"') == 1
    assert told.count("End the session of") == 1
    assert "End all others" in told
    assert "End all others" not in body(seat(screen), "admin/sessions")
    assert one.get("/t/north/").status_code == 200


def test_a_profile_in_use_and_sites_are_told_with_their_devices(screen: Screen) -> None:
    screen.web.profile(screen.web.north)
    screen.web.place(screen.web.north)
    assert "0 devices" in body(seat(screen), "admin/profiles")
    assert "/t/north/fleet?site=site+" in body(seat(screen), "admin/sites")


def test_a_search_is_shown_with_how_far_it_is(screen: Screen) -> None:
    made = screen.web.scan(screen.web.north)
    told = body(seat(screen), "admin/discovery", f"?scan={made}")
    assert "10.0.0.0/29" in told
    assert "cancelled: 0 of 6 addresses tried" in told
    foreign = screen.web.scan(screen.web.south)
    refused = body(seat(screen), "admin/discovery", f"?scan={foreign}")
    assert '"data-tone": "bad"' in refused
    assert "10.0.0.0/29" not in refused


def test_maintenance_that_is_over_is_shown_when_asked_for(screen: Screen) -> None:
    screen.web.work(screen.web.north)
    assert "tag nobody" not in body(seat(screen), "admin/maintenance")
    assert "tag nobody" in body(seat(screen), "admin/maintenance", "?past=1")


def test_maintenance_that_recurs_is_told_in_words_with_its_next_time(screen: Screen) -> None:
    web = screen.web
    for rule in ("FREQ=WEEKLY;BYDAY=SU", "FREQ=YEARLY"):
        made = recurrence.series(rule, time(2), "Europe/Oslo", NOW, timedelta(hours=2))
        with tenant_session(web.context.stores, web.north.principal) as session:
            Maintenance(session, web.author(web.north), web.north.id).recur(Whom(), made, "patching")
    told = body(seat(screen), "admin/maintenance")
    assert "every Sunday at 02:00, Europe/Oslo" in told
    assert "FREQ=YEARLY at 02:00, Europe/Oslo" in told
    assert "maintenance/occurrences" in told


def test_the_audit_log_is_filtered_by_the_address_and_so_is_its_file(screen: Screen) -> None:
    someone = seat(screen)
    someone.client.post("/api/auth/sign-out", json={})
    admin = seat(screen)
    told = body(admin, "admin/audit", "?action=session.&from=now-1h")
    assert "session.link" in told
    assert "Remove the filter Action: session." in told
    assert f"/api/tenants/{screen.web.north.id}/audit/csv?action=session.&from=now-1h" in told
    assert "Nothing fits the filters" in body(admin, "admin/audit", "?who=nobody")
    assert "is no instant" in body(admin, "admin/audit", "?from=yesterday")


def test_the_system_says_what_there_is_to_say(screen: Screen) -> None:
    told = body(seat(screen, Role.VIEWER), "admin/system")
    assert "Nothing to ask" in told
    assert '"href": "/t/north/fleet?status=stale"' in told


def test_what_a_search_found_becomes_devices_by_one_or_by_a_table(screen: Screen) -> None:
    web, pin = screen.web, "ab" * 32
    with tenant_session(web.context.stores, web.north.principal) as session:
        wanted = Wanted(scanning.network("10.0.1.0/29"), scanning.PORTS, scanning.USUAL)
        made = Scans(session, web.author(web.north), web.north.id).begin(wanted)
    found = [Found("10.0.1.1", {Service.API_SSL: 8729}, pin, True), Found("10.0.1.2", {Service.SSH: 22})]
    with platform_session(web.context.stores, "a search of a test") as session:
        held = scans.claim(session, made)
        assert held is not None
        scans.store(session, held, 3, found)
    told = body(seat(screen), "admin/discovery", f"?scan={made}")
    assert "searches: 3 of 6 addresses tried, 2 answered" in told
    assert f"10.0.1.1,10.0.1.1,8729,pin,{pin}," in told
    assert "10.0.1.2,10.0.1.2" not in told, "it does not say that it is a router"
    assert "Cancel the search" in told
    assert "Cancel the search" not in body(seat(screen, Role.VIEWER), "admin/discovery", f"?scan={made}")
    with tenant_session(web.context.stores, web.north.principal) as session:
        Scans(session, web.author(web.north), web.north.id).cancel(made)


def test_the_parts_that_fail_stand_first_and_worse_where_nothing_works_without_them() -> None:
    checks = [
        Check("postgres", True, "schema 1"),
        Check("nats", False, "Away.", vital=False),
        Check("redis", False, "Away."),
    ]
    told = json.dumps(admin_system.parts(checks), default=lambda part: part.to_plotly_json())
    assert told.index("NATS") < told.index("Valkey") < told.index("PostgreSQL")
    assert (told.count('"data-state": "degraded"'), told.count('"data-state": "down"')) == (1, 1)
