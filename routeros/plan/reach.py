"""What must stay so that a device can be reached: facts of a configuration, each with its sentence."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from enum import StrEnum
from typing import Final

from routeros.export.secrets import masked
from routeros.plan import firewall, path
from routeros.plan.defaults import usual
from routeros.plan.item import Item, World
from routeros.plan.path import Path, covers, enabled

Facts = Mapping[Hashable, str]
"""What is so, each with the words for it; a fact that is gone afterwards is a risk."""

HARMLESS: Final = frozenset({"comment", "name", "mtu", "l2mtu", "loop-protect", "disabled", "bridge", "interface"})
"""Properties of an interface whose change cuts nobody off, or that are told otherwise."""


class Kind(StrEnum):
    """What of the path is touched."""

    ADDRESS = "address"
    ROUTE = "route"
    FIREWALL = "firewall"
    SERVICE = "service"
    INTERFACE = "interface"
    USER = "user"


def address(now: World, by: Path) -> Facts:
    """The address is there, on an interface."""
    item = path.address(now, by)
    if item is None:
        clients = [i for i in now.get("/ip/dhcp-client", ()) if enabled(i)] if by.family == "/ip" else []
        return {("client", n): "a DHCP client fetches an address" for n, _ in enumerate(clients)}
    on = item.values.get("interface", "")
    return {"there": f"the device has the address {by.address} on {on}", ("width", item.values["address"]): (
        f"the address is {item.values['address']}"
    )}  # fmt: skip


def route(now: World, by: Path) -> Facts:
    """Answers leave by the same route; where our address is not known, each route may be the one."""
    if not by.source:
        rows = [item for item in now.get(f"{by.family}/route", ()) if enabled(item)]
        return {_way(item): f"there is the route to {_towards(item)}, which may be ours" for item in rows}
    item = path.route(by, now)
    if item is None or path.neighbour(by, now):
        return {}
    return {_way(item): f"answers to us leave by the route to {_towards(item)}"}


def _way(item: Item) -> Hashable:
    return tuple(item.values.get(name, "") for name in ("dst-address", "gateway", "blackhole", "type"))


def _towards(item: Item) -> str:
    return f"{item.values.get('dst-address', '0.0.0.0/0')} over {item.values.get('gateway', 'nothing')}"


def rules(now: World, by: Path) -> Facts:
    """The device's own firewall lets us in."""
    here = Path(by.source, by.address, by.port, by.service, by.user, path.carrying(now, by))
    states = {"new": "new connections from us are let in", "established": "connections of ours that stand are let in"}
    facts: dict[Hashable, str] = {s: words for s, words in states.items() if firewall.lets_in(now, here, s)}
    if not firewall.turned(now, here):
        facts["here"] = "what we send to the device stays there"
    return facts


def service(now: World, by: Path) -> Facts:
    """The service is open to us, where we expect it."""
    menu = "/ip/service"
    item = next((i for i in now.get(menu, ()) if i.get(menu, "name") == by.service), Item({}))
    values = item.values
    facts: dict[Hashable, str] = {}
    if enabled(item):
        facts["open"] = f"the service {by.service} is open"
    if values.get("port", usual(menu, "port", by.service)) == str(by.port):
        facts["port"] = f"{by.service} listens on port {by.port}"
    allowed = [one for one in (values.get("address") or values.get("available-from") or "").split(",") if one]
    if not by.source:
        facts["from", tuple(sorted(allowed))] = f"{by.service} answers the same addresses, ours among them"
    elif not allowed or any(covers(one, by.source) is not None for one in allowed):
        facts["from"] = f"{by.service} answers our address"
    for name in ("certificate", "tls-version", "vrf"):
        facts[name, values.get(name, usual(menu, name))] = f"{by.service} has the same {name}"
    return facts


def interface(now: World, by: Path) -> Facts:
    """What carries the address is there, enabled and set up as before."""
    name = path.carrying(now, by)
    facts: dict[Hashable, str] = {("vrf", v): f"{name} is in the VRF {v}" for v in _vrfs(now, name)}
    facts = facts or {"main": f"{name or 'the interface'} is in no VRF"}
    for menu, item in path.below(now, name):
        facts.update(_carrier(now, menu, item))
    facts.update(_tagged(now, by))
    return facts


def _carrier(now: World, menu: str, item: Item) -> Facts:
    called = item.get(menu, "name") or item.values.get("interface", "")
    mark = (menu.endswith("/port"), _made(now, called))
    facts: dict[Hashable, str] = {(mark, "there"): f"{called} carries the address"}
    if enabled(item):
        facts[mark, "enabled"] = f"{called} is enabled"
    told = item.told(menu)
    for key in told.keys() - HARMLESS:
        facts[mark, key, told[key]] = f"{called} has {key}={masked(menu, key, told[key])}"
    for key in CAUTION - told.keys():
        facts[mark, key, ""] = f"{key} of {called} is as it was"
    return facts


def _made(now: World, called: str) -> str:
    """Tell what the factory called a port, whatever it is called now."""
    for item in now.get("/interface/ethernet", ()):
        if item.standing and item.get("/interface/ethernet", "name") == called:
            return item.standing.by.get("default-name", called)
    return called


CAUTION: Final = frozenset(
    {"vlan-filtering", "pvid", "frame-types", "vlan-id", "use-service-tag", "ingress-filtering"}
)
"""Properties whose default counts: to set them at all may cut somebody off."""


def _vrfs(now: World, name: str) -> list[str]:
    rows = [item for item in now.get("/ip/vrf", ()) if enabled(item)]
    return [i.values.get("name", "") for i in rows if name in i.values.get("interfaces", "").split(",")]


def _tagged(now: World, by: Path) -> Facts:
    """Which VLANs the ports of the bridges on the path are in, where that is filtered."""
    bridges = {
        item.get(menu, "name") for menu, item in path.below(now, path.carrying(now, by)) if menu.endswith("bridge")
    }
    rows = [item for item in now.get("/interface/bridge/vlan", ()) if item.values.get("bridge") in bridges]
    return {
        ("vlan", number, name, _made(now, port)): f"{port} is in VLAN {number}"
        for item in rows
        if enabled(item)
        for number in item.values.get("vlan-ids", "").split(",")
        for name in ("tagged", "untagged")
        for port in item.values.get(name, "").split(",")
        if port
    }


def user(now: World, by: Path) -> Facts:
    """The user is there, may log in, has his rights and his password."""
    item = next((i for i in now.get("/user", ()) if i.get("/user", "name") == by.user), None)
    facts: dict[Hashable, str] = {}
    values: Mapping[str, str] = item.values if item else {}
    if item is None or enabled(item):
        facts["there"] = f"the user {by.user} may log in"
    if "password" not in values:
        facts["password"] = f"the password of {by.user} is as it was"
    facts["group", values.get("group", "")] = f"{by.user} is in the same group"
    facts["address", values.get("address", "")] = f"{by.user} may log in from the same addresses"
    policies = dict.fromkeys(("read", "write", "full"), "")
    policies |= {g.get("/user/group", "name") or "": g.values.get("policy", "") for g in now.get("/user/group", ())}
    for name, policy in policies.items():
        if values.get("group", name) == name:
            facts["policy", name, policy] = f"the group {name} has the same rights"
    return facts


LOOKS: Final[Mapping[Kind, Callable[[World, Path], Facts]]] = {
    Kind.ADDRESS: address,
    Kind.ROUTE: route,
    Kind.FIREWALL: rules,
    Kind.SERVICE: service,
    Kind.INTERFACE: interface,
    Kind.USER: user,
}
