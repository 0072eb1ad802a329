"""Scripts as they run: those of ``/system/script``, and what the scheduler runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from routeros.simulator import console
from routeros.simulator.console import Printed
from routeros.simulator.menu import nothing
from routeros.simulator.outcome import ARGUMENT, Refused, Row, Steps
from routeros.simulator.parts import accounts, policy
from routeros.simulator.router import Active, Router

STORE = "/system/script"
NOBODY = "*sys"
"""The owner of what the router itself made."""

USUAL = ("ftp", "reboot", "read", "write", "policy", "test", "password", "sniff", "sensitive", "romon")
"""The policies of a script or an entry of the scheduler that is told none, as far as its maker has them."""


class Scripts:
    """A part of a router. ``play`` runs console text; a restart empties the counts of runs."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self.play: Callable[[Router, Active | None, str], Steps[Printed]] = console.play
        self.counts: dict[str, int] = {}
        self.started: dict[str, float] = {}
        router.down.append(self._forget)

    def find(self, name: str) -> Row | None:
        """Find a script by name."""
        return next((row for row in self._router.table(STORE, nothing) if row["name"] == name), None)

    def run(self, row: Row) -> Steps[Printed]:
        """Run a script in its owner's name, with its own policy."""
        id = row[".id"]
        self.counts[id] = self.counts.get(id, 0) + 1
        self.started[id] = self._router.now()
        return self.play(self._router, owner(self._router, row), row.get("source", ""))

    def trigger(self, row: Row) -> Steps[Printed]:
        """Run what an entry of the scheduler says: the script that it names, else its text."""
        event = row.get("on-event", "")
        named = self.find(event.strip())
        return self.run(named) if named else self.play(self._router, owner(self._router, row), event)

    def _forget(self) -> None:
        self.counts.clear()
        self.started.clear()


def owner(router: Router, row: Row) -> Active:
    """Tell in whose name a script or an entry runs: its owner's, with no more than the policy that it was given."""
    group, _ = accounts.standing(router, row["owner"])
    return Active("", row["owner"], group, "", "script", router.now(), accounts.granted(row["policy"]))


def require(router: Router, who: Active | None, said: Mapping[str, str]) -> None:
    """Refuse a policy that is none, or more than whoever gives it has himself."""
    granted = accounts.granted(said.get("policy", ""))
    if not granted <= policy.known(router):
        raise Refused("input does not match any value of policy", ARGUMENT)
    policy.demand(who, granted)


def usual(who: Active | None) -> str:
    """Tell the policy of a script whose maker does not say one."""
    return ",".join(name for name in USUAL if who is None or name in who.rights)
