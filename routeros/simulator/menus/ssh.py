"""The SSH server: ``/ip/ssh``."""

from __future__ import annotations

from routeros.simulator.doors.ssh import settings
from routeros.simulator.doors.ssh.keys import HostKeys
from routeros.simulator.doors.wire import Call
from routeros.simulator.fields import flag, one_of, since, some_of, until
from routeros.simulator.menu import Menu
from routeros.simulator.outcome import Outcome, Reply
from routeros.simulator.router import Router


def _regenerate(router: Router, _: Call) -> Outcome:
    """Make another host key, of the kind that the settings name."""
    router.part(HostKeys).regenerate(settings.read(router).get("host-key-type", "rsa"))
    return Reply()


MENU = Menu(
    settings.STORE,
    settings.stored,
    single=True,
    fields={
        "forwarding-enabled": one_of("both local no remote", "no"),
        "always-allow-password-login": until("7.21", flag()),
        "password-authentication": since("7.21", one_of("no yes yes-if-no-key", settings.IF_NO_KEY)),
        "strong-crypto": flag(),
        "allow-none-crypto": until("7.17", flag()),
        "ciphers": since("7.17", some_of("3des-cbc aes-cbc aes-ctr aes-gcm auto null", "auto")),
        "host-key-size": one_of("1024 1536 2048 4096 8192", "2048"),
        "host-key-type": since("7.9", one_of("ed25519 rsa", "rsa")),
    },
    commands={"regenerate-host-key": _regenerate},
)
