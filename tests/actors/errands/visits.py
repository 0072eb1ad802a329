"""A visit of a simulated router: an errand in the hands of its owner, on a clock that runs fast."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from actors.access import Access
from actors.credentials import Credentials
from actors.errand import Means, Visit
from fleet.clock import Clock, SystemClock
from fleet.device import Device, TlsMode
from fleet.errands import Errand
from tests.actors.doubles import device
from tests.actors.test_access import Safe
from tests.fixtures.simulator import Factory, Served

FACTOR = 10.0
PATIENCE = timedelta(seconds=10)
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
