"""The WinBox port: it takes connections, counts them among the router's sessions, and says nothing."""

from __future__ import annotations

from routeros.simulator.doors.listeners import House, Plain
from routeros.simulator.router import Router


class Winbox(Plain):
    """A connection that stays open until one side ends it; what comes is passed over."""

    service = "winbox"

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self._router: Router | None = None

    def opened(self, router: Router) -> None:
        self._router = router
        router.guests.add(self)
        self._house.ledger.sessions += 1

    def data_received(self, data: bytes) -> None:
        """Take what is said; nothing of it is understood."""

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        if self._router and self in self._router.guests:
            self._router.guests.discard(self)
            self._house.ledger.sessions -= 1

    def cut(self) -> None:
        """End it at once, without a farewell."""
        self.abort()
