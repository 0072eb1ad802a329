"""The values of the console's language: what they are, how they print, and what operators make of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from ipaddress import IPv4Address
from typing import Final, TypeAlias

from routeros import values
from routeros.simulator.console.printed import Stopped
from routeros.simulator.console.syntax import Code

Value: TypeAlias = "bool | int | str | Code | list[Value] | dict[str, Value] | None"


class Returned(Exception):
    """``:return``: the end of a script that was called, with a value."""

    def __init__(self, value: Value) -> None:
        super().__init__()
        self.value = value


_NUMBER: Final = re.compile(r"-?\d{1,19}\Z", re.ASCII)
_BOOLEANS: Final[Mapping[str, bool]] = {"yes": True, "true": True, "no": False, "false": False}


def typed(text: str) -> Value:
    """Take a bare word or a stored value for what it is."""
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _NUMBER.match(text) and str(int(text)) == text:
        return int(text)
    return text


def text(value: Value, between: str = ";") -> str:
    """Write a value as ``:put`` does."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case list():
            return between.join(text(item) for item in value)
        case dict():
            return between.join(f"{name}={text(item)}" for name, item in value.items())
        case Code():
            return value.source
        case _:
            return str(value)


def kind(value: Value) -> str:
    """Name a value's type as ``:typeof`` does."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "bool"
        case int():
            return "num"
        case list() | dict():
            return "array"
        case Code():
            return "code"
        case _:
            return "id" if re.match(r"\*[0-9A-Fa-f]+\Z", value) else "str"


def true(value: Value) -> bool:
    """Tell whether a condition holds; raises Stopped for what is no boolean."""
    if isinstance(value, bool):
        return value
    if value in ("true", "yes", "false", "no"):
        return value in ("true", "yes")
    raise Stopped("conditional not boolean")


def present(value: Value) -> bool:
    """Tell whether a property that is asked for by its name alone is there."""
    return value not in (None, False, "", "false", "no")


def _plain(value: Value) -> str:
    """Write a value so that like ones are alike: ``yes`` is ``true``."""
    written = text(value)
    return text(typed(written)) if written in _BOOLEANS else written


def _equal(left: Value, right: Value) -> bool:
    return _plain(left) == _plain(right)


def _less(left: Value, right: Value) -> bool:
    """Tell whether one comes before the other: as numbers, spans or addresses where both are."""
    if left is None or right is None:
        return False
    for read in (_number, _span, _address):
        first, second = read(left), read(right)
        if first is not None and second is not None:
            return first < second
        if read is _number and (first is not None or second is not None):
            return False
    return text(left) < text(right)


def _number(value: Value) -> float | None:
    written = text(value)
    return int(written) if _NUMBER.match(written) else None


def _span(value: Value) -> float | None:
    try:
        return values.duration(text(value)).total_seconds()
    except ValueError:
        return None


def _address(value: Value) -> float | None:
    try:
        return int(IPv4Address(text(value).partition("/")[0]))
    except ValueError:
        return None


def _like(left: Value, right: Value) -> bool:
    try:
        return re.search(text(right), text(left)) is not None
    except re.error as error:
        raise Stopped("bad regular expression") from error


def _counted(sign: str) -> Callable[[Value, Value], Value]:
    """Make arithmetic of numbers and spans."""

    def run(left: Value, right: Value) -> Value:
        first, second = _number(left), _number(right)
        if first is not None and second is not None:
            return _whole(sign, int(first), int(second))
        early, late = _span(left), _span(right)
        if early is None or late is None or sign not in "+-":
            raise Stopped(f"cannot {_WORDS[sign]} {_said(left)} and {_said(right)}")
        total = early + late if sign == "+" else early - late
        return values.format_duration(timedelta(seconds=total))

    return run


_WORDS: Final = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide", "%": "divide"}


def _said(value: Value) -> str:
    return {"str": "string", "num": "integer"}.get(kind(value), kind(value))


def _whole(sign: str, left: int, right: int) -> int:
    if sign in "/%" and right == 0:
        raise Stopped("division by zero")
    match sign:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return left // right
        case _:
            return left % right


def items(value: Value) -> list[Value]:
    """Take a value as a list; a text with commas is one."""
    match value:
        case None | "":
            return []
        case list():
            return value
        case dict():
            return list(value.values())
        case str() if ";" in value or "," in value:
            return [typed(part) for part in re.split("[;,]", value)]
        case _:
            return [value]


def _appended(left: Value, right: Value) -> Value:
    if isinstance(left, dict) and isinstance(right, dict):
        return {**left, **right}
    return [*items(left), *items(right)]


def _joined(left: Value, right: Value) -> Value:
    return text(left) + text(right)


def at(value: Value, key: Value) -> Value:
    """Take one item of an array by its place or name."""
    if isinstance(value, dict):
        return value.get(text(key))
    listed = items(value)
    return listed[key] if isinstance(key, int) and 0 <= key < len(listed) else None


OPERATORS: Final[Mapping[str, Callable[[Value, Value], Value]]] = {
    "=": _equal,
    "!=": lambda left, right: not _equal(left, right),
    "<": _less,
    ">": lambda left, right: _less(right, left),
    "<=": lambda left, right: not _less(right, left),
    ">=": lambda left, right: not _less(left, right),
    "~": _like,
    "in": lambda left, right: any(_equal(left, item) for item in items(right)),
    ".": _joined,
    ",": _appended,
    "->": at,
    **{sign: _counted(sign) for sign in _WORDS},
}
