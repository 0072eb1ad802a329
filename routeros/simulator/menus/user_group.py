"""What those in a group may do: ``/user/group``. Sessions that are open keep what they had."""

from __future__ import annotations

from collections.abc import Iterable

from routeros.simulator import accounts, editing
from routeros.simulator.menu import Menu, words
from routeros.simulator.outcome import ARGUMENT, Outcome, Refused, Reply, Row
from routeros.simulator.router import Router
from routeros.simulator.wire import Call

_OWN = ("read", "write", "full")
_WRITABLE = {"name": words, "policy": words, "skin": words, "comment": words}


def _listed(router: Router, policy: str) -> str:
    version = router.model.version
    named = {name.lstrip("!") for name in policy.split(",") if name}
    if not named <= set(accounts.policies(version)):
        raise Refused("input does not match any value of policy", ARGUMENT)
    return accounts.listed(version, accounts.granted(policy))


def _admit(router: Router, rows: Iterable[Row], row: Row) -> None:
    if any(known["name"] == row["name"] for known in rows):
        raise Refused("failure: group with the same name already exists")
    row["policy"] = _listed(router, row.get("policy", ""))
    row.setdefault("skin", "default")


def _set(router: Router, call: Call) -> Outcome:
    table = router.table(accounts.GROUPS, accounts.groups)
    values = editing.checked(_WRITABLE, call)
    if "policy" in values:
        values["policy"] = _listed(router, values["policy"])
    editing.amend(router, accounts.GROUPS, editing.chosen(table, call), values, call.who)
    return Reply()


def _remove(router: Router, call: Call) -> Outcome:
    rows = editing.chosen(router.table(accounts.GROUPS, accounts.groups), call)
    names = {row["name"] for row in rows}
    if names & set(_OWN):
        raise Refused("failure: can not remove default group")
    if any(user["group"] in names for user in router.table(accounts.USERS, accounts.nobody)):
        raise Refused("failure: group is in use")
    editing.drop(router, accounts.GROUPS, rows, call.who)
    return Reply()


MENU = Menu(
    accounts.GROUPS,
    accounts.groups,
    writable=_WRITABLE,
    required=("name",),
    admit=_admit,
    commands={"set": _set, "remove": _remove},
)
