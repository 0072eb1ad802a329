"""The kinds of properties: what a router takes for each, what it makes of it, and what it says when it does not."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface, ip_network
from typing import TypeAlias

from fleet.versions import Version, version
from routeros import values
from routeros.simulator.outcome import ARGUMENT, Refused

Check: TypeAlias = Callable[[str, str], str]
"""Takes a property's name and the value asked for, returns the value to store, raises Refused."""

_MAC = re.compile(r"([0-9A-F]{2}:){5}[0-9A-F]{2}")
_RANGE = re.compile(r"\d{1,5}(-\d{1,5})?")
NOBODY = str(IPv4Address(0))
"""The address that stands for none."""

_WORDS = {"true": "yes", "false": "no"}
_OLDEST, _NEWEST = Version(0, 0), Version(99, 0)


@dataclass(frozen=True, slots=True)
class Ref:
    """A property that names rows of other tables. ``words`` may stand instead; ``many`` names go with commas."""

    stores: tuple[str, ...]
    words: tuple[str, ...] = ()
    many: bool = False
    mark: str = "name"
    strict: bool = True


@dataclass(frozen=True, slots=True)
class Field:
    """One property that may be written. Without a ``default`` it may be left out, and taken away where not ``firm``.

    ``since`` and ``until`` bound the versions that know it: from the first, up to but without the second.
    """

    check: Check
    default: str | None = None
    secret: bool = False
    ref: Ref | None = None
    since: Version = _OLDEST
    until: Version = _NEWEST
    firm: bool = False

    def is_in(self, running: Version) -> bool:
        return self.since <= running < self.until


def words(_: str, value: str) -> str:
    """Take any text."""
    return value


def switch(name: str, value: str) -> str:
    """Take a boolean."""
    if value not in ("yes", "no", "true", "false"):
        raise Refused(f"input does not match any value of {name}", ARGUMENT)
    return "true" if value in ("yes", "true") else "false"


def number(low: int, high: int) -> Check:
    """Take a whole number within bounds."""

    def check(name: str, value: str) -> str:
        if not value.isascii() or not value.isdigit() or not low <= int(value) <= high:
            raise Refused(f"value of {name} out of range ({low}..{high})", ARGUMENT)
        return str(int(value))

    return check


def invalid(name: str) -> Refused:
    return Refused(f"invalid value for argument {name}", ARGUMENT)


def text(default: str | None = None) -> Field:
    """Any text."""
    return Field(words, default)


def present(name: str, value: str) -> str:
    """Take a property that is there or not, and has no value of its own: ``passive``."""
    return switch(name, value or "yes")


def flag(default: bool = False) -> Field:
    """A boolean."""
    return Field(switch, "true" if default else "false")


def maybe() -> Field:
    """A boolean that may be left open."""
    return Field(switch)


def whole(low: int, high: int, default: str | None = None) -> Field:
    """A whole number within bounds."""
    return Field(number(low, high), default)


def one_of(choices: str, default: str | None = None) -> Field:
    """One of some words."""
    return Field(_choice(choices.split()), default)


def some_of(choices: str, default: str | None = None) -> Field:
    """Any of some words, with commas; each may be denied with ``!`` before them."""
    one = _choice(choices.split())

    def check(name: str, value: str) -> str:
        for word in value.removeprefix("!").split(",") if value else ():
            one(name, word)
        return value

    return Field(check, default)


def either(first: str, second: Field, default: str | None = None) -> Field:
    """One of some words, or what another kind takes: ``either("auto", whole(32, 65535))``."""
    choices = first.split()

    def check(name: str, value: str) -> str:
        return value if value in choices else second.check(name, value)

    return replace(second, check=check, default=default)


def span(default: str | None = None) -> Field:
    """A duration; a bare number is seconds, and what is stored is written as routers do."""
    return Field(_span, default)


def ip(default: str | None = None) -> Field:
    """An address of either family."""
    return Field(_parsed(_address), default)


