"""Whether steps could cut the path by which we reach the device: what was so before a step and is not after it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from fleet.errors import BadInput
from routeros.plan.item import World
from routeros.plan.operation import Operation, Verb
from routeros.plan.path import Path
from routeros.plan.reach import LOOKS, Facts, Kind
from routeros.plan.world import after

STEPS: Final[Mapping[Kind, str]] = {
    Kind.ADDRESS: "Give the device a second address first, and reach it by that one.",
    Kind.ROUTE: "Add the new route beside the old one, and remove the old one in a later change.",
    Kind.FIREWALL: "Put a rule that accepts our address in front.",
    Kind.SERVICE: "Open another service to us first, and let the device be reached by that one.",
    Kind.INTERFACE: "Make this change from a place that does not come over this interface.",
    Kind.USER: "Make the change as another user, or change the credential here at the same time.",
}


@dataclass(frozen=True, slots=True)
class Risk:
    """One way in which a step may cut us off."""

    kind: Kind
    operation: Operation
    why: str
    next_step: str


def judge(operations: Iterable[Operation], path: Path) -> tuple[Risk, ...]:
    """Tell how steps may cut the path, in their order; nothing where no step touches it.

    What is cut between two steps counts, though a later one mends it: nobody may be there to do that one. What
    cannot be told counts as cut.
    """
    risks: list[Risk] = []
    now: World = path.now
    before: dict[Kind, Facts] = {kind: look(now, path) for kind, look in LOOKS.items()}
    for step in operations:
        try:
            now = after(now, [step], first=True)
        except BadInput:
            risks += _unknown(step)
            continue
        for kind, look in LOOKS.items():
            facts = look(now, path)
            lost = [words for fact, words in before[kind].items() if fact not in facts]
            if lost:
                why = f"Afterwards it is no longer certain that {lost[0]}."
                risks.append(Risk(kind, step, why, STEPS[kind]))
            before[kind] = {fact: words for fact, words in before[kind].items() if fact in facts}
    return tuple(risks)


TOUCHED: Final[Mapping[str, Kind]] = {
    "/ip/address": Kind.ADDRESS,
    "/ipv6/address": Kind.ADDRESS,
    "/ip/route": Kind.ROUTE,
    "/ip/firewall": Kind.FIREWALL,
    "/ip/service": Kind.SERVICE,
    "/interface": Kind.INTERFACE,
    "/user": Kind.USER,
}


def _unknown(step: Operation) -> list[Risk]:
    """Judge a step whose row the configuration does not tell."""
    kinds = [kind for menu, kind in TOUCHED.items() if f"{step.menu}/".startswith(f"{menu}/")]
    if not kinds or step.verb is Verb.ADD:
        return []
    why = "The configuration does not tell the row that this step changes, so nobody knows what it does."
    return [Risk(kinds[0], step, why, "Name the row by properties that the device's export tells.")]
