"""Sensors: ``/system/health``, one row of properties in v6, a row for each sensor from v7 on."""

from __future__ import annotations

from collections.abc import Container, Sequence

import numpy as np

from routeros.simulator.device import formats, measures
from routeros.simulator.device.persona import Sensor
from routeros.simulator.menu import Menu, is_seven, is_six
from routeros.simulator.outcome import Row
from routeros.simulator.router import Router

FIRST_ID = 0xD
"""Sensors are numbered from here on real boards."""


def _values(router: Router) -> list[tuple[Sensor, str]]:
    wanted = router.model.persona.sensors
    levels = measures.sensors(router.model, np.array([router.now()]))[:, 0].tolist()
    return [(s, s.state or formats.number(level, s.places)) for s, level in zip(wanted, levels, strict=True)]


def _one_row(router: Router, _: Sequence[Row], __: Container[str]) -> Sequence[Row]:
    row = {sensor.name: value for sensor, value in _values(router)}
    return [row] if row else []


def _rows(router: Router, _: Sequence[Row], __: Container[str]) -> Sequence[Row]:
    return [
        {".id": f"*{number:X}", "name": sensor.name, "value": value, "type": sensor.unit}
        for number, (sensor, value) in enumerate(_values(router), start=FIRST_ID)
    ]


OLD = Menu("/system/health", show=_one_row, single=True, exists=is_six)
NEW = Menu("/system/health", show=_rows, exists=is_seven)
