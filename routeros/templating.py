"""Templates become console text for one device: in a sandbox, each value written so that it stays a value."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from fleet.errors import BadInput
from fleet.templates import LONGEST, Kind, Template, Value, check, values
from fleet.versions import version
from routeros.export import lexer, parse, redact
from routeros.export.secrets import MASK
from routeros.plan import commands

MOST_RANGE: Final = 256
MOST_LOOPS: Final = 50
DEEPEST: Final = 2
"""So many loops may stand in each other."""

LONGEST_TEXT: Final = 1_000_000

FILTERS: Final = ("default", "first", "int", "join", "last", "length", "lower", "sort", "trim", "unique", "upper")
METHODS: Final = frozenset({"host", "since", "range"})

_REFUSED: Final = (
    *(nodes.AssignBlock, nodes.CallBlock, nodes.Extends, nodes.FilterBlock, nodes.FromImport, nodes.Import),
    *(nodes.Concat, nodes.Dict, nodes.Include, nodes.Macro, nodes.Mod, nodes.Mul, nodes.Pow),
)
"""What could make much of little, or bring text around the writing of values."""

_BEGIN, _END = "\ue000", "\ue001"
_MARK: Final = re.compile(f"{_BEGIN}(\\d+){_END}")
_PIECE: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s"\[\](){};]+|[\s\S]', re.DOTALL)
_PLAIN: Final = re.compile(r"[A-Za-z0-9_.:/@-]+\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a device, as ``device`` in templates; empty where it is not known."""

    name: str
    identity: str = ""
    model: str = ""
    serial: str = ""
    version: str = ""
    address: str = ""
    site: str = ""
    tags: tuple[str, ...] = ()

    @property
    def major(self) -> int:
        """The major version: 6 or 7, and 7 where it is not known."""
        try:
            return version(self.version).major
        except ValueError:
            return 7

    def since(self, wanted: str) -> bool:
        """Tell whether it runs this version or a newer one; one that is not known is a new one."""
        try:
            return version(self.version) >= version(wanted)
        except ValueError:
            return not self.version


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja without what reaches outside, and without what makes much of little."""

    intercepted_binops = frozenset({"+"})

    def __init__(self, written: Callable[[object], str]) -> None:
        super().__init__(
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            finalize=written,
        )
        self.filters = {name: self.filters[name] for name in FILTERS}
        self.globals = {"range": _range}

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Add numbers alone: texts stand beside each other by themselves, and would double with each addition."""
        if not isinstance(left, int) or not isinstance(right, int):
            raise BadInput("The template adds what are no numbers.", "Write the placeholders side by side.")
        return left + right


def _range(*bounds: int) -> range:
    found = range(*bounds)
    if len(found) > MOST_RANGE:
        raise BadInput(f"A range has more than {MOST_RANGE} numbers.", "Count less far.")
    return found


def inspect(template: Template) -> None:
    """Refuse a template that cannot be used; raises BadInput."""
    check(template.variables)
    if len(template.text) > LONGEST or any(sign in template.text for sign in (_BEGIN, _END)):
        raise BadInput(f"The text is longer than {LONGEST} signs, or holds signs of no language.", "Shorten it.")
    try:
        tree = _Sandbox(str).parse(template.text)
        _depth(tree, 0)
    except TemplateSyntaxError as wrong:
        raise _unreadable(wrong) from wrong
    except RecursionError as wrong:
        raise BadInput("The template's expressions are too deep.", "Write them in parts.") from wrong
    for node in tree.find_all(nodes.Node):
        if not _permitted(node):
            raise BadInput(f"Line {node.lineno}: this is not for templates.", "Use if, for, set and values.")
    if sum(1 for _ in tree.find_all(nodes.For)) > MOST_LOOPS:
        raise BadInput(f"The template has more than {MOST_LOOPS} loops.", "Split the template.")
    _names(template, tree)


def _permitted(node: nodes.Node) -> bool:
    """Tell whether a part of a template is harmless."""
    if isinstance(node, nodes.List | nodes.Tuple):
        return all(_flat(item) for item in node.items)
    if isinstance(node, nodes.Call):
        named = node.node
        return (named.attr if isinstance(named, nodes.Getattr) else getattr(named, "name", "")) in METHODS
    return not isinstance(node, _REFUSED)


