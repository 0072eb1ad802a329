"""A reply beyond its collector's bounds is that collector's fault: the others go on, over one kept connection."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from actors.session import Polled, Session, Tools
from fleet.clock import FakeClock
from fleet.device import Device, State
from fleet.events import DeviceMetricsEvent, DeviceStatusEvent
from routeros import collectors
from routeros.client import Client, connect
from routeros.collector import Collector
from routeros.collectors import queues
from tests.actors.doubles import device
from tests.fixtures.simulator import EGRESS, Factory, Served

SPAN = timedelta(seconds=20)


def polled(served: Served, known: tuple[Collector, ...], times: int) -> tuple[list[Polled], int]:
    """Poll a router some times; tells how often it was connected to as well."""
    made: list[Client] = []

    async def enter(_: Device) -> Client:
        made.append(await connect(served.endpoint(0), served.login(0), timeout=SPAN, egress=EGRESS))
        return made[-1]

    async def run() -> list[Polled]:
        session = Session(device(), Tools(enter, known, FakeClock(), timedelta(minutes=15), SPAN))
        try:
            return [await session.poll() for _ in range(times)]
        finally:
            await session.close()

    return asyncio.run(run()), len(made)


def told(polled: Polled) -> tuple[DeviceStatusEvent, set[str]]:
    """Tell the status of a poll, and the families that came with it."""
    (status,) = [event for event in polled.events if isinstance(event, DeviceStatusEvent)]
    measured = [event for event in polled.events if isinstance(event, DeviceMetricsEvent)]
    return status, {rows.family for event in measured for rows in event.families}


def test_too_many_rows_cost_one_collector_and_are_stated(simulator: Factory) -> None:
    every = collectors.every()
    few = replace(every["queues"], commands=(queues.command,), rows=7)
    known = (every["resource"], every["ppp"], few)
    polls, connections = polled(simulator(1, personas=("ccr1036",)), known, 3)
    assert connections == 1
    (first, families), (second, again), (_, later) = map(told, polls)
    assert families == again == later == {"resource", "ppp"}
    assert (first.state, second.state) == (State.UP, State.DEGRADED)
    assert second.error is not None
    assert "/queue/simple/print gave more than 7 rows" in second.error
