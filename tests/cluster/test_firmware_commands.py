"""An administrator brings the catalogue up to date, keeps packages, and looks at what a fleet runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import text

from cluster.servers.openbao import OpenBao
from fleet.errors import BadInput, BadSetting, NotFound
from routeros.simulator.device.downloads import Downloads
from routeros.simulator.device.firmware import Channels
from tests.cluster.administrator import Run, done, refused, runner_of
from tests.fixtures.database import Database, Tenant
from tests.fixtures.metrics import NOW, received, stocked, stored, write


@pytest.fixture(scope="module")
def vendor(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory in the vendor's layout: the channels, and of their versions what is for arm64."""
    root, downloads = tmp_path_factory.mktemp("vendor"), Downloads(Channels())
    for path in downloads.paths():
        if ("/routeros-" in path and "arm64" not in path) or "/dude-" in path:
            continue
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(downloads.content(path) or b"")
    return root


@pytest.fixture
def here(place: Path, database: Database, openbao: OpenBao, vendor: Path) -> Run:
    """Run commands where the settings name that directory."""
    return runner_of(place, database, openbao, firmware_url=str(vendor))


def test_the_catalogue_is_synced_and_shown(here: Run) -> None:
    assert "nothing is known yet" in here("firmware", "catalogue").output
    told = json.loads(done(here("firmware", "sync", "--json")))
    assert (told["moved"], told["troubles"]) == (7, [])
    assert told["files"]["7.24.4"] > 0
    shown = done(here("firmware", "catalogue"))
    assert "long-term" in shown
    assert "7.25beta5" in shown
    one = done(here("firmware", "catalogue", "7.24.4"))
    assert "routeros-7.24.4-arm64.npk" in one
    assert "improved stability" in one
    refused(here("firmware", "catalogue", "7.1"), NotFound)
    refused(here("firmware", "catalogue", "soon"), BadInput)


def test_what_is_not_there_or_not_believed_is_told_by_the_exit_status(here: Run) -> None:
    result = here("firmware", "sync", "--also", "7.1", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["troubles"] == ["The source has no RouterOS 7.1."]
    refused(here("firmware", "sync", "--from", "/nowhere/at/all"), BadSetting)


def test_packages_are_kept_verified_and_dropped(here: Run, place: Path, database: Database) -> None:
    done(here("firmware", "sync"))
    refused(here("firmware", "mirror", "7.24.4"), NotFound)
    words = ("firmware", "mirror", "7.24.4", "--architecture", "arm64", "--package", "wifi-qcom", "--json")
    assert json.loads(done(here(*words)))["fetched"] == 1
    assert json.loads(done(here(*words)))["kept_before"] == 1
    kept = json.loads(done(here("firmware", "mirror", "--json")))
    assert kept["versions"] == {"7.24.4": ["routeros-7.24.4-arm64.npk"]}
    assert (place / "firmware" / "routeros" / "NEWESTa7.stable").read_text().startswith("7.24.4 ")
    assert json.loads(done(here("firmware", "verify", "--json"))) == {"discarded": {}}
    package = place / "firmware" / "routeros" / "7.24.4" / "routeros-7.24.4-arm64.npk"
    package.write_bytes(package.read_bytes()[:-1] + b"x")
    result = here("firmware", "verify", "--json")
    assert result.exit_code == 1
    assert list(json.loads(result.stdout)["discarded"]) == [package.name]
    assert not package.exists()
    done(here(*words))
    assert json.loads(done(here("firmware", "drop", "7.24.4", "--json")))["freed_bytes"]["7.24.4"] > 0
    assert json.loads(done(here("firmware", "mirror", "--json")))["versions"] == {}
    noted = stored(database, "SELECT action FROM audit WHERE object_id = '7.24.4' ORDER BY number")
    assert [action for (action,) in noted] == ["firmware.synced", *["firmware.mirrored"] * 3, "firmware.dropped"]


def test_what_the_fleet_has_is_kept_unless_it_is_said(
    here: Run, database: Database, two_tenants: tuple[Tenant, Tenant]
) -> None:
    device = two_tenants[0].devices[0]
    packages = {"routeros": {"name": "routeros"}, "wifi-qcom": {"name": "wifi-qcom"}}
    board = {"": {"architecture": "arm64"}}
    write(database, received([stocked(device, NOW, packages), stocked(device, NOW, board, "resource")]))
    done(here("firmware", "sync"))
    done(here("firmware", "mirror", "7.24.4"))
    kept = json.loads(done(here("firmware", "mirror", "--json")))["versions"]["7.24.4"]
    assert kept == ["routeros-7.24.4-arm64.npk", "wifi-qcom-7.24.4-arm64.npk"]


def test_a_fleet_is_told_by_what_it_runs(here: Run, database: Database, two_tenants: tuple[Tenant, Tenant]) -> None:
    assert "is not known" in here("firmware", "fleet", "--tenant", "north").output
    done(here("firmware", "sync"))
    with database.stores.engine("flotilla_ingest").begin() as connection:
        runs = "UPDATE device_state SET model = 'hAP', version = '7.9' WHERE device_id = :id"
        connection.execute(text(runs), {"id": two_tenants[0].devices[0].id})
    told = json.loads(done(here("firmware", "fleet", "--tenant", "north", "--json")))
    assert (told["devices"], told["exposed"]) == (3, 1)
    assert told["versions"][0]["standing"] == "ended"
    assert "CVE-2023-32154" in told["versions"][0]["advisories"]
    result = here("firmware", "fleet", "--tenant", "north")
    assert "7.9" in done(result)
    assert "1 of 3 devices have a known hole" in result.output
