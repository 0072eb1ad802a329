"""The SSH server: ``/ip/ssh``."""

from __future__ import annotations

from collections.abc import Callable

from routeros.simulator.menu import Menu, switch
from routeros.simulator.model import Model
from routeros.simulator.outcome import ARGUMENT, Outcome, Refused, Reply
from routeros.simulator.router import Router
from routeros.simulator.ssh import settings
from routeros.simulator.ssh.keys import HostKeys
from routeros.simulator.ssh.settings import IF_NO_KEY, RENAMED, STORE, stored
from routeros.simulator.wire import Call


def _one_of(*known: str) -> Callable[[str, str], str]:
    def check(name: str, value: str) -> str:
        if value not in known:
            raise Refused(f"input does not match any value of {name}", ARGUMENT)
        return value

    return check


def _regenerate(router: Router, _: Call) -> Outcome:
    """Make another host key, of the kind that the settings name."""
    router.part(HostKeys).regenerate(settings.read(router).get("host-key-type", "rsa"))
    return Reply()


def _is_old(model: Model) -> bool:
    return model.version.major < 7


def _is_middle(model: Model) -> bool:
    return not _is_old(model) and model.version < RENAMED


def _is_new(model: Model) -> bool:
    return model.version >= RENAMED


_ALL = {
    "forwarding-enabled": _one_of("no", "local", "remote", "both"),
    "strong-crypto": switch,
    "host-key-size": _one_of("1024", "1536", "2048", "4096", "8192"),
}
_BEFORE = {**_ALL, "allow-none-crypto": switch, "always-allow-password-login": switch}
_TYPE = {"host-key-type": _one_of("rsa", "ed25519")}
_COMMANDS = {"regenerate-host-key": _regenerate}

OLD = Menu(STORE, stored, single=True, exists=_is_old, writable=_BEFORE, commands=_COMMANDS)
MIDDLE = Menu(STORE, stored, single=True, exists=_is_middle, writable={**_BEFORE, **_TYPE}, commands=_COMMANDS)
NEW = Menu(
    STORE,
    stored,
    single=True,
    exists=_is_new,
    writable={
        **_ALL,
        **_TYPE,
        "ciphers": _one_of("auto", "3des-cbc", "aes-cbc", "aes-ctr", "aes-gcm", "null"),
        "password-authentication": _one_of("yes", "no", IF_NO_KEY),
    },
    commands=_COMMANDS,
)
