"""The group on a real Ray head: actors begin by themselves, come back by themselves, and are drained in order."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from actors.writing import writer as make_writer
from bus import connection, streams
from bus.streams import DEVICE_EVENTS
from cluster.runtime import ROOT, Runtime
from cluster.servers.state import State
from fleet import settings
from tests.actors.conftest import DEVICES, Plant

PATIENCE = 180.0


class Driver:
    """The process that started the actors, seen through what it writes of them every second."""

    def __init__(self, plant: Plant, process: "subprocess.Popen[bytes]") -> None:
        self.plant = plant
        self.process = process

    def actor(self, name: str) -> dict[str, Any]:
        """Tell what an actor said of itself; empty before it did."""
        try:
            seen = json.loads((self.plant.state / "run" / "actors.json").read_text())
        except (OSError, ValueError):
            return {}
        return dict(seen["actors"].get(name, {}))

    def working(self, name: str, count: str, least: int = 1) -> bool:
        return int(self.actor(name).get(count) or 0) >= least

    def slender(self, name: str) -> bool:
        """Tell whether an actor needs less than 400 MB; one that does not answer just now is asked again."""
        return float(self.actor(name).get("rss_mb") or 1e9) < 400

    def busiest(self) -> str:
        """Tell which poller has most devices, as soon as every device has a poller."""
        shares: dict[str, int] = {}

        def shared() -> bool:
            shares.update({name: int(self.actor(name).get("devices") or 0) for name in ("poller-0", "poller-1")})
            return sum(shares.values()) == DEVICES

        self.until(shared, "not every device has a poller")
        return max(shares, key=lambda name: shares[name])

    def pid(self, name: str) -> int:
        """Tell in which process an actor is, as soon as it answers."""
        told: list[int] = []

        def answers() -> bool:
            told.append(int(self.actor(name).get("pid") or 0))
            return told[-1] > 0

        self.until(answers, f"{name} does not answer")
        return told[-1]

    def kill(self, name: str) -> int:
        pid = self.pid(name)
        os.kill(pid, signal.SIGKILL)
        return pid

    def until(self, reached: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + PATIENCE
        while not reached():
            assert self.process.poll() is None, "the driver has ended"
            if time.monotonic() > end:
                pytest.fail(f"{what}: {self.actor('poller-0')} {self.actor('writer-0')}")
            time.sleep(0.1)


@contextmanager
def driving(plant: Plant, head: Runtime) -> Iterator[Driver]:
    """Run the driver until left; then it has drained the actors."""
    environment = {**settings.environment(plant.state), **head.environment()}
    with (plant.state / "log" / "conductor.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "cluster.conductor"], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
    try:
        yield Driver(plant, process)
    finally:
        process.terminate()
        process.wait(180)


@pytest.fixture
def head(home: State, plant: Plant) -> Iterator[Runtime]:
    with Runtime(home) as runtime:
        asked = settings.load(plant.state, ray_address=runtime.address, ray_jobs_url=runtime.jobs_url, pollers=2)
        settings.announce(asked)
        yield runtime


async def rest(plant: Plant) -> None:
    """Store what a writer has left that could not wait for it any longer."""
    async with make_writer("writer-1", str(plant.state)) as writer:
        task = asyncio.create_task(writer.run())
        assert await writer.drain(timedelta(minutes=2)) == 0
        await task


async def published(plant: Plant) -> int:
    async with await connection.connect(plant.broker.url, name="test", token=plant.broker.token) as bus:
        return (await streams.tally(bus, DEVICE_EVENTS)).published


@pytest.mark.timeout(600)
def test_killed_actors_come_back_and_nothing_is_lost_or_double(plant: Plant, head: Runtime) -> None:
    with driving(plant, head) as driver:
        driver.until(lambda: driver.working("writer-0", "rows"), "no row was stored")
        busy = driver.busiest()

        old = driver.kill(busy)
        driver.until(lambda: driver.actor(busy).get("pid") not in (None, old), "the poller did not come back")
        driver.until(lambda: driver.working(busy, "polls_ok", 2), "the new poller does not poll")

        old = driver.kill("writer-0")
        driver.until(lambda: driver.actor("writer-0").get("pid") not in (None, old), "the writer did not come back")
        driver.until(lambda: driver.working("writer-0", "rows"), "the new writer does not store")
        for name in (busy, "writer-0"):
            driver.until(partial(driver.slender, name), "it needs more than 400 MB, or does not answer")

    assert driver.actor("poller-0")["phase"] == "drained"
    assert driver.actor("writer-0")["phase"] == "drained"
    asyncio.run(rest(plant))
    assert asyncio.run(published(plant)) == plant.stored() > 0
    assert plant.totals().duplicates == 0


@pytest.mark.timeout(600)
def test_actors_outlive_their_driver_and_another_number_of_them_is_made_anew(plant: Plant, head: Runtime) -> None:
    with driving(plant, head) as driver:
        driver.until(lambda: driver.working("writer-0", "rows"), "no row was stored")
        before = driver.pid("poller-0")
        driver.process.kill()
        driver.process.wait(180)

    with driving(plant, head) as driver:
        driver.until(lambda: driver.actor("poller-0").get("pid") == before, "it is another process")
        stored = plant.stored()
        driver.until(lambda: plant.stored() > stored, "storing did not go on")

    settings.announce(settings.load(plant.state, pollers=1))
    with driving(plant, head) as driver:
        driver.until(lambda: driver.actor("poller-0").get("devices") == DEVICES, "it has not all devices")
        driver.until(lambda: not driver.actor("poller-1"), "there is one too many")
        driver.until(lambda: driver.working("poller-0", "polls_ok", DEVICES), "no polls")
