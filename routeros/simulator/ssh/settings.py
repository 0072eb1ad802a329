"""What a router's SSH service is set to: ``/ip/ssh``."""

from __future__ import annotations

from routeros.simulator.model import Model
from routeros.simulator.outcome import Row
from routeros.simulator.router import Router
from routeros.values import Version

STORE = "/ip/ssh"
RENAMED = Version(7, 21)
"""From here on ``always-allow-password-login`` is ``password-authentication``."""

IF_NO_KEY = "yes-if-no-key"


def stored(model: Model) -> list[Row]:
    """Lay out the settings of a new device."""
    row = {"forwarding-enabled": "no", "strong-crypto": "false", "host-key-size": "2048"}
    if model.version.major > 6:
        row |= {"host-key-type": "ed25519"}
    if model.version >= RENAMED:
        return [row | {"ciphers": "auto", "password-authentication": IF_NO_KEY}]
    return [row | {"allow-none-crypto": "false", "always-allow-password-login": "false"}]


def read(router: Router) -> Row:
    """Tell the settings as they are."""
    return next(iter(router.table(STORE, stored)))


def takes_password(router: Router, keyed: bool) -> bool:
    """Tell whether a user may enter with a password; one that has a key may not, unless the router is told so."""
    row = read(router)
    if "password-authentication" in row:
        return row["password-authentication"] == "yes" or (row["password-authentication"] == IF_NO_KEY and not keyed)
    return not keyed or row["always-allow-password-login"] == "true"
