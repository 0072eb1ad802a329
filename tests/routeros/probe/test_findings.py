"""What is read from the replies to a probe, and what is left open where a device says nothing or something odd."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeros.errors import Category, TimedOut, Trap
from routeros.exchange import Reply
from routeros.probe.findings import Access, read
from routeros.probe.questions import commands
from tests.routeros.replies import ABSENT, FORBIDDEN, HEALTHY, NOW, probed


def test_a_healthy_device_is_read_whole() -> None:
    found = probed()
    assert (found.identity, found.board, found.model, found.serial) == (
        "core-1",
        "hAP ax^2",
        "C52iG-5HaxD2HaxD",
        "HHQ38P60NXE",
    )
    assert (found.version, found.architecture, found.licence) == ("7.20.6 (stable)", "arm64", "NNDB-NWET")
    assert [(p.name, p.available) for p in found.packages] == [
        ("routeros", False),
        ("wifi-qcom", False),
        ("container", True),
    ]
    assert [(s.name, s.port, s.enabled, s.max_sessions) for s in found.services] == [
        ("telnet", 23, False, None),
        ("ssh", 22, True, 20),
        ("api-ssl", 8729, True, 20),
    ]
    assert found.rights.policies is not None
    assert {"read", "write"} <= found.rights.policies
    assert "telnet" not in found.rights.policies
    assert found.counts["/interface/wifi"] == 2
    assert found.storage.free == 84475904
    assert found.errors == {}


def test_a_menu_is_present_absent_forbidden_or_unknown() -> None:
    found = probed(system_scheduler=FORBIDDEN, system_health=TimedOut("late"), interface=Trap(None, "odd"))
    assert found.menus["/interface/wifi"] is Access.PRESENT
    assert found.menus["/interface/wireless"] is Access.ABSENT
    assert found.menus["/system/scheduler"] is Access.FORBIDDEN
    assert found.menus["/system/health"] is Access.UNKNOWN
    assert found.errors == {"/system/health": "late", "/interface": "odd"}


@pytest.mark.parametrize(
    ("reply", "access"),
    [
        (Trap(Category.MISSING, "missing value(s) of argument(s) file"), Access.PRESENT),
        (Trap(Category.MISSING, "no such command"), Access.ABSENT),
        (FORBIDDEN, Access.FORBIDDEN),
        (TimedOut("late"), Access.UNKNOWN),
    ],
)
def test_a_command_is_known_by_how_it_refuses(reply: Reply, access: Access) -> None:
    assert probed(file_read=reply).menus["/file/read"] is access


def test_a_menu_that_does_not_count_is_still_there() -> None:
    found = probed(interface_wifi=Trap(Category.MISSING, "unknown parameter count-only"))
    assert found.menus["/interface/wifi"] is Access.PRESENT
    assert "/interface/wifi" not in found.counts


@pytest.mark.parametrize(
    ("rows", "count"),
    [
        ([{"name": "voltage", "value": "24.1", "type": "V"}, {"name": "temperature", "value": "40", "type": "C"}], 2),
        ([{"voltage": "24.1", "temperature": "40"}], 2),
        ([{}], 0),
        ([], 0),
        (ABSENT, 0),
    ],
)
def test_sensors_are_rows_or_properties(rows: Reply, count: int) -> None:
    assert probed(system_health=rows).sensors == count


@pytest.mark.parametrize("rows", [[{"ret": "2"}], [{".id": "*1"}, {".id": "*2"}]])
def test_rows_are_counted_by_the_device_or_by_us(rows: Reply) -> None:
    assert probed(interface_wifi=rows).counts["/interface/wifi"] == 2


@pytest.mark.parametrize(
    ("date", "time", "offset", "ahead"),
    [
        ("2026-10-08", "11:14:27", "+03:00", timedelta()),
        ("oct/08/2026", "11:14:27", "+03:00", timedelta()),
        ("2026-10-08", "02:44:27", "-05:30", timedelta()),
        ("2026-10-08", "11:14:27", "10800", timedelta()),
        ("2026-10-08", "03:14:27", str(2**32 - 18000), timedelta()),
        ("2026-10-08", "08:15:27", "+00:00", timedelta(minutes=1)),
        ("2026-10-09", "00:04:27", "+16:00", timedelta(minutes=-10)),
    ],
)
def test_the_clock_is_compared_with_ours(date: str, time: str, offset: str, ahead: timedelta) -> None:
    assert probed(system_clock=[{"date": date, "time": time, "gmt-offset": offset}]).clock.ahead == ahead


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"date": "2026-10-08"},
        {"date": "foo/08/2026", "time": "11:14:27", "gmt-offset": "+03:00"},
        {"date": "2026-10-08", "time": "11:14:27", "gmt-offset": "soon"},
        {"date": "2026-10-08", "time": "11:14:27", "gmt-offset": ""},
        {"date": "a/b/c/d", "time": "x", "gmt-offset": "+1"},
        {"date": "0001-01-01", "time": "00:00:00", "gmt-offset": "+03:00"},
        {"date": "2026-10-08", "time": "11:14:27", "gmt-offset": "+99999999999999:00"},
    ],
)
def test_an_odd_clock_is_left_open(row: dict[str, str]) -> None:
    assert probed(system_clock=[row]).clock.ahead is None


def test_a_clock_in_1970_tells_its_year() -> None:
    clock = probed(system_clock=[{"date": "jan/02/1970", "time": "00:00:10"}]).clock
    assert (clock.year, clock.ahead) == (1970, None)


def test_the_group_is_that_of_the_session_where_radius_knows_the_user() -> None:
    session: Reply = [{"name": "flotilla", "group": "read", "radius": "true"}]
    rights = probed(user=[], user_active=session).rights
    assert (rights.group, rights.radius, rights.policies) == ("read", True, frozenset({"read"}))


def test_rights_that_cannot_be_read_are_tried() -> None:
    silent = probed(user=FORBIDDEN, user_active=FORBIDDEN, user_group=FORBIDDEN).rights
    assert (silent.group, silent.policies, silent.reads) == ("", None, True)
    assert not probed(system_resource=FORBIDDEN).rights.reads


def test_a_flash_directory_means_that_the_rest_is_memory() -> None:
    assert not probed().storage.flash
    assert probed(file=[{"name": "flash", "type": "disk"}]).storage.flash


def test_a_device_without_a_board_has_none() -> None:
    found = probed(system_routerboard=ABSENT, system_license=[{"system-id": "ZGbykbLFH8Y"}])
    assert (found.routerboard, found.serial, found.licence) == (False, "", "ZGbykbLFH8Y")


texts = st.text(max_size=12) | st.sampled_from(
    ["true", "12", "-1", "1970-01-01", "00:00:00", "+00:00", "no such command"]
)
names = st.sampled_from(
    ["date", "time", "gmt-offset", "port", "max-sessions", "policy", "name", "group", "ret", "bad-blocks",
     "free-hdd-space", "connection", "type"]
)  # fmt: skip
replies = st.lists(st.dictionaries(names, texts), max_size=3) | st.builds(Trap, st.none(), texts)


@given(st.dictionaries(st.sampled_from([c.menu for c in commands("x")]), replies))
def test_whatever_a_device_says_can_be_read(said: dict[str, Reply]) -> None:
    found = read({**HEALTHY, **said}, "flotilla", NOW)
    assert set(found.menus) == {c.removesuffix("/print") for c in {**HEALTHY, **said}}
