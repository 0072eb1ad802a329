"""What a router does with a command: the menu that it is for, whether it may, and the verb."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from routeros.simulator import reading, writing
from routeros.simulator.catalogue import every, menus, prefixes
from routeros.simulator.device.model import Model
from routeros.simulator.doors.wire import Call
from routeros.simulator.menu import Menu
from routeros.simulator.outcome import MISSING, Outcome, Refused
from routeros.simulator.parts import policy
from routeros.simulator.router import Router

__all__ = ["every", "menus", "run"]


def run(router: Router, call: Call) -> Outcome:
    """Do what a command says; raises Refused for what the router refuses."""
    here = menus(router.model)
    menu = here.get("" if call.verb in EVERYWHERE and call.menu in prefixes(router.model) else call.menu)
    if menu is None or call.verb not in menu.verbs:
        raise Refused(_unknown(router.model, call), MISSING)
    policy.require(router, menu, call)
    router.turn += 1
    own = menu.commands.get(call.verb)
    return own(router, call) if own else _VERBS[call.verb](router, menu, call)


def _unknown(model: Model, call: Call) -> str:
    """A menu that leads to others is a prefix too; only what is missing in it is a command."""
    return "no such command" if call.menu in prefixes(model) else "no such command prefix"


_VERBS: Mapping[str, Callable[[Router, Menu, Call], Outcome]] = {
    "print": reading.print_,
    "getall": reading.print_,
    "get": reading.get,
    "find": reading.find,
    "listen": reading.listen,
    "set": writing.set_,
    "enable": writing.switched("false"),
    "disable": writing.switched("true"),
    "comment": writing.comment,
    "unset": writing.unset,
    "reset": writing.reset,
    "add": writing.add,
    "remove": writing.remove,
    "move": writing.move,
}

EVERYWHERE = frozenset({"export"})
"""Commands of the top that every menu has too, and every path that leads to one."""
