"""The device's name: ``/system/identity``."""

from __future__ import annotations

from routeros.simulator.device.model import Model
from routeros.simulator.fields import text
from routeros.simulator.menu import Menu
from routeros.simulator.outcome import Row


def _stored(model: Model) -> list[Row]:
    return [{"name": model.identity}]


MENU = Menu("/system/identity", _stored, single=True, fields={"name": text("MikroTik")}, prints=frozenset({"oid"}))
