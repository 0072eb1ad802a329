"""What a user's group lets him do."""

from __future__ import annotations

from routeros.simulator.menu import Menu
from routeros.simulator.router import Router
from routeros.simulator.wire import Call


def require(router: Router, menu: Menu, call: Call) -> None:
    """Raise Refused where the group of who asks lacks a policy that the command needs."""
