"""Query words of ``print`` from Python expressions: ``where(Key("type").among("ether", "vlan") & ~Key("disabled"))``.

The words are librouteros's; here they become values that ``&``, ``|`` and ``~`` join and that can be used again.
Comparisons are those of the router: text is compared as text, numbers as numbers, and a property that a row does not
have is neither equal, less nor more. There are no patterns. https://help.mikrotik.com/docs/spaces/ROS/pages/47579160/API
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from itertools import chain
from operator import or_
from typing import Final, TypeAlias

from librouteros.query import And, Or
from librouteros.query import Key as Words

Value: TypeAlias = str | int | bool
"""Booleans are sent as ``yes`` and ``no``, which routers take for ``true`` and ``false``."""

_NAME: Final = re.compile(r"[.A-Za-z0-9][A-Za-z0-9._-]*\Z")


@dataclass(frozen=True, slots=True)
class Query:
    """A condition on a row, as words whose result stands alone on the router's stack."""

    words: tuple[str, ...]

    def __and__(self, other: Query) -> Query:
        return _query(And(self.words, other.words))

    def __or__(self, other: Query) -> Query:
        return _query(Or(self.words, other.words))

    def __invert__(self) -> Query:
        return Query((*self.words, "?#!"))

    def __bool__(self) -> bool:
        raise TypeError("a query is neither true nor false; join queries by &, | and ~")


class Key:
    """A property to compare: ``==``, ``!=``, ``<``, ``>``, ``among``, ``given`` and ``missing``."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, name: str) -> None:
        if not _NAME.match(name):
            raise ValueError(f"{name!r} is no name of a property")
        self._name = name
        self._words = Words(name)

    def __eq__(self, value: Value) -> Query:  # type: ignore[override]
        return _query(self._words == value)

    def __ne__(self, value: Value) -> Query:  # type: ignore[override]
        return _query(self._words != value)

    def __lt__(self, value: Value) -> Query:
        return _query(self._words < value)

    def __gt__(self, value: Value) -> Query:
        return _query(self._words > value)

    def among(self, *values: Value) -> Query:
        """Ask for any of these values; raises ValueError for none, which no row could have."""
        if not values:
            raise ValueError("a choice among nothing fits no row")
        return reduce(or_, (self == value for value in values))

    @property
    def given(self) -> Query:
        """Ask for rows that have the property, whatever its value."""
        return Query((f"?{self._name}",))

    @property
    def missing(self) -> Query:
        """Ask for rows that do not have it."""
        return Query((f"?-{self._name}",))


def where(*queries: Query) -> tuple[str, ...]:
    """Write the words of queries that must all be true, for ``Command(queries=...)``."""
    return tuple(chain.from_iterable(query.words for query in queries))


def _query(words: Iterable[str]) -> Query:
    return Query(tuple(words))
