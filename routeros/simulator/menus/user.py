"""Who may enter, ``/user``, and who is in, ``/user/active``."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from ipaddress import ip_network

from routeros.simulator import accounts, editing, formats
from routeros.simulator.menu import Menu, switch, words
from routeros.simulator.outcome import ARGUMENT, Outcome, Refused, Reply, Row
from routeros.simulator.router import Router
from routeros.simulator.wire import Call


def _shown(_: Router, rows: Sequence[Row], __: Container[str]) -> Sequence[Row]:
    """Nobody is told a password."""
    return [{name: value for name, value in row.items() if name != "password"} for row in rows]


def _networks(name: str, value: str) -> str:
    try:
        for place in filter(None, value.split(",")):
            ip_network(place, strict=False)
    except ValueError as error:
        raise Refused(f"invalid value for argument {name}", ARGUMENT) from error
    return value


_WRITABLE = {
    "name": words, "group": words, "password": words, "address": _networks, "comment": words, "disabled": switch,
}  # fmt: skip


def _admit(router: Router, rows: Iterable[Row], row: Row) -> None:
    _check(router, list(rows), row)
    for name, value in (("address", ""), ("password", ""), ("disabled", "false")):
        row.setdefault(name, value)


def _check(router: Router, others: Sequence[Row], values: Row) -> None:
    groups = router.table(accounts.GROUPS, accounts.groups)
    if "group" in values and values["group"] not in {group["name"] for group in groups}:
        raise Refused("input does not match any value of group", ARGUMENT)
    if any(other["name"] == values.get("name") for other in others):
        raise Refused("failure: user with the same name already exists")


def _set(router: Router, call: Call) -> Outcome:
    return _change(router, call, editing.checked(_WRITABLE, call))


def _disable(router: Router, call: Call) -> Outcome:
    return _change(router, call, {"disabled": "true"})


def _change(router: Router, call: Call, values: Row) -> Outcome:
    table = router.table(accounts.USERS, accounts.nobody)
    rows = editing.chosen(table, call)
    _check(router, [row for row in table if row not in rows], values)
    _keep_one(router, [{**row, **values} if row in rows else row for row in table])
    editing.amend(router, accounts.USERS, rows, values, call.who)
    return Reply()


def _remove(router: Router, call: Call) -> Outcome:
    table = router.table(accounts.USERS, accounts.nobody)
    rows = editing.chosen(table, call)
    _keep_one(router, [row for row in table if row not in rows])
    editing.drop(router, accounts.USERS, rows, call.who)
    return Reply()


def _keep_one(router: Router, rows: Sequence[Row]) -> None:
    """Refuse to leave nobody who may make users."""
    if not any("policy" in accounts.rights(router, row["group"]) for row in rows if row["disabled"] == "false"):
        raise Refused("failure: last user with full permissions can not be removed")


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
    writable=_WRITABLE,
    required=("name", "group"),
    admit=_admit,
    commands={"set": _set, "disable": _disable, "remove": _remove},
)
ACTIVE = Menu("/user/active", show=_active)