def _flat(item: nodes.Expr) -> bool:
    """Tell whether an item of a list is no list that grows: a name stands in one only where it is assigned to."""
    return isinstance(item, nodes.Const) or getattr(item, "ctx", "") == "store"


def _names(template: Template, tree: nodes.Template) -> None:
    """Refuse names of variables that are not there."""
    known = {"device", "range", "loop", *(variable.name for variable in template.variables)}
    known |= {name.name for name in tree.find_all(nodes.Name) if name.ctx == "store"}
    for name in tree.find_all(nodes.Name):
        if name.ctx == "load" and name.name not in known:
            raise BadInput(f"Line {name.lineno}: there is no variable {name.name}.", "Declare it with its type.")


def _depth(node: nodes.Node, depth: int) -> None:
    for child in node.iter_child_nodes():
        loop = isinstance(child, nodes.For)
        if loop and (depth == DEEPEST or getattr(child, "recursive", False)):
            raise BadInput(f"Line {child.lineno}: too many loops stand in each other.", f"Use at most {DEEPEST}.")
        _depth(child, depth + loop)


def render(template: Template, given: Mapping[str, object], facts: Facts) -> str:
    """Write a template for a device as console text that ``commands.read`` takes; raises BadInput.

    Whatever a value holds, it is one value in the text: it ends no quote and begins no command.
    """
    inspect(template)
    text = _rendered(template, values(template.variables, given), facts)
    commands.read(text)
    return text


def preview(template: Template, given: Mapping[str, object], facts: Facts) -> str:
    """Write it for a person, who need not give its secrets and is shown none; raises BadInput as ``render`` does."""
    inspect(template)
    hidden = {one.name: MASK for one in template.variables if one.kind is Kind.SECRET}
    found = values(template.variables, {**hidden, **given})
    commands.read(_rendered(template, found, facts))
    return str(redact(parse(_rendered(template, {**found, **hidden}, facts))))


def _rendered(template: Template, found: Mapping[str, Value], facts: Facts) -> str:
    said: list[str] = []

    def written(value: object) -> str:
        said.append(_told(value))
        return f"{_BEGIN}{len(said) - 1}{_END}"

    try:
        text = _bounded(_Sandbox(written).from_string(template.text).generate({**found, "device": facts}))
    except TemplateSyntaxError as wrong:
        raise _unreadable(wrong) from wrong
    except SecurityError as wrong:
        raise BadInput(
            "The template reaches for what it may not use.", "Use variables and the facts of device."
        ) from wrong
    except (TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as wrong:
        raise BadInput("The template fails for this device.", "Look at what it does with each variable.") from wrong
    return _placed(text, said)


def _bounded(pieces: Iterable[str]) -> str:
    """Put a text together as long as it is not too long."""
    parts, length = list[str](), 0
    for piece in pieces:
        parts.append(piece)
        length += len(piece)
        if length > LONGEST_TEXT:
            raise BadInput(f"The text becomes longer than {LONGEST_TEXT} signs.", "Count less far.")
    return "".join(parts)


def _unreadable(wrong: TemplateSyntaxError) -> BadInput:
    return BadInput(
        f"Line {wrong.lineno}: the template cannot be read: {wrong.message}", "Mend the placeholder there."
    )


def _told(value: object) -> str:
    """Write a value as the console means it; lists by commas."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ",".join(_told(one) for one in value)
    return str(value)


def _placed(text: str, said: Sequence[str]) -> str:
    """Put the values where their marks are, each escaped for the place."""
    return "".join(_piece(piece, said) for piece in _PIECE.findall(text))


def _piece(piece: str, said: Sequence[str]) -> str:
    if _BEGIN not in piece:
        return piece
    if piece.startswith('"') and len(piece) > 1:
        return _MARK.sub(lambda mark: _escaped(said[int(mark[1])]), piece)
    name, equals, value = piece.partition("=")
    if _BEGIN in name or not equals:
        name, equals, value = "", "", piece
    whole = _MARK.sub(lambda mark: said[int(mark[1])], value)
    return name + equals + (whole if _PLAIN.match(whole) else f'"{_escaped(whole)}"')


def _escaped(value: str) -> str:
    """Write a value as it stands within quotes."""
    written = lexer.quote(f" {value}")
    return written[2:-1]
