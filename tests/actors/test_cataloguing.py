"""The catalogue is brought up to date from a source, in steps that may be done twice."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest

from actors import cataloguing
from actors.cataloguing import Cataloguer, Synced
from actors.chore import Occasion
from actors.chores import firmware as chore
from db import firmware, firmwarefleet
from db.platform import platform_session
from db.tenancy import tenant_session
from fleet.errors import BadSetting, NotFound, Unavailable
from fleet.firmware import MAIN
from fleet.firmwareview import Cell
from fleet.settings import Settings
from fleet.versions import Channel, version
from tests.fixtures.database import Database, Tenant
from tests.fixtures.depot import Shelf
from tests.fixtures.metrics import NOW, received, stocked, write

TwoTenants = tuple[Tenant, Tenant]


def sync(database: Database, shelf: Shelf, *more: str) -> Synced:
    return Cataloguer(database.stores, shelf, lambda: NOW).sync([version(one) for one in more])


def test_the_first_sync_reads_channels_and_the_way_to_them(database: Database, two_tenants: TwoTenants) -> None:
    done = sync(database, Shelf())
    assert [str(one) for one in done.files] == ["7.25beta5", "7.24.4", "7.23.7", "7.12.1", "6.49.22"]
    assert len(done.moved) == len(done.channels) == 7
    with tenant_session(database.stores, two_tenants[0].principal) as session:
        assert firmware.pointers(session)[0].channel is Channel.LONG_TERM
        assert firmware.seen_at(session) == NOW
        releases = {str(one.version): one.files for one in firmware.releases(session)}
        assert releases["7.24.4"] == 16
        assert releases["6.49.22"] == 8
        names = [one.name for one in firmware.files(session, version("7.24.4"), ["arm64"])]
        assert names == ["routeros-7.24.4-arm64.npk", "wireless-7.24.4-arm64.npk"]
        assert "What's new in 7.24.4" in firmware.changelog(session, version("7.24.4"))
        with pytest.raises(NotFound, match=r"does not know RouterOS 7\.1\."):
            firmware.changelog(session, version("7.1"))


def test_the_second_sync_asks_for_what_is_missing_alone(database: Database) -> None:
    shelf = Shelf()
    sync(database, shelf)
    shelf.asked.clear()
    again = sync(database, shelf)
    assert again.moved == ()
    assert set(again.files.values()) == {0}
    assert not [path for path in shelf.asked if path.endswith(".npk.sha256") and "routeros-7" in path]


def test_a_channel_moves_and_one_that_goes_is_forgotten(database: Database) -> None:
    shelf = Shelf()
    sync(database, shelf)
    shelf.spoil("routeros/NEWESTa7.stable", b"7.23.7 1790000000")
    shelf.spoil("routeros/NEWESTa7.development", None)
    shelf.spoil("routeros/NEWEST6.long-term", b"7.12.1 1790000000")
    done = sync(database, shelf)
    assert [(one.major, one.channel.value, str(one.version)) for one in done.moved] == [(7, "stable", "7.23.7")]
    assert len(done.refused) == 1
    with platform_session(database.stores, "a test looks") as session:
        channels = {(one.major, one.channel.value) for one in firmware.pointers(session)}
    assert channels == {(7, "long-term"), (7, "stable"), (7, "testing"), (6, "stable"), (6, "upgrade")}


def test_a_version_that_is_asked_for_is_looked_for_too(database: Database) -> None:
    done = sync(database, Shelf(), "7.1")
    assert done.missing == [version("7.1")]
    assert version("7.1") not in done.files


def test_what_was_looked_for_in_vain_is_not_asked_for_again(database: Database) -> None:
    shelf, path = Shelf(), "routeros/7.24.4/wireless-7.24.4-tile.npk.sha256"
    shelf.spoil(path, None)
    sync(database, shelf)
    shelf.asked.clear()
    sync(database, shelf)
    assert path not in shelf.asked
    sync(database, shelf, "7.24.4")
    assert path in shelf.asked


def test_an_odd_file_stops_no_other(database: Database) -> None:
    shelf = Shelf()
    shelf.spoil("routeros/7.24.4/routeros-7.24.4-arm64.npk.sha256", b"<html>")
    done = sync(database, shelf)
    assert (done.files[version("7.24.4")], len(done.odd)) == (15, 1)
    shelf.downloads.spoilt.clear()
    assert sync(database, shelf).files[version("7.24.4")] == 1


def test_a_sync_that_is_to_end_leaves_the_rest_for_the_next(database: Database) -> None:
    left = iter([False] * 8)
    ending = Cataloguer(database.stores, Shelf(), lambda: NOW, ending=lambda: next(left, True)).sync()
    assert ending.files == {version("7.25beta5"): 7}
    assert sync(database, Shelf()).files[version("7.25beta5")] == 9


@pytest.mark.parametrize(
    "told", ["arm64 HTTP/1.1", "arm64.npk.sha256?x=", "\N{LATIN SMALL LETTER E WITH ACUTE}", "../x"]
)
def test_an_architecture_that_nobody_knows_is_not_asked_for(
    database: Database, two_tenants: TwoTenants, told: str
) -> None:
    first, second, _ = two_tenants[0].devices
    events = [stocked(first, NOW, {"": {"architecture": told}}, "resource")]
    events += [stocked(second, NOW, {"": {"architecture": "x86_64"}}, "resource")]
    events += [stocked(one, NOW, {"dude": {"name": "dude"}}) for one in (first, second)]
    write(database, received(events))
    with platform_session(database.stores, "a test looks") as session:
        assert firmwarefleet.installed(session) == {("dude", "x86")}


def test_what_devices_have_installed_is_looked_for(database: Database, two_tenants: TwoTenants) -> None:
    device = two_tenants[0].devices[0]
    packages = {
        "routeros": {"name": "routeros"},
        "wifi-qcom": {"name": "wifi-qcom"},
        "ppp": {"name": "ppp", "bundle": "routeros-arm64"},
        "odd": {"name": "../odd"},
    }
    board = {"": {"architecture": "arm64"}}
    write(database, received([stocked(device, NOW, packages), stocked(device, NOW, board, "resource")]))
    with platform_session(database.stores, "a test looks") as session:
        assert firmwarefleet.installed(session) == {(MAIN, "arm64"), ("wifi-qcom", "arm64")}
    sync(database, Shelf())
    with platform_session(database.stores, "a test looks") as session:
        found = [one.name for one in firmware.files(session, version("7.24.4"), packages=["wifi-qcom"])]
    assert found == ["wifi-qcom-7.24.4-arm64.npk"]


def test_a_fleet_is_counted_and_its_devices_are_found(database: Database, two_tenants: TwoTenants) -> None:
    north, _ = two_tenants
    first, second, _ = north.devices
    with psycopg.connect(database.admin_url) as admin:
        for one, told in ((first, "7.16"), (second, "7.9")):
            admin.execute(
                "UPDATE device_state SET model = 'hAP', version = %s, state = 'up', since = %s, heard_at = %s"
                " WHERE device_id = %s",
                (told, NOW, NOW, one.id),
            )
    flagged = {"": {"mode": "home", "flagged": True}}
    board = {"": {"architecture": "arm64"}}
    write(
        database,
        received([stocked(second, NOW, flagged, "device_mode"), stocked(second, NOW, board, "resource")]),
    )
    with tenant_session(database.stores, north.principal) as session:
        cells = firmwarefleet.cells(session)
        assert sorted(cells, key=lambda one: one.version or "") == [
            Cell(None, None, 1),
            Cell("hAP", "7.16", 1),
            Cell("hAP", "7.9", 1),
        ]
        told = [(one.name, one.version) for one in firmwarefleet.runners(session, ["7.9", "7.16"], None, 10)]
        assert told == [("router-000", "7.16"), ("router-001", "7.9")]
        assert [one.name for one in firmwarefleet.runners(session, ["7.9", "7.16"], "router-000", 1)] == [
            "router-001"
        ]
        assert [(one.id, one.architecture) for one in firmwarefleet.flagged(session)] == [(second.id, "arm64")]


def test_the_chore_asks_nobody_unless_it_is_told_whom(database: Database) -> None:
    chore.sync(Occasion(database.stores, NOW))
    with platform_session(database.stores, "a test looks") as session:
        assert firmware.pointers(session) == []
    with pytest.raises(Unavailable):
        chore.sync(Occasion(database.stores, NOW, settings=Settings(firmware_url="http://127.64.0.1:1")))
    assert chore.chore.every == timedelta(hours=6)


def test_without_a_source_nobody_is_asked() -> None:
    with pytest.raises(BadSetting, match="Nobody has said"):
        cataloguing.opened(Settings())
