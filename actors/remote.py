"""What Ray runs: a resident that begins to work when its actor is made, and answers a few calls."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from actors.resident import Make, Resident
from fleet import logs, settings
from fleet.settings import Settings


class Remote:
    """An actor: it begins to work when it is made, also when Ray makes it anew after its process was killed."""

    def __init__(self, name: str, make: Make) -> None:
        logs.configure(name)
        self._resident = Resident(name, make)
        self._resident.start()

    def start(self) -> None:
        """Go on after a drain."""
        self._resident.start()

    def ping(self) -> dict[str, object]:
        """Tell what the actor is and does."""
        return self._resident.ping()

    def drain(self, seconds: float) -> dict[str, object]:
        """Finish what is under way, stop, and tell how it went."""
        return self._resident.drain(timedelta(seconds=seconds))


def found(name: str, state: str) -> Settings:
    """Read the settings of a running Flotilla from its state directory; raises BadSetting."""
    asked = settings.load(Path(state))
    logs.configure(name, asked.log_level)
    return asked
