"""What a router's SSH service is set to: ``/ip/ssh``."""

from __future__ import annotations

from fleet.versions import Version
from routeros.simulator.device.model import Model
from routeros.simulator.outcome import Row
from routeros.simulator.router import Router

STORE = "/ip/ssh"
RENAMED = Version(7, 21)
"""From here on ``always-allow-password-login`` is ``password-authentication``."""

IF_NO_KEY = "yes-if-no-key"
ED25519_SINCE = Version(7, 9)
"""From here on a host key may be Ed25519; a router that comes with such a version has one."""


def stored(model: Model) -> list[Row]:
    """Lay out the settings of a device as a careful person leaves them."""
    return [{"host-key-type": "ed25519"} if model.delivered >= ED25519_SINCE else {}]


def read(router: Router) -> Row:
    """Tell the settings as far as they are not the usual ones."""
    return next(iter(router.table(STORE, stored)))


def takes_password(router: Router, keyed: bool) -> bool:
    """Tell whether a user may enter with a password; one that has a key may not, unless the router is told so."""
    row = read(router)
    if router.model.version >= RENAMED:
        allowed = row.get("password-authentication", IF_NO_KEY)
        return allowed == "yes" or (allowed == IF_NO_KEY and not keyed)
    return not keyed or row.get("always-allow-password-login") in ("true", "yes")
