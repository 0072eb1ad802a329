"""One poll, from the simulated router to a REST answer, a DataFrame and a chart, over the real servers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import flotilla
from db.frames import Metrics
from db.ranges import Range
from fleet.identity import Principal, Role
from routeros import collectors
from tests.fixtures.demo import Running, until


def devices(running: Running) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = running.get(f"/api/tenants/{running.tenant.id}/devices").json()["items"]
    return items


def points(running: Running, device: str, field: str = "cpu_load_ratio") -> list[dict[str, Any]]:
    """Ask REST for the last five minutes of one field of the family ``resource``."""
    answer = running.get(
        f"/api/tenants/{running.tenant.id}/devices/{device}/metrics",
        **{"family": "resource", "field": field, "from": "now-5m", "to": "now", "points": "300"},
    )
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = [p for line in answer.json()["lines"] for p in line["points"]]
    return found


def test_a_poll_reaches_rest_and_a_frame(running: Running) -> None:
    def up() -> dict[str, Any] | None:
        return next((d for d in devices(running) if d["state"] == "up"), None)

    device = until(up, "a device is up")
    simulated = {entry["serial"]: entry for entry in running.demo.simulation.inventory()}
    assert device["serial"] in simulated
    assert device["identity"] == simulated[device["serial"]]["identity"]
    assert device["version"].startswith(simulated[device["serial"]]["version"].split()[0])

    shown = until(lambda: points(running, device["id"]) or None, "REST answers points")
    assert all(0 <= p["avg"] <= 1 for p in shown)

    now = datetime.now(UTC)
    me = Principal.person(running.tenant.id, "the walk", Role.VIEWER)
    metrics = Metrics(running.demo.stores, me, collectors.families())
    spanned = Range(now - timedelta(minutes=5), now)
    frame = metrics.frame("resource", ["cpu_load_ratio", "uptime_seconds"], spanned)
    mine = frame[frame["device"] == device["id"]]
    assert len(mine) > 0
    assert str(mine.index.tz) == "UTC"
    # A simulated router restarts now and then, by the day that it is.
    assert (mine["uptime_seconds"].diff() < 0).sum() <= 1

    with flotilla.Client(running.url, running.key) as client:
        outside = client.metrics(device["id"], "resource", "cpu_load_ratio", last="5m")
    assert len(outside) > 0
    assert outside["avg"].between(0, 1).all()


def test_a_device_is_polled_again_and_again(running: Running) -> None:
    device = until(lambda: next(iter(devices(running)), None), "there is a device")["id"]
    first = until(lambda: points(running, device, "uptime_seconds") or None, "a first point")[-1]["max"]

    def later() -> float | None:
        newest = float(points(running, device, "uptime_seconds")[-1]["max"])
        return newest if newest != first else None

    until(later, "a later point")


def test_the_other_tenant_is_not_there(running: Running) -> None:
    other = running.demo.tenants[1]
    assert running.get(f"/api/tenants/{other.id}/devices").status_code == 404
    me = Principal.person(other.id, "the other", Role.VIEWER)
    now = datetime.now(UTC)
    metrics = Metrics(running.demo.stores, me, collectors.families())
    frame = metrics.frame("resource", ["cpu_load_ratio"], Range(now - timedelta(minutes=5), now))
    assert not set(frame["device"]) & {d["id"] for d in devices(running)}
