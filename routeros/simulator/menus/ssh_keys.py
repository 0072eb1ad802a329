"""The keys with which users enter over SSH: ``/user/ssh-keys``."""

from __future__ import annotations

from collections.abc import Container, Sequence

from routeros.simulator import writing
from routeros.simulator.catalogue import menus
from routeros.simulator.device.model import Model
from routeros.simulator.doors.ssh.settings import RENAMED
from routeros.simulator.doors.ssh.users import STORE, keys, parsed
from routeros.simulator.doors.wire import Call
from routeros.simulator.menu import Menu, is_seven, is_six
from routeros.simulator.outcome import ARGUMENT, MISSING, Outcome, Refused, Reply, Row
from routeros.simulator.parts import accounts
from routeros.simulator.parts.files import Files
from routeros.simulator.parts.journal import note
from routeros.simulator.router import Change, Router


def _show(router: Router, rows: Sequence[Row], _: Container[str]) -> Sequence[Row]:
    """Tell of each key what it is; the key itself is not shown."""
    return [_shown(router.model, row) for row in rows]


def _shown(model: Model, row: Row) -> Row:
    public = parsed(model.version, row["key"])
    shown: Row = {name: row[name] for name in (".id", "user") if name in row}
    if model.version.major > 6:
        shown["key-type"] = public.kind
    shown["bits"] = str(public.bits)
    if model.version >= RENAMED:
        return shown | {"fingerprint": public.fingerprint, "info": public.comment}
    return shown | {"key-owner": public.comment}


def _add(router: Router, call: Call) -> Outcome:
    return Reply(returned=_keep(router, call, _asked(call, "key")))


def _import(router: Router, call: Call) -> Outcome:
    """Take a key out of a file, which is gone afterwards."""
    name, files = _asked(call, "public-key-file"), router.part(Files)
    _keep(router, call, files.read(name).decode("utf-8", "replace"))
    files.remove(name)
    return Reply()


def _remove(router: Router, call: Call) -> Outcome:
    return writing.remove(router, menus(router.model)[STORE], call)


def _keep(router: Router, call: Call, key: str) -> str:
    user = _asked(call, "user")
    if accounts.user(router, user) is None:
        raise Refused("input does not match any value of user", ARGUMENT)
    parsed(router.model.version, key)
    row = {"user": user, "key": key.strip()}
    id = keys(router).add(row)
    note(router, Change(STORE, STORE, None, {".id": id, **row}, who=call.who))
    return id


def _asked(call: Call, name: str) -> str:
    if not call.attributes.get(name):
        raise Refused(f"missing value for argument {name}", MISSING)
    return call.attributes[name]


_COMMANDS = {"import": _import, "remove": _remove}
OLD = Menu(STORE, show=_show, exists=is_six, commands=_COMMANDS)
NEW = Menu(STORE, show=_show, exists=is_seven, commands={**_COMMANDS, "add": _add})
