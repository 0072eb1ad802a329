"""A command line: where it is, what it printed last, and running text in it."""

from __future__ import annotations

from routeros.simulator.console import language
from routeros.simulator.console.grammar import Grammar
from routeros.simulator.console.machine import Machine
from routeros.simulator.console.menus import Menus
from routeros.simulator.console.printed import Printed, Stopped, Unreadable
from routeros.simulator.console.syntax import Command, Script
from routeros.simulator.console.values import Returned, Value
from routeros.simulator.outcome import Steps
from routeros.simulator.parts.runs import finish
from routeros.simulator.router import Active, Router

TOO_DEEP = "maximum nesting depth reached"


class Shell:
    """One person's command line; ``menu`` is where it stands (``/ip/address``, or nothing at the top)."""

    def __init__(self, router: Router, who: Active | None = None) -> None:
        self.menu = ""
        self._router, self._who = router, who
        self._menus = Menus(router, lambda: Shell(router, who))

    def check(self, script: str) -> Printed:
        """Read text without running it."""
        read = self._read(script)
        return read if isinstance(read, Printed) else Printed()

    def run(self, script: str) -> Printed:
        """Run text as if it took no time."""
        return finish(self.play(script))

    def play(self, script: str) -> Steps[Printed]:
        """Run text; where it cannot be read nothing of it is run, where a command fails those before it stay done."""
        read = self._read(script)
        if isinstance(read, Printed):
            return read
        commands, menu = read
        machine = Machine(self._router, self._who, self._act)
        try:
            yield from machine.whole(commands)
        except Stopped as stopped:
            machine.say(stopped.message)
            return Printed("".join(machine.out), failed=True, error=stopped.message, place=stopped.place)
        except Returned:
            pass
        except RecursionError:
            machine.say(TOO_DEEP)
            return Printed("".join(machine.out), failed=True, error=TOO_DEEP)
        self.menu = menu
        return Printed("".join(machine.out))

    def _read(self, script: str) -> tuple[Script, str] | Printed:
        """Read text: its commands and where they go to, or what is wrong with it."""
        grammar = Grammar(script, self._menus.paths, self.menu)
        try:
            return grammar.read(), grammar.menu
        except Unreadable as error:
            return Printed(f"{error}\n", failed=True, error=str(error), unreadable=True)
        except RecursionError:
            return Printed(f"{TOO_DEEP}\n", failed=True, error=TOO_DEEP, unreadable=True)

    def _act(self, machine: Machine, command: Command) -> Steps[Value]:
        if command.menu == ":":
            return language.run(machine, command)
        return self._menus.run(machine, command)


def play(router: Router, who: Active | None, script: str) -> Steps[Printed]:
    """Run console text a step at a time."""
    return Shell(router, who).play(script)


def execute(router: Router, who: Active | None, script: str) -> Printed:
    """Run console text as if it took no time: ``/system identity set name=x; :put [/system identity get name]``."""
    return Shell(router, who).run(script)
