"""The queries of ``print``: a small stack machine over one row, as the manual describes it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from routeros.simulator.outcome import ARGUMENT, Refused, Row

_OPERATION = re.compile(r"(\d+)(\D|\Z)|(\D)")
_BOOLEANS = {"yes": "true", "no": "false"}


def matches(row: Row, queries: Sequence[str]) -> bool:
    """Tell whether a row passes all query words (without their question mark); raises Refused for nonsense."""
    stack: list[bool] = []
    for query in queries:
        if query.startswith("#"):
            stack = _operate(stack, query[1:])
        else:
            stack.append(_test(row, query))
    return all(stack)


def asked_of(query: str) -> str:
    """Tell the property that a query word looks at; empty for an operation."""
    return "" if query.startswith("#") else query.lstrip("-<>=").partition("=")[0]


def _test(row: Row, query: str) -> bool:
    if query.startswith("-") and "=" not in query:
        return query[1:] not in row
    sign = query[:1] if query[:1] in "<>=" else ""
    name, equals, wanted = query[len(sign) :].partition("=")
    if not name:
        raise Refused("invalid query word", ARGUMENT)
    if not equals:
        return name in row
    if name not in row:
        return False
    found, wanted = (_BOOLEANS.get(text, text) for text in (row[name], wanted))
    if sign not in ("<", ">"):
        return found == wanted
    return _ordered(wanted, found) if sign == ">" else _ordered(found, wanted)


def _ordered(less: str, more: str) -> bool:
    """Tell whether the first comes before the second: as numbers where both are."""
    try:
        return int(less) < int(more)
    except ValueError:
        return less < more


def _operate(stack: list[bool], operations: str) -> list[bool]:
    """Run the operations of one ``?#`` word. Below its bottom the stack holds nothing but true."""
    stack = list(stack)

    def pop() -> bool:
        return stack.pop() if stack else True

    for index, follower, operation in _OPERATION.findall(operations):
        if index:
            place = int(index)
            value = stack[-1 - place] if place < len(stack) else True
            if not follower:
                return [value]
            stack.append(value)
        operation = operation or (follower if follower != "." else "")
        if operation == "!":
            stack.append(not pop())
        elif operation == "&":
            first, second = pop(), pop()
            stack.append(first and second)
        elif operation == "|":
            first, second = pop(), pop()
            stack.append(first or second)
        elif operation == ".":
            stack.append(stack[-1] if stack else True)
        elif operation:
            raise Refused("invalid query operation", ARGUMENT)
    return stack
