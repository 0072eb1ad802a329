"""What a device has, from the simulated router to a REST answer, over the real servers."""

from __future__ import annotations

from typing import Any

from tests.fixtures.demo import Running, until


def test_what_the_routers_have_reaches_rest(running: Running) -> None:
    home = f"/api/tenants/{running.tenant.id}"

    def boxes() -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = running.get(f"{home}/inventory/identity").json()["items"]
        return items

    box = until(lambda: next(iter(boxes()), None), "a device told what it has")
    simulated = {entry["identity"]: entry for entry in running.demo.simulation.inventory()}
    entry = simulated[box["facts"]["name"]]
    kinds = {k["kind"]: k for k in running.get(f"{home}/devices/{box['device_id']}/inventory").json()["kinds"]}
    assert set(kinds) >= {
        "addresses",
        "interfaces",
        "neighbours",
        "packages",
        "resource",
        "routes",
        "services",
        "users",
    }
    assert kinds["resource"]["items"][0]["facts"]["version"] == entry["version"].split()[0]
    names = {item["facts"]["identity"] for item in kinds["neighbours"]["items"]}
    assert names
    assert names <= set(simulated)
    same = running.get(f"{home}/inventory/resource", version=entry["version"].split()[0]).json()["items"]
    assert box["device_id"] in {item["device_id"] for item in same}
    assert running.get(f"{home}/inventory/changes").status_code == 200
