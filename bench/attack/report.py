"""All that the attack found, as a document and as a table."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from bench.attack import timing
from bench.attack.campaign import Findings
from bench.attack.contract import Shares
from bench.attack.streams import Heard

FIGURES = ("requests", "leaks", "differences", "effects", "operations", "declared", "roles", "volatile", "seconds")
TOLD = ("unanswered", "slots", "faults", "streams", "timing", "signin", "reached", "blind")
MOST = 20
SMALL = 50
"""Findings that are printed, and the share of successes, in percent, below which an operation is."""


@dataclass(slots=True)
class Report:
    """What was found by each part of the attack."""

    findings: Findings
    timing: dict[str, Any] = field(default_factory=dict)
    signin: dict[str, Any] = field(default_factory=dict)
    streams: list[Heard] = field(default_factory=list)
    reached: list[str] = field(default_factory=list)
    blind: list[str] = field(default_factory=list)
    shares: Shares = field(default_factory=Shares)

    @property
    def leaks(self) -> int:
        return self.findings.leaks + sum(len(heard.leaks) for heard in self.streams)

    @property
    def differences(self) -> int:
        """Count answers that differ; that of a sign-in is one."""
        apart = self.signin and not (self.signin["alike"] and self.signin["stable"])
        return self.findings.differences + bool(apart)

    @property
    def held(self) -> bool:
        """Whether nothing leaked, differed, was changed or reached, and no answer is against the document."""
        found = self.findings
        return not (
            self.leaks
            or self.differences
            or found.effects
            or found.faults
            or self.reached
            or self.shares.violations
            or not all(heard.heard for heard in self.streams)
        )

    def document(self) -> dict[str, Any]:
        """Write it as JSON."""
        found = self.findings
        return {
            "requests": found.requests,
            "leaks": self.leaks,
            "differences": self.differences,
            "effects": found.effects,
            "operations": len(found.statuses),
            "roles": len(found.askers),
            "askers": sorted(found.askers),
            "slots": dict(found.slots),
            "volatile": found.volatile,
            "unanswered": found.unanswered,
            "faults": dict(found.faults),
            "streams": [asdict(heard) for heard in self.streams],
            "timing": timing.summary(self.timing),
            "times": self.timing,
            "signin": self.signin,
            "reached": self.reached,
            "blind": self.blind,
            "contract": {
                "succeeded": round(self.shares.succeeded, 3),
                "never": self.shares.never,
                "violations": self.shares.violations,
                "shares": self.shares.table(),
            },
            "findings": found.told,
        }


def show(figures: dict[str, Any]) -> None:
    """Print it as a table, what was found first."""
    for line in (*figures["findings"][:MOST], *figures["contract"]["violations"][:MOST]):
        print(line)
    for name in FIGURES:
        print(f"  {name:<12}{figures[name]:>9}")
    for name in TOLD:
        print(f"  {name:<12}{figures[name]}")
    contract = figures["contract"]
    print(f"  {'contract':<12}{contract['succeeded']:.0%} success, {len(contract['violations'])} violations")
    print(f"  {'never':<12}{', '.join(contract['never']) or 'none'}")
    for name, told in contract["shares"].items():
        if int(told.split("%")[0]) < SMALL:
            print(f"    {name:<64}{told}")
