"""Whether a device's own rules let us in: the rules of a chain, read for one packet of ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import IntEnum
from ipaddress import ip_address, ip_network
from typing import Final

from routeros.plan.item import Item, World
from routeros.plan.path import Path, enabled

DROPS: Final = frozenset({"drop", "reject", "tarpit"})
TURNS: Final = frozenset({"dst-nat", "redirect", "netmap", "same"})
ABOUT: Final = frozenset(
    {"action", "chain", "comment", "disabled", "log", "log-prefix", "jump-target", "reject-with", "passthrough",
     "to-addresses", "to-ports", "address-list", "address-list-timeout", "randomise-ports"}
)  # fmt: skip
"""Properties that do not say which packets are meant."""

DEEPEST: Final = 6


class Match(IntEnum):
    """Whether a rule is for a packet."""

    NO = 0
    MAYBE = 1
    YES = 2


def lets_in(now: World, path: Path, state: str) -> bool:
    """Tell whether our packets are let in for certain: a rule that might drop them counts as one that does."""
    raw = _verdict(now, path, f"{path.family}/firewall/raw", ("prerouting", state))
    return raw and _verdict(now, path, f"{path.family}/firewall/filter", ("input", state))


def turned(now: World, path: Path) -> bool:
    """Tell whether what we send might be sent on to another machine or port."""
    rules = now.get(f"{path.family}/firewall/nat", ())
    for rule in rules:
        if not enabled(rule) or rule.values.get("chain") != "dstnat":
            continue
        match, action = matches(now, rule, path, "new"), rule.values.get("action", "accept")
        if match and action in TURNS:
            return True
        if match is Match.YES and action == "accept":
            return False
    return False


def _verdict(now: World, path: Path, menu: str, where: tuple[str, str]) -> bool:
    chain, state = where
    for action, match in _rules(now, now.get(menu, ()), path, (chain, state, 0)):
        if match and action in DROPS:
            return False
        if match is Match.YES and action in ("accept", "fasttrack-connection", "notrack"):
            return action == "accept" or menu.endswith("/filter")
    return True


def _rules(now: World, rules: Sequence[Item], path: Path, where: tuple[str, str, int]) -> Iterator[tuple[str, Match]]:
    """Tell what the rules of a chain would do, and of those that it jumps to."""
    chain, state, depth = where
    for rule in rules:
        if not enabled(rule) or rule.values.get("chain") != chain:
            continue
        match, action = matches(now, rule, path, state), rule.values.get("action", "accept")
        if not match:
            continue
        if action == "jump" and depth < DEEPEST:
            inner = _rules(now, rules, path, (rule.values.get("jump-target", ""), state, depth + 1))
            yield from ((what, min(match, how)) for what, how in inner)
        elif action == "return" and match is Match.YES:
            return
        else:
            yield action, match


def matches(now: World, rule: Item, path: Path, state: str) -> Match:
    """Tell whether a rule is for our packets."""
    found = Match.YES
    for name, value in rule.values.items():
        if name not in ABOUT and value:
            found = min(found, _one(now, path, (name, value, state)))
    return found


def _one(now: World, path: Path, what: tuple[str, str, str]) -> Match:
    name, value, state = what
    bare = value.removeprefix("!")
    match name:
        case "protocol":
            found = _so(bare in ("tcp", "6"))
        case "connection-state":
            found = _so(state in bare.split(","))
        case "dst-port" | "port":
            found = _so(_within(bare, path.port)) if name == "dst-port" else Match.MAYBE
        case "src-address":
            found = _address(bare, path.source)
        case "dst-address":
            found = _address(bare, path.address)
        case "src-address-list" | "dst-address-list":
            ours = path.source if name.startswith("src") else path.address
            found = _listed(now, path, bare, ours)
        case "in-interface":
            found = _so(bare == path.interface) if path.interface else Match.MAYBE
        case "in-interface-list":
            found = _member(now, bare, path.interface)
        case "out-interface" | "out-interface-list":
            found = Match.NO
        case "dst-address-type":
            found = _so("local" in bare.split(","))
        case _:
            return Match.MAYBE
    return Match(2 - found) if value.startswith("!") else found


def _so(it_is: bool) -> Match:
    return Match.YES if it_is else Match.NO


def _within(ports: str, port: int) -> bool:
    """Tell whether a port is one of ``22,8000-8999``."""
    for part in ports.split(","):
        low, _, high = part.partition("-")
        if low.isdigit() and int(low) <= port <= int(high if high.isdigit() else low):
            return True
    return False


def _address(told: str, ours: str) -> Match:
    """Tell whether an address of ours is in ``192.0.2.0/24`` or ``192.0.2.1-192.0.2.9``."""
    if not ours:
        return Match.MAYBE
    low, dash, high = told.partition("-")
    try:
        us = ip_address(ours)
        if dash:
            return _so(int(ip_address(low)) <= int(us) <= int(ip_address(high)))
        return _so(us in ip_network(low, strict=False))
    except ValueError:
        return Match.MAYBE


def _listed(now: World, path: Path, name: str, ours: str) -> Match:
    entries = [item for item in now.get(f"{path.family}/firewall/address-list", ()) if enabled(item)]
    found = [_address(item.values.get("address", ""), ours) for item in entries if item.values.get("list") == name]
    return max(found, default=Match.NO)


def _member(now: World, name: str, interface: str) -> Match:
    """Tell whether an interface is of a list; lists that are made of other ones may hold it."""
    if name in ("all", "none"):
        return _so(name == "all")
    made_of: Mapping[str, str] = next(
        (item.values for item in now.get("/interface/list", ()) if item.values.get("name") == name), {}
    )
    if not interface or name in ("dynamic", "static") or made_of.get("include") or made_of.get("exclude"):
        return Match.MAYBE
    members = [item.values for item in now.get("/interface/list/member", ()) if enabled(item)]
    return _so(any(one.get("list") == name and one.get("interface") == interface for one in members))
