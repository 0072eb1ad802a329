"""Saving the whole configuration to a file and loading it again: ``/system/backup``."""

from __future__ import annotations

from routeros.simulator.doors.wire import Call
from routeros.simulator.fields import switch
from routeros.simulator.menu import Menu
from routeros.simulator.outcome import ARGUMENT, MISSING, Outcome, Refused, Reply
from routeros.simulator.parts.backups import Backups
from routeros.simulator.router import Router

_SAVING = {"name", "password", "dont-encrypt", "encryption"}
_LOADING = {"name", "password", "force-v6-to-v7-configuration-upgrade"}


def _save(router: Router, call: Call) -> Outcome:
    said = _known(call, _SAVING)
    if said.get("encryption", "aes-sha256") not in ("aes-sha256", "rc4"):
        raise Refused("input does not match any value of encryption", ARGUMENT)
    plain = switch("dont-encrypt", said.get("dont-encrypt") or "no") == "true"
    local = router.local(router.now())
    name = said.get("name") or f"{router.model.identity}-{local:%Y%m%d-%H%M}"
    router.part(Backups).save(name, "" if plain else said.get("password", ""))
    return Reply()


def _load(router: Router, call: Call) -> Outcome:
    """Load a backup. The password must be said even where there is none: a console would ask for it."""
    said = _known(call, _LOADING)
    for name in ("name", "password"):
        if name not in said:
            raise Refused(f"missing value for argument {name}", MISSING)
    router.part(Backups).load(said["name"], said["password"])
    return Reply()


def _known(call: Call, names: set[str]) -> dict[str, str]:
    for name in call.attributes:
        if name not in names:
            raise Refused(f"unknown parameter {name}", MISSING)
    return dict(call.attributes)


MENU = Menu("/system/backup", bare=True, commands={"save": _save, "load": _load})
