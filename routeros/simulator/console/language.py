"""The commands of the language itself: ``:put``, ``:if``, ``:foreach`` and the like."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

from routeros.simulator.console import values
from routeros.simulator.console.grammar import Grammar
from routeros.simulator.console.machine import Machine
from routeros.simulator.console.paths import of
from routeros.simulator.console.printed import Stopped, Unreadable
from routeros.simulator.console.syntax import Argument, Code, Command, Node, Text
from routeros.simulator.console.values import Returned, Value
from routeros.simulator.outcome import Steps
from routeros.simulator.parts.log import Log
from routeros.values import duration


class Given:
    """The arguments of one command, evaluated when they are asked for."""

    def __init__(self, machine: Machine, command: Command) -> None:
        self._machine = machine
        self._arguments = {argument.name: argument for argument in command.arguments}

    def __contains__(self, name: str) -> bool:
        return name in self._arguments

    def _find(self, name: str) -> Argument:
        if name not in self._arguments:
            raise Stopped(f"missing value(s) of argument(s) {name}")
        return self._arguments[name]

    def value(self, name: str) -> Value:
        """Evaluate an argument; raises Stopped where it is missing."""
        return self._machine.argument(self._find(name))

    def text(self, name: str) -> str:
        return values.text(self.value(name))

    def word(self, name: str) -> str:
        """Take the name of a variable as it stands."""
        node = self._find(name).value
        return node.value if isinstance(node, Text) else ""

    def node(self, name: str) -> Node:
        return self._find(name).value or Text("true", bare=True)

    def run(self, name: str, own: dict[str, Value] | None = None) -> Steps[Value]:
        """Run the commands that an argument holds."""
        self._machine.step()
        code = self.node(name)
        if not isinstance(code, Code) or code.script is None:
            raise Stopped("syntax error")
        return (yield from self._machine.within(code.script, own or {}))


def run(machine: Machine, command: Command) -> Steps[Value]:
    """Run one command of the language; raises Stopped."""
    given = Given(machine, command)
    if command.verb in _LASTING:
        return (yield from _LASTING[command.verb](machine, given))
    return _COMMANDS[command.verb](machine, given)


def _put(machine: Machine, given: Given) -> Value:
    machine.say(given.text("message"))
    return None


def _log(machine: Machine, given: Given) -> Value:
    machine.router.part(Log).add(f"script,{given.text('topics')}", given.text("message"))
    return None


def _local(machine: Machine, given: Given) -> Value:
    machine.scopes[-1][given.word("name")] = _stored(given)
    return None


def _global(machine: Machine, given: Given) -> Value:
    name = given.word("name")
    if "value" in given or "do" in given:
        machine.globals[name] = _stored(given)
    else:
        machine.globals.setdefault(name, None)
    return None


def _set(machine: Machine, given: Given) -> Value:
    machine.assign(given.word("name"), _stored(given))
    return None


def _stored(given: Given) -> Value:
    if "do" in given:
        return given.value("do")
    return given.value("value") if "value" in given else None


def _if(machine: Machine, given: Given) -> Steps[Value]:
    branch = "do" if machine.holds(given.node("condition")) else "else"
    return (yield from given.run(branch)) if branch in given else None


def _foreach(machine: Machine, given: Given) -> Steps[Value]:
    names = given.word("counter").split(",")
    value = given.value("in")
    if len(names) == 2:
        pairs = value.items() if isinstance(value, dict) else enumerate(values.items(value))
        for key, item in pairs:
            yield from given.run("do", {names[0]: key, names[1]: item})
        return None
    for item in values.items(value):
        yield from given.run("do", {names[0]: item})
    return None


def _for(machine: Machine, given: Given) -> Steps[Value]:
    first, last = _whole(given, "from"), _whole(given, "to")
    step = _whole(given, "step") if "step" in given else (1 if last >= first else -1)
    if step == 0:
        raise Stopped("step cannot be zero")
    for number in range(first, last + (1 if step > 0 else -1), step):
        yield from given.run("do", {given.word("counter"): number})
    return None


def _whole(given: Given, name: str) -> int:
    value = given.value(name)
    if not isinstance(value, int):
        raise Stopped(f"invalid value for argument {name}")
    return value


def _while(machine: Machine, given: Given) -> Steps[Value]:
    while machine.holds(given.node("condition")):
        yield from given.run("do")
    return None


def _do(machine: Machine, given: Given) -> Steps[Value]:
    """Run commands, again while a condition holds; ``on-error`` goes on where they fail."""
    try:
        value = yield from given.run("do")
        while "while" in given and machine.holds(given.node("while")):
            value = yield from given.run("do")
    except Stopped:
        if "on-error" not in given:
            raise
        return (yield from given.run("on-error"))
    return value


def _error(machine: Machine, given: Given) -> Value:
    raise Stopped(given.text("message"))


def _return(machine: Machine, given: Given) -> Value:
    raise Returned(given.value("value"))


def _delay(machine: Machine, given: Given) -> Steps[Value]:
    """Wait; a number alone is seconds."""
    written = given.text("delay-time") if "delay-time" in given else "0s"
    try:
        span = duration(f"{written}s" if written.isdecimal() else written)
    except ValueError as error:
        raise Stopped("invalid value for argument delay-time") from error
    if span > timedelta():
        yield span
    return None


def _len(machine: Machine, given: Given) -> Value:
    value = given.value("value")
    return len(value) if isinstance(value, (list, dict)) else len(values.text(value))


def _pick(machine: Machine, given: Given) -> Value:
    value, begin = given.value("value"), _whole(given, "begin")
    end = _whole(given, "end") if "end" in given else begin + 1
    if isinstance(value, list):
        return value[begin:end] if "end" in given else values.at(value, begin)
    return values.text(value)[begin:end]


def _find(machine: Machine, given: Given) -> Value:
    value, what = given.value("value"), given.value("what")
    start = _whole(given, "from") + 1 if "from" in given else 0
    if isinstance(value, list):
        return value.index(what, start) if what in value[start:] else None
    place = values.text(value).find(values.text(what), start)
    return None if place < 0 else place


def _tonum(machine: Machine, given: Given) -> Value:
    value = values.typed(given.text("value"))
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _tobool(machine: Machine, given: Given) -> Value:
    value = values.typed(given.text("value"))
    return value if isinstance(value, bool) else None


def _parse(machine: Machine, given: Given) -> Value:
    """Read a text as commands, which run when the value is called."""
    source = given.text("value")
    try:
        return Code(Grammar(source, of(machine.router.model)).read(), source)
    except Unreadable as error:
        raise Stopped(str(error)) from error


_COMMANDS: Final[Mapping[str, Callable[[Machine, Given], Value]]] = {
    "put": _put,
    "log": _log,
    "local": _local,
    "global": _global,
    "set": _set,
    "error": _error,
    "return": _return,
    "len": _len,
    "pick": _pick,
    "find": _find,
    "tostr": lambda machine, given: given.text("value"),
    "tonum": _tonum,
    "tobool": _tobool,
    "toarray": lambda machine, given: values.items(given.value("value")),
    "toid": lambda machine, given: given.text("value"),
    "toip": lambda machine, given: given.text("value"),
    "totime": lambda machine, given: given.text("value"),
    "typeof": lambda machine, given: values.kind(given.value("value")),
    "parse": _parse,
    "nothing": lambda machine, given: None,
    "beep": lambda machine, given: None,
}

_LASTING: Final[Mapping[str, Callable[[Machine, Given], Steps[Value]]]] = {
    "if": _if,
    "foreach": _foreach,
    "for": _for,
    "while": _while,
    "do": _do,
    "delay": _delay,
}
"""Commands that may take time, as what they run may."""
