"""Commands of menus: console words become a call to the one tree, and its answer is printed or returned."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, NoReturn

from routeros.simulator import exporting, tree
from routeros.simulator.console import importing, printing, values
from routeros.simulator.console.machine import Machine
from routeros.simulator.console.paths import ITEMS, Paths, of
from routeros.simulator.console.printed import Stopped
from routeros.simulator.console.syntax import Argument, Command
from routeros.simulator.console.values import Value
from routeros.simulator.doors.wire import Call
from routeros.simulator.outcome import Lasting, Outcome, Refused, Repeated, Reply, Row, Steps, Watched
from routeros.simulator.parts import policy
from routeros.simulator.router import Router

_ABOUT: Final = re.compile(r"(?:any value of|for argument|value of) ([\w.-]+)")
_UNKNOWN: Final = re.compile(r"unknown parameter (.*)")
_MISSING: Final = re.compile(r"missing value for argument (.*)")
MOST_SAMPLES: Final = 100
"""A monitor that would go on for ever tells one sample, one that is counted at most so many."""


class Menus:
    """The menus of one router; remembers the numbers of what each of them printed last.

    ``shell`` opens another command line of the same person.
    """

    def __init__(self, router: Router, shell: Callable[[], importing.Line]) -> None:
        self.paths: Paths = of(router.model)
        self._shell = shell
        self._numbers: dict[str, list[str]] = {}

    def run(self, machine: Machine, command: Command) -> Steps[Value]:
        """Run one command of a menu; raises Stopped."""
        if not command.verb:
            return None
        if command.verb == "print":
            return self._print(machine, command)
        if command.verb == "find":
            rows = [row for row in self._rows(machine, command) if machine.matches(command.where, row)]
            return [row[".id"] for row in rows if ".id" in row]
        return (yield from self._other(machine, command))

    def _rows(self, machine: Machine, command: Command, **more: str) -> Sequence[Row]:
        outcome = self._call(machine, command, "print", more)
        return outcome.rows if isinstance(outcome, Reply) else ()

    def _print(self, machine: Machine, command: Command) -> Value:
        given = {a.name or "": self._written(machine, command, a) for a in command.arguments}
        rows = self._rows(machine, command)
        if "from" in given:
            chosen = given["from"].split(",")
            rows = [row for row in rows if row.get(".id") in chosen or row.get("name") in chosen]
        rows = [row for row in rows if machine.matches(command.where, row)]
        self._numbers[command.menu] = [row[".id"] for row in rows if ".id" in row]
        if "as-value" in given:
            return printing.as_value(rows, single=self.paths.single(command.menu))
        if "count-only" in given:
            if not machine.depth:
                machine.say(str(len(rows)))
            return len(rows)
        shown = printing.Listing(
            command.menu, self.paths.single(command.menu), machine.router.model.version.major, frozenset(given)
        )
        machine.out.append(shown.write(rows, given.get("proplist", "")))
        return None

    def _other(self, machine: Machine, command: Command) -> Steps[Value]:
        given: dict[str, str] = {}
        for argument in command.arguments:
            given[argument.name or ""] = self._written(machine, command, argument)
        wanted = [name for name in ITEMS if name in given]
        if wanted:
            marks = given.pop(wanted[0])
            if not marks:
                return self._none(command)
            given[".id" if command.verb not in _BY_NUMBERS else "numbers"] = marks
        elif "numbers" in self.paths.unnamed(command.menu, command.verb) and command.verb in _ITEMS_NEEDED:
            raise Stopped("missing value(s) of argument(s) numbers", self._place(command))
        nested = given.pop("as-value", None) is not None
        if command.verb == "import" and not command.menu:
            return (yield from self._import(machine, command, given))
        outcome = self._call(machine, command, command.verb, given)
        if isinstance(outcome, Lasting):
            outcome = yield from self._last(command, outcome)
        if command.verb == "export" and "file" not in given:
            return self._export(machine, command, given)
        return self._told(machine, command, outcome, nested or machine.depth > 0)

    def _none(self, command: Command) -> Value:
        """Nothing was found: to change nothing is no error, to read nothing is."""
        if command.verb == "get":
            raise Stopped("no such item", self._place(command))
        return None

    def _written(self, machine: Machine, command: Command, argument: Argument) -> str:
        """Write an argument as the tree takes it."""
        if argument.value is None:
            flag = command.verb in ("set", "add") and not (argument.name or "").startswith("!")
            return "yes" if flag else ""
        value = machine.argument(argument)
        if argument.name in (*ITEMS, "from", "destination", "place-before", "copy-from"):
            return ",".join(self._item(machine, command, item) for item in values.items(value))
        return machine.written(argument.value)

    def _item(self, machine: Machine, command: Command, value: Value) -> str:
        """Take a number for the item that was printed with it, or would be."""
        mark = values.text(value)
        if not mark.isdigit():
            return mark
        if command.menu not in self._numbers:
            rows = self._rows(machine, command)
            self._numbers[command.menu] = [row[".id"] for row in rows if ".id" in row]
        known = self._numbers[command.menu]
        return known[int(mark)] if int(mark) < len(known) else mark

    def _call(self, machine: Machine, command: Command, verb: str, given: dict[str, str]) -> Outcome:
        call = Call(command.menu, verb, given, who=machine.who)
        try:
            return tree.run(machine.router, call)
        except Refused as refused:
            self._refuse(command, refused.message)

    def _last(self, command: Command, outcome: Lasting) -> Steps[Outcome]:
        try:
            return (yield from outcome.steps)
        except Refused as refused:
            self._refuse(command, refused.message)

    def _refuse(self, command: Command, message: str) -> NoReturn:
        """Say what the tree refused in the words of the console."""
        if unknown := _UNKNOWN.match(message):
            message = "expected end of command" if command.verb in ("set", "add") else f"bad parameter {unknown[1]}"
        elif missing := _MISSING.match(message):
            message = f"missing value(s) of argument(s) {missing[1]}"
        elif message.startswith("no such command"):
            message = f"bad command name {command.verb}"
        about = _ABOUT.search(message)
        raise Stopped(message, self._place(command, f" ({about[1]})" if about else ""))

    def _place(self, command: Command, about: str = "") -> str:
        return f"{command.menu}/{command.verb}{about}; line {command.line}"

    def _export(self, machine: Machine, command: Command, given: dict[str, str]) -> Value:
        """Print the configuration."""
        style = exporting.style(machine.router, Call(command.menu, command.verb, given))
        if command.where is not None:
            style = replace(style, keep=lambda row: machine.matches(command.where, row))
        machine.out.append(exporting.export(machine.router, style))
        return None

    def _import(self, machine: Machine, command: Command, given: dict[str, str]) -> Steps[Value]:
        """Run a file, and print what it prints."""
        try:
            policy.require(machine.router, self.paths.menus[""], Call("", "import", given, who=machine.who))
            loaded = yield from importing.load(machine.router, given, self._shell)
        except Refused as refused:
            self._refuse(command, refused.message)
        machine.out.append(loaded.text)
        if loaded.error:
            raise Stopped(loaded.error, self._place(command))
        machine.say(f"\n{importing.DONE}")
        return True

    def _told(self, machine: Machine, command: Command, outcome: Outcome, nested: bool) -> Value:
        match outcome:
            case Reply(rows, returned) if not rows:
                if returned is None or command.verb != "get":
                    return returned
                return values.typed(returned)
            case Reply(rows):
                samples = [rows]
            case Repeated(rows=make, count=count):
                samples = [make() for _ in range(min(count or 1, MOST_SAMPLES))]
            case Watched() | Lasting():
                return None
        told = [row for rows in samples for row in rows]
        if nested:
            return printing.as_value(told, single=len(told) == 1)
        machine.out.append(printing.sampled(told))
        return None


_BY_NUMBERS: Final = frozenset({"monitor", "move"})
_ITEMS_NEEDED: Final = frozenset({"set", "remove", "enable", "disable", "get", "comment", "move", "unset"})
