"""The device's name: ``/system/identity``."""

from __future__ import annotations

from routeros.simulator.menu import Menu, words
from routeros.simulator.model import Model
from routeros.simulator.outcome import Row


def _stored(model: Model) -> list[Row]:
    return [{"name": model.identity}]


MENU = Menu("/system/identity", _stored, single=True, writable={"name": words})
