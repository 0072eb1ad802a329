"""Templates of configuration: their variables with types, and the values that people give them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any, Final

from fleet.errors import BadInput

LONGEST: Final = 100_000
"""So many signs a template's text may have."""

MOST_VARIABLES: Final = 60
MOST_SIGNS: Final = 4_000

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
_RESERVED: Final = frozenset(
    {"device", "loop", "range", "true", "false", "none", "not", "and", "or", "in", "is", "if"}
)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ue000-\uf8ff]")
_YES: Final = {"yes": True, "true": True, "no": False, "false": False}


class Kind(StrEnum):
    """What a variable holds."""

    STRING = "string"
    IP = "ip"
    SUBNET = "subnet"
    INT = "int"
    BOOL = "bool"
    SECRET = "secret"  # noqa: S105 - the word for it


class Mode(StrEnum):
    """What a text means for a device.

    ``merge``: what it says is there, beside whatever else is there. ``whole``: the menus that it names say this and
    nothing else.
    """

    MERGE = "merge"
    WHOLE = "whole"


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable; without a ``default`` a value must be given. A secret has no default, and is shown to nobody.

    ``choices`` are the only values of a string, ``least`` and ``most`` bound a number.
    """

    name: str
    kind: Kind
    about: str = ""
    default: str | None = None
    choices: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None

    def stored(self) -> dict[str, Any]:
        """Write it as JSON keeps it, without what is not said."""
        facts = {name: getattr(self, name) for name in self.__dataclass_fields__}
        told = {name: value for name, value in facts.items() if value is not None and name not in ("kind", "choices")}
        return {**told, "kind": self.kind.value, "choices": list(self.choices)}


def kept(stored: Iterable[Mapping[str, Any]]) -> tuple[Variable, ...]:
    """Read variables as they were stored."""
    return tuple(
        Variable(**{**one, "kind": Kind(one["kind"]), "choices": tuple(one.get("choices", ()))}) for one in stored
    )


@dataclass(frozen=True, slots=True)
class Template:
    """What a device is to be configured with; ``text`` is console text with placeholders."""

    name: str
    about: str
    variables: tuple[Variable, ...]
    text: str = field(repr=False)
    mode: Mode = Mode.MERGE


class Subnet:
    """A network as templates use it: ``lan.host(1)``, ``lan.prefix``; written out it is ``192.168.88.0/24``."""

    def __init__(self, network: IPv4Network | IPv6Network) -> None:
        self._network = network

    def __str__(self) -> str:
        return str(self._network)

    def __eq__(self, other: object) -> bool:
        return str(self) == str(other)

    def __hash__(self) -> int:
        return hash(self._network)

    @property
    def address(self) -> str:
        """The address of the network itself."""
        return str(self._network.network_address)

    @property
    def prefix(self) -> int:
        return self._network.prefixlen

    @property
    def netmask(self) -> str:
        return str(self._network.netmask)

    def host(self, number: int) -> str:
        """Tell an address of it: 1 is the first behind the network's own, -1 the last of all."""
        try:
            return str(self._network[number])
        except IndexError:
            message = f"{self} has no address number {number}."
            raise BadInput(message, "Give a larger network, or count less far.") from None


Value = str | int | bool | Subnet


def check(variables: Sequence[Variable]) -> None:
    """Refuse variables that cannot be; raises BadInput."""
    if len(variables) > MOST_VARIABLES:
        raise BadInput(f"A template has at most {MOST_VARIABLES} variables.", "Split the template.")
    names = [variable.name for variable in variables]
    for variable in variables:
        if not _NAME.match(variable.name) or variable.name in _RESERVED:
            raise BadInput(f"{variable.name!r} cannot be the name of a variable.", "Use a-z, 0-9 and _, as wan_port.")
        if names.count(variable.name) > 1:
            raise BadInput(f"Two variables are called {variable.name}.", "Give one of them another name.")
        if variable.kind is Kind.SECRET and variable.default is not None:
            raise BadInput(f"The secret {variable.name} has a default.", "Leave it out: a template is no safe.")
        if variable.choices and variable.kind is not Kind.STRING:
            raise BadInput(
                f"Only strings have choices, {variable.name} is none.", "Make it a string, or leave them out."
            )
        if variable.default is not None:
            value(variable, variable.default)


def values(variables: Sequence[Variable], given: Mapping[str, object]) -> dict[str, Value]:
    """Read the values of all variables, defaults where none is given; raises BadInput, without telling secrets."""
    names = {variable.name for variable in variables}
    if unknown := sorted(given.keys() - names):
        there = f"There are {', '.join(sorted(names))}." if names else "It has no variables."
        raise BadInput(f"The template has no variable {unknown[0]!r:.60}.", there)
    found: dict[str, Value] = {}
    for variable in variables:
        told = given.get(variable.name)
        told = variable.default if told is None else told
        if told is None:
            about = f": {variable.about}" if variable.about else "."
            raise BadInput(f"The variable {variable.name} has no value.", f"Give it one ({variable.kind}){about}")
        found[variable.name] = value(variable, told)
    return found


def value(variable: Variable, told: object) -> Value:
    """Read one value by its type; raises BadInput."""
    match variable.kind:
        case Kind.BOOL:
            return _boolean(variable, told)
        case Kind.INT:
            return _integer(variable, told)
        case Kind.IP | Kind.SUBNET:
            return _network(variable, told)
        case _:
            return _text(variable, told)


def _wrong(variable: Variable, what: str) -> BadInput:
    return BadInput(f"The variable {variable.name} is no {variable.kind}.", what)


def _boolean(variable: Variable, told: object) -> bool:
    found = told if isinstance(told, bool) else _YES.get(str(told).lower())
    if found is None:
        raise _wrong(variable, "Give yes or no.")
    return found


def _integer(variable: Variable, told: object) -> int:
    if isinstance(told, bool) or not re.fullmatch(r"-?\d{1,18}", str(told)):
        raise _wrong(variable, "Give a whole number.")
    number = int(str(told))
    if (variable.least is not None and number < variable.least) or (
        variable.most is not None and number > variable.most
    ):
        bounds = [
            f"{word} {bound}"
            for word, bound in (("at least", variable.least), ("at most", variable.most))
            if bound is not None
        ]
        raise BadInput(f"The variable {variable.name} is out of bounds.", f"Give a number of {' and '.join(bounds)}.")
    return number


def _network(variable: Variable, told: object) -> Value:
    try:
        if variable.kind is Kind.IP:
            return str(ip_address(str(told)))
        return Subnet(ip_network(str(told)))
    except ValueError as wrong:
        example = "192.0.2.1" if variable.kind is Kind.IP else "192.0.2.0/24, its first address and the prefix"
        raise _wrong(variable, f"Write it as {example}.") from wrong


def _text(variable: Variable, told: object) -> str:
    if not isinstance(told, str) or len(told) > MOST_SIGNS or _CONTROL.search(told):
        raise _wrong(variable, f"Give a text of at most {MOST_SIGNS} signs, without control characters.")
    if variable.kind is Kind.SECRET and not told:
        raise _wrong(variable, "Give the secret: it is empty.")
    if variable.choices and told not in variable.choices:
        raise BadInput(
            f"The variable {variable.name} has another value.", f"Give one of {', '.join(variable.choices)}."
        )
    return told
