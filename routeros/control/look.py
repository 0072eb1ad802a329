"""Who a device says that it is, and since when it runs: asked before it is restarted and after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from routeros import values
from routeros.client import Client
from routeros.errors import ProtocolError, RouterOSError
from routeros.words import Command

IDENTITY: Final = Command("/system/identity/print", ("name",))
RESOURCE: Final = Command("/system/resource/print", ("uptime", "version"))
PATIENCE: Final = timedelta(seconds=10)
ROUNDING: Final = timedelta(seconds=2)
"""What an uptime in whole seconds and the way there may hide."""


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen at an instant."""

    at: datetime
    identity: str
    uptime: timedelta
    version: str

    def started_after(self, instant: datetime) -> bool:
        """Tell whether the device was started anew since an instant, beyond doubt."""
        return self.at - self.uptime - ROUNDING > instant


async def look(client: Client, at: datetime) -> Look:
    """Ask a device; raises RouterOSError."""
    identity, resource = await client.calls((IDENTITY, RESOURCE), timeout=PATIENCE)
    for reply in (identity, resource):
        if isinstance(reply, RouterOSError):
            raise reply
    assert isinstance(identity, list)
    assert isinstance(resource, list)
    try:
        uptime = values.duration(resource[0]["uptime"])
        return Look(at, identity[0].get("name", ""), uptime, resource[0].get("version", ""))
    except (IndexError, KeyError, ValueError):
        raise ProtocolError("The device does not tell since when it runs.", menu=RESOURCE.menu) from None
