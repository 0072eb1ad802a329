"""The spread of a column over the tenant's devices, held against numpy."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest

from db import bands
from db.ranges import Range
from db.tenancy import tenant_session
from fleet.errors import BadInput
from fleet.identity import Principal
from fleet.retention import Mode
from tests.fixtures.database import Database, seed
from tests.fixtures.metrics import FAMILIES, NOW, cpu, received, seconds, write

pytestmark = pytest.mark.modes(*Mode)
CPU = ("resource", "cpu_load_ratio")
HOUR = timedelta(hours=1)


def read(database: Database, principal: Principal, spanned: Range, now: datetime) -> list[bands.Spread]:
    with tenant_session(database.stores, principal) as session:
        return bands.spread(session, CPU, spanned, FAMILIES, now)


def test_a_step_is_told_by_the_percentiles_of_the_means_of_all_devices(database: Database) -> None:
    many, foreign = seed(database.stores, "many", 7), seed(database.stores, "foreign", 1)
    loads = {device: 0.1 * place for place, device in enumerate(many.devices)}
    events = [
        cpu(device, seconds(60 * m), load + d) for device, load in loads.items() for m, d in ((0, 0), (1, 0.02))
    ]
    write(database, received([*events, cpu(foreign.devices[0], NOW, 9.0)]))
    (found,) = read(database, many.principal, Range(NOW, NOW + HOUR), NOW + HOUR)
    means = [load + 0.01 for load in loads.values()]
    assert (found.time, found.count) == (NOW, 7)
    expected = np.percentile(means, [5, 50, 95])
    assert [found.low, found.middle, found.high] == pytest.approx(expected.tolist())


def test_steps_without_a_measurement_are_left_out_and_an_unknown_column_is_told(database: Database) -> None:
    tenant = seed(database.stores, "few", 1)
    write(database, received([cpu(tenant.devices[0], seconds(60 * m), 0.5) for m in (0, 50)]))
    found = read(database, tenant.principal, Range(NOW, NOW + HOUR), NOW + HOUR)
    assert [spread.time - NOW for spread in found] == [timedelta(0), timedelta(minutes=50)]
    with tenant_session(database.stores, tenant.principal) as session, pytest.raises(BadInput):
        bands.spread(session, ("resource", "nothing"), Range(NOW, NOW + HOUR), FAMILIES, NOW)


@pytest.mark.parametrize(("length", "steps"), [(HOUR, 12), (timedelta(minutes=5), 2), (timedelta(days=1), 24),
                                                (timedelta(days=30), 60)])  # fmt: skip
def test_a_band_has_few_steps(length: timedelta, steps: int) -> None:
    assert bands._steps(Range(NOW, NOW + length)) == steps
