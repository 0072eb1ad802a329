"""How a router goes down and comes up again."""

from __future__ import annotations

from collections.abc import Callable

from routeros.simulator.router import Router


class Boot:
    """A part of a router. ``on_start`` is called whenever it has started."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self.on_start: list[Callable[[], None]] = []

    def restart(self) -> None:
        """Go down at once and come up after as long as this model takes."""
        self._router.reboot()
        for act in self.on_start:
            act()
