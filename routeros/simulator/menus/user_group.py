"""What those in a group may do: ``/user/group``. Sessions that are open keep what they had."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from routeros.simulator import writing
from routeros.simulator.catalogue import menus
from routeros.simulator.doors.wire import Call
from routeros.simulator.fields import firm, text
from routeros.simulator.menu import Menu
from routeros.simulator.outcome import ARGUMENT, Outcome, Refused, Row
from routeros.simulator.parts import accounts
from routeros.simulator.router import Router
from routeros.simulator.selecting import asked, chosen

_OWN = ("read", "write", "full")


def _listed(router: Router, policy: str) -> str:
    version = router.model.version
    named = {name.lstrip("!") for name in policy.split(",") if name}
    if not named <= set(accounts.policies(version)):
        raise Refused("input does not match any value of policy", ARGUMENT)
    return accounts.listed(version, accounts.granted(policy))


def _admit(router: Router, _: Iterable[Row], row: Row) -> None:
    row["policy"] = _listed(router, row.get("policy", ""))


def _set(router: Router, call: Call) -> Outcome:
    said = dict(call.attributes)
    if "policy" in said:
        said["policy"] = _listed(router, said["policy"])
    return writing.set_(router, menus(router.model)[accounts.GROUPS], replace(call, attributes=said))


def _remove(router: Router, call: Call) -> Outcome:
    menu = menus(router.model)[accounts.GROUPS]
    names = {row["name"] for row in chosen(router, menu, asked(call))}
    if any(user["group"] in names for user in router.table(accounts.USERS, accounts.nobody)):
        raise Refused("failure: group is in use")
    return writing.remove(router, menu, call)


def _kept(row: Row) -> str | None:
    return "failure: can not remove default group" if row["name"] in _OWN else None


MENU = Menu(
    accounts.GROUPS,
    accounts.groups,
    fields={"name": text(), "policy": firm(text()), "skin": text("default"), "comment": text()},
    required=("name",),
    unique={("name",): "failure: group with the same name already exists"},
    admit=_admit,
    kept=_kept,
    commands={"set": _set, "remove": _remove},
)
