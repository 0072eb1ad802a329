"""What a fleet runs, over REST: counts, how versions stand, known holes, and the catalogue."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from actors.cataloguing import Cataloguer
from fleet.identity import Scope
from tests.fixtures.depot import Shelf
from tests.fixtures.web import NOW, Web, home

RUNS = "UPDATE device_state SET model = 'hAP', version = :version WHERE device_id = :id"
FLAGGED = """
    INSERT INTO inventory (device_id, kind, key, tenant_id, facts, first_seen)
    VALUES (:id, 'device_mode', '', :tenant, '{"flagged": true}', :now)
"""


def run(web: Web, number: int, version: str) -> None:
    """Let a device of north run a version."""
    with web.context.stores.engine("flotilla_ingest").begin() as connection:
        connection.execute(text(RUNS), {"id": web.north.devices[number].id, "version": version})


@pytest.fixture(scope="module")
def catalogue(shared_web: Web) -> Web:
    """A web whose catalogue is up to date; two of north's devices have told what they run, one is flagged."""
    Cataloguer(shared_web.context.stores, Shelf(), lambda: NOW).sync()
    run(shared_web, 0, "7.24.1")
    run(shared_web, 1, "7.9")
    device = shared_web.north.devices[1]
    with shared_web.context.stores.engine("flotilla_ingest").begin() as connection:
        connection.execute(text(FLAGGED), {"id": device.id, "tenant": device.tenant_id, "now": NOW})
    return shared_web


def got(web: Web, path: str) -> Any:
    answer = web.get(f"~/firmware{path}", web.north)
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def test_a_fleet_is_told_by_what_it_runs(catalogue: Web) -> None:
    found = got(catalogue, "")
    assert (found["devices"], found["exposed"], found["read_at"]) == (3, 2, "2026-01-05T12:00:00Z")
    told = [(one["version"], one["standing"], one["devices"]) for one in found["versions"]]
    assert told == [("7.24.1", "behind", 1), ("7.9", "ended", 1), (None, "unknown", 1)]
    assert {"model": "hAP", "version": "7.9", "devices": 1} in found["cells"]
    channels = {(one["major"], one["channel"]): one["version"] for one in found["channels"]}
    assert channels[7, "stable"] == "7.24.4"
    holes = {one["id"]: (one["devices"], one["versions"]) for one in found["advisories"]}
    assert holes["CVE-2026-67276"] == (2, ["7.24.1", "7.9"])
    assert holes["CVE-2023-32154"] == (1, ["7.9"])
    assert [(one["name"], one["standing"]) for one in found["flagged"]] == [("router-001", "ended")]


def test_the_devices_behind_are_listed_a_page_at_a_time(catalogue: Web) -> None:
    assert [one["name"] for one in got(catalogue, "/devices?standing=ended")["items"]] == ["router-001"]
    first = got(catalogue, "/devices?advisory=CVE-2026-67276&limit=1")
    assert ([one["name"] for one in first["items"]], first["next"]) == (["router-000"], "router-000")
    second = got(catalogue, f"/devices?advisory=CVE-2026-67276&limit=1&after={first['next']}")
    assert ([one["name"] for one in second["items"]], second["next"]) == (["router-001"], None)
    assert got(catalogue, "/devices?advisory=CVE-2026-67276&standing=newest")["items"] == []
    answer = catalogue.get("~/firmware/devices", catalogue.north)
    assert answer.status_code == 422
    assert "Nothing was asked for" in answer.text


def test_the_catalogue_tells_versions_and_files(catalogue: Web) -> None:
    assert "7.12.1" in [one["version"] for one in got(catalogue, "/releases")["items"]]
    found = got(catalogue, "/release?version=7.24.4")
    assert "What's new in 7.24.4" in found["changelog"]
    file = next(one for one in found["files"] if one["architecture"] == "arm64" and one["package"] == "routeros")
    assert file["path"] == "/firmware/routeros/7.24.4/routeros-7.24.4-arm64.npk"
    assert (file["mirrored"], len(file["sha256"])) == (False, 64)
    assert catalogue.get("~/firmware/release?version=7.1", catalogue.north).status_code == 404
    assert catalogue.get("~/firmware/release?version=7.x", catalogue.north).status_code == 422


def test_another_tenant_sees_its_own_fleet_alone(catalogue: Web) -> None:
    found = catalogue.get("~/firmware", catalogue.south).get_json()
    assert [(one["version"], one["devices"]) for one in found["versions"]] == [(None, 2)]
    assert (found["exposed"], found["advisories"], found["flagged"]) == (0, [], [])
    assert len(found["channels"]) == 7


def test_a_key_needs_the_scope(catalogue: Web) -> None:
    key = catalogue.key(catalogue.north, Scope.DEVICES_READ)
    assert catalogue.client(key).get(f"{home(catalogue.north)}/firmware").status_code == 403
