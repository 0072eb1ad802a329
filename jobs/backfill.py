"""Make the past of a simulated fleet: ``python -m jobs.backfill --seed 1 --history 7d --step 5m``.

The past joins what the simulator answers now, because both come from the same functions of time. It is written
newest day first, at half a core at most, and only where a device has no rows yet: a second run adds nothing.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address

import numpy as np

from db import census, inventory
from db.engine import Stores
from db.series import Loader, Past
from fleet import logs, settings
from fleet.device import Device
from fleet.egress import SIMULATED
from fleet.settings import Settings
from routeros import collectors
from routeros.simulator.device.history import Series, history
from routeros.simulator.device.model import Model
from routeros.simulator.device.naming import index_at

DAY = timedelta(days=1)
DUTY = 0.5
"""The share of a core that the job may use: polling goes first."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Which past to make: of which seed, from when, until when, at which step."""

    seed: int
    start: datetime
    end: datetime
    step: timedelta

    def slices(self) -> Iterator[np.ndarray]:
        """Yield the times of one day after the other, in seconds since 1970, the newest day first."""
        end = self.end
        while end > self.start:
            begin = max(self.start, end - DAY)
            step = self.step.total_seconds()
            yield np.arange(begin.timestamp() // step * step, end.timestamp() // step * step, step)
            end = begin


def run(asked: Settings, plan: Plan) -> int:
    """Make the past of every simulated device; return the number of rows that were new."""
    with Stores.of(asked) as stores:
        fleet = [(d, Model(plan.seed, i)) for d in inventory.polled(stores) if (i := _index(d)) is not None]
        days, rows = list(plan.slices()), 0
        known = census.oldest(stores, collectors.families()["resource"])
        with Loader(stores.url("flotilla_ingest"), collectors.families()) as loader:
            for number, day in enumerate(days, 1):
                for device, model in fleet:
                    times = _before(day, known.get(device.id))
                    rows += _throttled(loader, device, model, times) if len(times) else 0
                print(json.dumps({"day": number, "of": len(days), "rows": rows}), flush=True)
    return rows


def _index(device: Device) -> int | None:
    """Tell which simulated device this is; None for a real one."""
    try:
        simulated = ip_address(device.endpoint.address) in SIMULATED
    except ValueError:
        return None
    return index_at(device.endpoint.address) if simulated else None


def _before(day: np.ndarray, oldest: datetime | None) -> np.ndarray:
    """Leave the times at which nothing is stored yet: those before the oldest row."""
    return day if oldest is None else day[day < oldest.timestamp()]


def _throttled(loader: Loader, device: Device, model: Model, times: np.ndarray) -> int:
    begun = time.monotonic()
    rows = _written(loader, device, history(model, times), times)
    time.sleep((time.monotonic() - begun) * (1 / DUTY - 1))
    return rows


def _written(loader: Loader, device: Device, past: Iterable[Series], times: np.ndarray) -> int:
    """Copy a device's past family by family; its uptime tells where counters began anew.

    ``resource`` comes last: where its rows are, a job that was killed had written all the others too.
    """
    by_family: dict[str, list[Series]] = defaultdict(list)
    for series in past:
        by_family[series.family].append(series)
    uptime = by_family["resource"][0].values["uptime_seconds"]
    when = Past(device.tenant_id, device.id, times, uptime)
    in_turn = sorted(by_family, key=lambda family: family == "resource")
    return sum(loader.copy(family, when, by_family[family]) for family in in_turn)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m jobs.backfill", description=__doc__)
    parser.add_argument("--seed", type=int, required=True, help="the simulator's seed")
    parser.add_argument("--history", type=settings.span, required=True, help="how far back, such as 7d")
    parser.add_argument("--step", type=settings.span, default=timedelta(minutes=5), help="one row every, such as 5m")
    parser.add_argument("--until", type=datetime.fromisoformat, help="where it ends; now, if left out")
    given = parser.parse_args(arguments)
    asked = settings.load()
    logs.configure("backfill", asked.log_level)
    end = given.until or asked.clock().now()
    run(asked, Plan(given.seed, end - given.history, end, given.step))


if __name__ == "__main__":
    main()
