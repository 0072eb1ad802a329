"""A visit of a simulated router: an errand in the hands of its owner, on a clock that runs fast."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from actors.access import Access
from actors.credentials import Credentials
from actors.errand import Means, Visit
from fleet.clock import Clock, SystemClock
from fleet.device import Device, TlsMode
from fleet.errands import Errand
from routeros.simulator.router import Router
from routeros.simulator.simulation import Options, serve
from tests.actors.doubles import device
from tests.actors.test_access import Safe
from tests.fixtures.patient import LoopClock, PatientLoop
from tests.fixtures.simulator import THREE, Factory, Served

FACTOR = 10.0
PATIENCE = timedelta(minutes=1)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@dataclass(slots=True)
class Swift:
    """A clock that runs ten times as fast, and is set forward where all that remains is to wait."""

    fast: SystemClock
    ahead: timedelta = timedelta(0)

    def now(self) -> datetime:
        return self.fast.now() + self.ahead

    def real(self, span: timedelta) -> float:
        return self.fast.real(span)


def swift(factor: float = FACTOR) -> Swift:
    """Make one that begins at noon of a day, whatever the day is: no test comes to the end of a month or a year."""
    now = datetime.now(UTC)
    return Swift(SystemClock(now, factor), NOON - now)


def fleet(simulator: Factory, clock: Clock, **options: Any) -> Served:
    """One router on a clock."""
    return simulator(1, clock=clock, **options)


class Beside(Served):
    """A fleet on the loop of the test itself, asked while that does not run."""

    def control(self, command: str, **more: Any) -> dict[str, Any]:
        async def answer() -> dict[str, Any]:
            return self.simulation.control({"command": command, **more})

        return self._loop.run_until_complete(answer())

    def router(self, device: int) -> Router:
        async def find() -> Router | None:
            return self.simulation.router(device)

        found = self._loop.run_until_complete(find())
        assert found is not None
        return found


@contextmanager
def leaping(devices: int = 1, **options: Any) -> Iterator[tuple[asyncio.Runner, Beside, Clock]]:
    """Serve routers on a loop whose clock leaps: what is run on it waits for nothing, however long it lasts."""
    with asyncio.Runner(loop_factory=PatientLoop) as runner:
        loop, kept = runner.get_loop(), AsyncExitStack()
        clock = LoopClock(loop)
        asked = Options(devices, **{"personas": THREE, "clock": clock, **options})
        simulation = runner.run(kept.enter_async_context(serve(asked)))
        try:
            yield runner, Beside(simulation, simulation.inventory(), loop), clock
        finally:
            runner.run(kept.aclose())


def simulated(served: Served, place: int = 0) -> Device:
    """The router as a device of the tests' tenant."""
    login = served.login(place)
    return device(
        endpoint=served.endpoint(place, TlsMode.PLAIN),
        username=login.username,
        secret=login.password,
        networks=("127.64.0.0/10",),
    )


def visit(
    of: Device, errand: Errand, clock: Clock, may: Callable[[], bool] = lambda: True, attempt: int = 1
) -> Visit:
    """Let an errand be in its owner's hands."""
    access = Access(Credentials(Safe()), PATIENCE)
    means = Means(access, cast(Any, None), cast(Any, None), cast(Any, None), clock)
    return Visit(replace(errand, attempt=attempt), of, 3, means, may)
