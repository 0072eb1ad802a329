"""Runs what was read: values are evaluated, variables kept, and commands handed to who knows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from routeros.simulator.console import values
from routeros.simulator.console.printed import Stopped
from routeros.simulator.console.syntax import (
    Argument,
    Block,
    Calling,
    Code,
    Command,
    Joined,
    Listing,
    Node,
    Operation,
    Property,
    Script,
    Statement,
    Substitution,
    Text,
    Variable,
)
from routeros.simulator.console.values import Returned, Value
from routeros.simulator.outcome import Steps
from routeros.simulator.parts.runs import finish
from routeros.simulator.router import Active, Router

MOST_TURNS = 10_000
"""A script that runs on for ever ends here: nobody could interrupt it."""


class Globals:
    """The variables of ``:global``, which last until the router restarts; a part of a router."""

    def __init__(self, router: Router) -> None:
        self._kept: dict[str, dict[str, Value]] = {}
        router.down.append(self._kept.clear)

    def of(self, who: Active | None) -> dict[str, Value]:
        """The variables of one user."""
        return self._kept.setdefault(who.name if who else "*sys", {})


@dataclass(eq=False)
class Machine:
    """One run. ``act`` runs a command and returns its value; ``depth`` is above 0 within brackets.

    Commands are steps that may take time; within brackets they take none.
    """

    router: Router
    who: Active | None
    act: Callable[[Machine, Command], Steps[Value]]
    out: list[str] = field(default_factory=list)
    scopes: list[dict[str, Value]] = field(default_factory=lambda: [{}])
    depth: int = 0
    row: Mapping[str, str] | None = None
    turns: int = 0

    def say(self, line: str) -> None:
        """Print a line."""
        self.out.append(line + "\n")

    def whole(self, script: Script) -> Steps[Value]:
        """Run the commands of a whole text, with a step between two of them."""
        value: Value = None
        for place, statement in enumerate(script.statements):
            if place:
                yield timedelta()
            value = yield from self.statement(statement)
        return value

    def script(self, script: Script) -> Steps[Value]:
        """Run commands in order and return the value of the last."""
        value: Value = None
        for statement in script.statements:
            value = yield from self.statement(statement)
        return value

    def statement(self, statement: Statement) -> Steps[Value]:
        """Run one command; raises Stopped."""
        match statement:
            case Block(script):
                return (yield from self.within(script, {}))
            case Calling():
                return (yield from self._called(statement))
            case _:
                return (yield from self.act(self, statement))

    def step(self) -> None:
        """Count a turn of a loop or a call; raises Stopped after too many."""
        self.turns += 1
        if self.turns > MOST_TURNS:
            raise Stopped("interrupted")

    def within(self, script: Script, own: dict[str, Value]) -> Steps[Value]:
        """Run commands in a scope of their own."""
        self.scopes.append(own)
        try:
            return (yield from self.script(script))
        finally:
            self.scopes.pop()

    def _called(self, calling: Calling) -> Steps[Value]:
        code = self.variable(calling.name)
        if not isinstance(code, Code) or code.script is None:
            raise Stopped(f"no such function {calling.name}" if code is None else "not a function")
        self.step()
        own = {argument.name or "": self.argument(argument) for argument in calling.arguments}
        scopes, self.scopes = self.scopes, [own]
        try:
            return (yield from self.script(code.script))
        except Returned as returned:
            return returned.value
        finally:
            self.scopes = scopes

    def argument(self, argument: Argument) -> Value:
        """Evaluate an argument; one without a value is true."""
        return True if argument.value is None else self.value(argument.value)

    def written(self, node: Node) -> str:
        """Evaluate what a menu takes: bare words stay as they are."""
        return node.value if isinstance(node, Text) else values.text(self.value(node), ",")

    def value(self, node: Node) -> Value:
        """Evaluate what stands for a value."""
        match node:
            case Text(written, bare):
                return values.typed(written) if bare else written
            case Joined(parts):
                return "".join(values.text(self.value(part)) for part in parts)
            case Variable(name):
                return self.variable(name)
            case Property(name):
                return values.typed(self.row[name]) if self.row and name in self.row else None
            case Substitution(script):
                return self._substituted(script)
            case Listing(items):
                return self._listed(items)
            case Operation():
                return self._operated(node)
            case Code():
                return node

    def _substituted(self, script: Script) -> Value:
        self.depth += 1
        try:
            return finish(self.within(script, {}))
        except Returned as returned:
            return returned.value
        finally:
            self.depth -= 1

    def _listed(self, items: tuple[tuple[Node | None, Node], ...]) -> Value:
        if items and all(name is not None for name, _ in items):
            return {values.text(self.value(name)): self.value(item) for name, item in items if name is not None}
        return [self.value(item) for _, item in items]

    def _operated(self, operation: Operation) -> Value:
        sign, left, right = operation.sign, operation.left, operation.right
        if left is None:
            return not self.holds(right) if sign == "!" else values.OPERATORS["-"](0, self.value(right))
        if sign in ("and", "&&"):
            return self.holds(left) and self.holds(right)
        if sign in ("or", "||"):
            return self.holds(left) or self.holds(right)
        if sign not in values.OPERATORS:
            raise Stopped("syntax error")
        return values.OPERATORS[sign](self.value(left), self.value(right))

    def holds(self, node: Node) -> bool:
        """Tell whether a condition holds; a property alone holds where it is there and not false."""
        value = self.value(node)
        return values.present(value) if isinstance(node, (Property, Variable)) else values.true(value)

    def matches(self, where: Node | None, row: Mapping[str, str]) -> bool:
        """Tell whether a row passes a condition."""
        if where is None:
            return True
        before, self.row = self.row, row
        try:
            return self.holds(where)
        finally:
            self.row = before

    def variable(self, name: str) -> Value:
        """Find a variable, the innermost first; within a condition a property may bear the name."""
        for scope in reversed(self.scopes):
            if name in scope:
                return scope[name]
        if self.row is not None and name in self.row:
            return values.typed(self.row[name])
        return self.globals.get(name)

    def assign(self, name: str, value: Value) -> None:
        """Give a variable that is there another value."""
        for scope in (*reversed(self.scopes), self.globals):
            if name in scope:
                scope[name] = value
                return
        self.scopes[-1][name] = value

    @property
    def globals(self) -> dict[str, Value]:
        return self.router.part(Globals).of(self.who)