def ip4(default: str | None = None) -> Field:
    """An IPv4 address."""
    return Field(_parsed(IPv4Address), default)


def prefix(default: str | None = None) -> Field:
    """A network; one address is a network of its own."""
    return Field(_parsed(lambda value: ip_network(value, strict=False)), default)


def interface_address(default: str | None = None) -> Field:
    """An IPv4 address with the length of its network."""
    return Field(_parsed(IPv4Interface), default)


def interface_address6(default: str | None = None) -> Field:
    """An IPv6 address with the length of its network; 64 where none is said."""
    return Field(_parsed(lambda value: IPv6Interface(value if "/" in value else f"{value}/64")), default)


def matched(default: str | None = None) -> Field:
    """What a rule matches addresses with: an address, a network or a range, perhaps denied with ``!``."""
    return Field(_matched, default)


def port_list(default: str | None = None) -> Field:
    """Ports and ranges of them, with commas, perhaps denied with ``!``."""
    return Field(_ports, default)


def mac(default: str | None = None) -> Field:
    """A hardware address, stored in capitals."""
    return Field(_mac, default)


def listed(kind: Field, default: str | None = None) -> Field:
    """Several values with commas."""

    def check(name: str, value: str) -> str:
        return ",".join(kind.check(name, one) for one in value.split(",")) if value else ""

    return replace(kind, check=check, default=default)


def words_of(pattern: str, default: str | None = None) -> Field:
    """Values of one pattern, with commas."""
    whole_pattern = re.compile(pattern)

    def check(name: str, value: str) -> str:
        if not all(whole_pattern.fullmatch(one) for one in value.split(",")):
            raise invalid(name)
        return value

    return Field(check, default)


def ref(store: str, default: str | None = None, also: str = "", *, many: bool = False, strict: bool = True) -> Field:
    """The name of a row of another table (or one of some tables); ``also`` are words that may stand instead.

    One that is not ``strict`` may name what does not exist.
    """
    return Field(words, default, ref=Ref(tuple(store.split()), tuple(also.split()), many, strict=strict))


def secret(kind: Field) -> Field:
    """A property that an export hides."""
    return replace(kind, secret=True)


def firm(kind: Field) -> Field:
    """A property that every row has, whoever made it: it may be changed and not taken away."""
    return replace(kind, firm=True)


def since(first: str, kind: Field) -> Field:
    """A property from a version on."""
    return replace(kind, since=version(first))


def until(end: str, kind: Field) -> Field:
    """A property before a version."""
    return replace(kind, until=version(end))


def _choice(choices: list[str]) -> Check:
    def check(name: str, value: str) -> str:
        # Where yes and no are two words among others, a boolean is taken for them.
        value = _WORDS.get(value, value) if value not in choices else value
        if value not in choices:
            raise Refused(f"input does not match any value of {name}", ARGUMENT)
        return value

    return check


def _parsed(read: Callable[[str], object]) -> Check:
    def check(name: str, value: str) -> str:
        try:
            return str(read(value))
        except ValueError as error:
            raise invalid(name) from error

    return check


def _address(value: str) -> IPv4Address | IPv6Address:
    return IPv6Address(value) if ":" in value else IPv4Address(value)


def _span(name: str, value: str) -> str:
    try:
        length = values.duration(f"{value}s" if value.isdigit() else value)
    except ValueError as error:
        raise invalid(name) from error
    return values.format_duration(length)


def _matched(name: str, value: str) -> str:
    for end in value.removeprefix("!").split("-"):
        try:
            ip_network(end, strict=False)
        except ValueError as error:
            raise invalid(name) from error
    return value


def _ports(name: str, value: str) -> str:
    for part in value.removeprefix("!").split(","):
        if not _RANGE.fullmatch(part) or any(int(end) > 65535 for end in part.split("-")):
            raise invalid(name)
    return value


def _mac(name: str, value: str) -> str:
    if not _MAC.fullmatch(value.upper()):
        raise invalid(name)
    return value.upper()
