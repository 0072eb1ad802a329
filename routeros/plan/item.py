"""One row of a configuration that is being compared and changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_interface
from typing import Final

from routeros.export.document import Command
from routeros.export.lexer import Line
from routeros.plan.defaults import usual
from routeros.plan.operation import Row
from routeros.plan.values import alike, meant

MADE: Final[Mapping[str, frozenset[str]]] = {
    "/interface/bridge": frozenset({"admin-mac", "auto-mac"}),
    "/interface/wireguard": frozenset({"private-key", "listen-port"}),
    "/ip/address": frozenset({"network"}),
    "/user": frozenset({"password"}),
}
"""What a device makes up or never tells: where nothing is said of it, it stays as it is."""


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """One row. ``standing`` says how to find one that is there from the start, None that it was added.

    Two items are the same only if they are one object: rows of a menu may be alike.
    """

    values: Mapping[str, str] = field(repr=False)
    standing: Row | None = None

    def get(self, menu: str, name: str) -> str | None:
        """Tell a property, its default where nothing is said of it; None where that is not known."""
        value = self.values.get(name)
        if value is None and self.standing:
            value = self.standing.by.get("default-name" if name == "name" and name not in self.standing.by else name)
        return usual(menu, name, self.called) if value is None else value

    @property
    def called(self) -> str:
        """The name by which it is known, where it has one."""
        return self.values.get("name") or (self.standing.by.get("name", "") if self.standing else "")

    def has(self, menu: str, by: Mapping[str, str]) -> bool:
        """Tell whether it has all these properties."""
        return all((mine := self.get(menu, name)) is not None and alike(name, mine, by[name]) for name in by)

    def told(self, menu: str) -> Mapping[str, str]:
        """Tell its properties without those that are said though they are the default, or follow from others."""
        return {name: value for name, value in self.values.items() if not self._idle(menu, name, value)}

    def _idle(self, menu: str, name: str, value: str) -> bool:
        known = usual(menu, name, self.called)
        if known is not None and alike(name, value, known):
            return True
        return menu == "/ip/address" and name == "network" and value == network(self.values.get("address", ""))

    def command(self, menu: str) -> Command:
        """Write it as a command whose values are in one way of writing, to be compared."""
        values = {name: meant(name, value) for name, value in self.told(menu).items()}
        if self.standing is None:
            return Command(Line("", ""), menu, "add", "", values)
        return Command(
            Line("", ""), menu, "set", f"{dict(sorted(self.standing.by.items()))} {self.standing.nth}", values
        )


def network(address: str) -> str:
    """Tell the network that a device derives from an address."""
    try:
        return str(ip_interface(address).network.network_address)
    except ValueError:
        return ""


World = Mapping[str, Sequence[Item]]
"""The rows of each menu in their order."""
