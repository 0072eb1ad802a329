"""Who may enter, ``/user``, and who is in, ``/user/active``."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence

from routeros.simulator import writing
from routeros.simulator.catalogue import menus
from routeros.simulator.device import formats
from routeros.simulator.doors.wire import Call
from routeros.simulator.fields import firm, flag, listed, prefix, ref, secret, text
from routeros.simulator.menu import Menu
from routeros.simulator.outcome import Outcome, Refused, Row
from routeros.simulator.parts import accounts
from routeros.simulator.router import Router
from routeros.simulator.selecting import asked, chosen


def _shown(router: Router, rows: Sequence[Row], __: Container[str]) -> Sequence[Row]:
    """Nobody is told a password, but when each of them last came."""
    return [
        {**{name: value for name, value in row.items() if name != "password"}, **_came(router, row["name"])}
        for row in rows
    ]


def _came(router: Router, name: str) -> Row:
    if name not in router.came:
        return {}
    return {"last-logged-in": formats.moment(router.model.version, router.local(router.came[name]))}


def _admit(_: Router, __: Iterable[Row], row: Row) -> None:
    for name, value in (("address", ""), ("password", ""), ("disabled", "false")):
        row.setdefault(name, value)


def _set(router: Router, call: Call) -> Outcome:
    menu = menus(router.model)[accounts.USERS]
    values = {name: value for name, value in call.attributes.items() if name in ("group", "disabled")}
    _keep_one(router, call, lambda row: row | values)
    return writing.set_(router, menu, call)


def _disable(router: Router, call: Call) -> Outcome:
    _keep_one(router, call, lambda row: row | {"disabled": "yes"})
    return writing.switched("true")(router, menus(router.model)[accounts.USERS], call)


def _remove(router: Router, call: Call) -> Outcome:
    _keep_one(router, call, lambda row: None)
    return writing.remove(router, menus(router.model)[accounts.USERS], call)


def _keep_one(router: Router, call: Call, become: Callable[[Row], Row | None]) -> None:
    """Refuse to leave nobody who may make users."""
    meant = chosen(router, menus(router.model)[accounts.USERS], asked(call))
    table = router.table(accounts.USERS, accounts.nobody)
    left = [become(row) if row in meant else row for row in table]
    if not any(row and row["disabled"] in ("no", "false") and _rules(router, row) for row in left):
        raise Refused("failure: last user with full permissions can not be removed")


def _rules(router: Router, row: Row) -> bool:
    return "policy" in accounts.rights(router, row["group"])


def _active(router: Router, _: Sequence[Row], __: Container[str]) -> Sequence[Row]:
    version = router.model.version
    return [
        {
            ".id": active.id,
            "when": formats.moment(version, router.local(active.since)),
            "name": active.name,
            "address": active.host,
            "via": "api" if active.via == "api-ssl" else active.via,
            "group": active.group,
            "radius": formats.flag(False),
        }
        for active in router.active.values()
    ]


USERS = Menu(
    accounts.USERS,
    accounts.nobody,
    _shown,
    fields={
        "name": text(),
        "group": ref(accounts.GROUPS),
        "address": firm(listed(prefix())),
        "password": firm(secret(text())),
        "comment": text(),
        "disabled": flag(),
    },
    required=("name", "group"),
    unique={("name",): "failure: user with the same name already exists"},
    admit=_admit,
    commands={"set": _set, "disable": _disable, "remove": _remove},
)
ACTIVE = Menu("/user/active", show=_active)
