"""Reads console text whole, before anything of it is run: menus, commands and their arguments."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Final, NoReturn

from routeros.simulator.console.expressions import Expressions
from routeros.simulator.console.paths import Paths, pick
from routeros.simulator.console.scanner import Scanner
from routeros.simulator.console.syntax import Argument, Block, Calling, Command, Node, Script, Statement, Text

LANGUAGE: Final[Mapping[str, tuple[str, ...]]] = {
    "put": ("message",),
    "log": ("topics", "message"),
    "local": ("name", "value"),
    "global": ("name", "value"),
    "set": ("name", "value"),
    "if": ("condition", "do"),
    "foreach": ("counter", "in", "do"),
    "for": ("counter", "from", "to", "step", "do"),
    "while": ("condition", "do"),
    "do": ("do",),
    "error": ("message",),
    "return": ("value",),
    "delay": ("delay-time",),
    "len": ("value",),
    "pick": ("value", "begin", "end"),
    "find": ("value", "what", "from"),
    "tostr": ("value",),
    "tonum": ("value",),
    "tobool": ("value",),
    "toarray": ("value",),
    "toid": ("value",),
    "toip": ("value",),
    "totime": ("value",),
    "typeof": ("value",),
    "parse": ("value",),
    "nothing": (),
    "beep": ("frequency", "length"),
}
"""The commands of the language itself, and their arguments in order."""

MORE: Final[Mapping[str, tuple[str, ...]]] = {
    "if": ("else",),
    "do": ("while", "on-error"),
    "local": ("do",),
    "global": ("do",),
    "set": ("do",),
}
CODE: Final = frozenset({"do", "else", "on-error"})
ALONE: Final = frozenset({"put", "local", "global", "if", "foreach", "for", "while", "do", "delay", "return"})
"""Words that need no colon where no menu has them."""

_WORD: Final = re.compile(r"\.\.|[A-Za-z0-9_.-]+")
_NAMED: Final = re.compile(r"(\.?[A-Za-z0-9][\w.-]*)=")
_FLAG: Final = re.compile(r"!?[A-Za-z0-9.][\w.-]*(?=[\s;\])}\\]|\Z)")
_COUNTERS: Final = re.compile(r'"?[A-Za-z][\w,]*"?')


class Grammar:
    """Reads one text; ``menu`` is where its commands begin, and in the end where they went to."""

    def __init__(self, text: str, paths: Paths, menu: str = "") -> None:
        self.menu = menu
        self._paths = paths
        self._scanner = Scanner(text)
        self._expressions = Expressions(self._scanner, self._inner)

    def read(self) -> Script:
        """Read everything; raises Unreadable."""
        return self._script("")

    def _inner(self, closing: str) -> Script:
        """Read what stands in brackets: where it goes to is forgotten behind them."""
        menu = self.menu
        script = self._script(closing)
        self.menu = menu
        return script

    def _script(self, closing: str) -> Script:
        scanner = self._scanner
        statements: list[Statement] = []
        while True:
            scanner.between()
            if closing and scanner.takes(closing):
                return Script(tuple(statements))
            if not scanner.next and not closing:
                return Script(tuple(statements))
            if not scanner.next or scanner.next in "])}":
                scanner.fail("syntax error")
            statements.append(self._statement())
            scanner.blanks()
            if not scanner.over():
                scanner.fail("expected end of command")

    def _statement(self) -> Statement:
        scanner, start = self._scanner, self._scanner.place
        if scanner.takes("{"):
            return Block(self._inner("}"))
        if scanner.takes("$"):
            return self._calling(start)
        if scanner.takes(":"):
            word = self._word()
            if word in LANGUAGE and (word != "log" or self._quoted_or_topic()):
                return self._language(word, start)
            scanner.place = start + 1
            return self._walk("", start)
        if scanner.takes("/"):
            scanner.blanks()
            return Command("", "", (), 0) if self._went(scanner.over(), "") else self._walk("", start)
        word = self._word()
        scanner.place = start
        if word in ALONE and pick(word, self._known(self.menu)) is None:
            scanner.place += len(word)
            return self._language(word, start)
        return self._walk(self.menu, start)

    def _quoted_or_topic(self) -> bool:
        """``:log info "text"`` is the language's; ``:log print`` is the menu's."""
        place = self._scanner.place
        self._scanner.blanks()
        word = self._word()
        self._scanner.place = place
        return word in ("info", "warning", "error", "debug")

    def _went(self, over: bool, menu: str) -> bool:
        if over:
            self.menu = menu
        return over

    def _word(self) -> str:
        return self._scanner.match(_WORD)

    def _known(self, path: str) -> frozenset[str]:
        return self._paths.children.get(path, frozenset()) | self._paths.verbs(path)

    def _walk(self, path: str, start: int) -> Command:
        """Read the words of a path, up to a verb or to the end."""
        scanner = self._scanner
        while True:
            place = scanner.place
            word = self._word()
            if not word:
                scanner.fail("syntax error")
            if word == "..":
                path = path.rpartition("/")[0]
            else:
                known = pick(word, self._known(path))
                if known is None:
                    self._unknown(word, place)
                if known not in self._paths.children.get(path, ()):
                    return self._command(path, known, start)
                path += f"/{known}"
            scanner.blanks()
            if scanner.takes("/"):
                scanner.blanks()
            if self._went(scanner.over(), path):
                return Command(path, "", (), scanner.line(start))

    def _unknown(self, word: str, place: int) -> NoReturn:
        """Say where an unknown word is: as a part of a path it is no command at all."""
        if self._scanner.sees("/"):
            self._scanner.fail("syntax error")
        self._scanner.fail(f"bad command name {word}", place)

    def _command(self, path: str, verb: str, start: int) -> Command:
        """Read a command's arguments; what stands in brackets among them begins at the command's own menu."""
        menu, self.menu = self.menu, path
        command = self._arguments(path, verb, self._scanner.line(start))
        self.menu = menu
        return command

    def _arguments(self, path: str, verb: str, line: int) -> Command:
        scanner = self._scanner
        if verb == "find":
            return Command(path, verb, (), line, self._condition("where"))
        known = self._paths.parameters(path, verb)
        names = list(self._paths.unnamed(path, verb))
        arguments: list[Argument] = []
        where: Node | None = None
        while True:
            scanner.blanks()
            if scanner.over():
                return Command(path, verb, tuple(arguments), line, where)
            if verb in ("print", "export") and scanner.match(re.compile(r"where(?=[\s(])")):
                where = self._condition("")
                continue
            arguments.append(self._argument(known, names, arguments))

    def _condition(self, opening: str) -> Node | None:
        scanner = self._scanner
        scanner.blanks()
        if opening and scanner.match(re.compile(rf"{opening}(?=[\s(])")):
            scanner.blanks()
        return None if scanner.over() else self._expressions.condition()

    def _argument(
        self,
        known: Collection[str] | None,
        names: list[str],
        before: list[Argument],
        code: frozenset[str] = frozenset(),
    ) -> Argument:
        """Read one argument; ``names`` are those that still may come without their name."""
        scanner, start = self._scanner, self._scanner.place
        named = _NAMED.match(scanner.text, start)
        if named:
            name = self._full(named[1], before, known, start)
            scanner.place = named.end()
            return Argument(name, self._value(name, code), start)
        flag = _FLAG.match(scanner.text, start)
        if flag:
            alone = pick(flag[0].removeprefix("!"), known) if known is not None else None
            if alone is not None and (flag[0].removeprefix("!") == alone or not names):
                scanner.place = flag.end()
                return Argument("!" * flag[0].startswith("!") + alone, None, start)
        if not names:
            if known is None and flag:
                scanner.place = flag.end()
                return Argument(flag[0], None, start)
            scanner.fail("expected end of command")
        name = names.pop(0)
        value = self._value(name, code)
        if scanner.place == start:
            scanner.fail("syntax error")
        return Argument(name, value, start)

    def _full(self, name: str, before: list[Argument], known: Collection[str] | None, start: int) -> str:
        """Make a name whole: ``.as`` goes on in the group of the name before it, and may be cut short."""
        if name.startswith(".") and name != ".id":
            groups = [a.name.rpartition(".")[0] for a in before if a.name and "." in a.name]
            name = (groups[-1] if groups else "") + name
        if known is None:
            return name
        found = pick(name, known)
        if found is None:
            self._scanner.fail("expected end of command", start)
        return found

    def _value(self, name: str, code: frozenset[str]) -> Node:
        scanner = self._scanner
        scanner.blanks()
        if name in code:
            return self._expressions.block()
        if not code and scanner.sees("{"):
            return self._expressions.source()
        return self._expressions.value(f"expected {name} value")

    def _language(self, word: str, start: int) -> Command:
        """Read a command of the language itself."""
        scanner = self._scanner
        names = list(LANGUAGE[word])
        known = {*names, *MORE.get(word, ())}
        arguments: list[Argument] = []
        scanner.blanks()
        if names[:1] in (["counter"], ["name"]):
            place = scanner.place
            counter = scanner.match(_COUNTERS).strip('"')
            if not counter:
                scanner.fail("syntax error")
            arguments.append(Argument(names.pop(0), Text(counter), place))
        while True:
            scanner.blanks()
            if scanner.over():
                return Command(":", word, tuple(arguments), scanner.line(start))
            arguments.append(self._argument(known, names, arguments, CODE))

    def _calling(self, start: int) -> Calling:
        scanner = self._scanner
        name = scanner.variable()
        arguments: list[Argument] = []
        while True:
            scanner.blanks()
            if scanner.over():
                return Calling(name, tuple(arguments), scanner.line(start))
            names = [str(1 + sum((a.name or "").isdigit() for a in arguments))]
            arguments.append(self._argument(None, names, arguments, CODE))
