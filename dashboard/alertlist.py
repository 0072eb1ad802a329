"""Alerts in the order in which somebody works through them: each cause with what it explains below it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dashboard import asking
from dashboard.alertdata import OPEN, Counts
from db.alertcauses import Cause
from db.alerts import AlertRow, Narrow
from fleet.alerts.states import Shown
from fleet.events import Severity
from fleet.identity import DeviceId

WORDS = ("rule", "site", "tag")
"""What the address narrows by, beside state and severity."""

HEEDED = (Severity.CRITICAL, Severity.WARNING)
"""What the bell counts."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the list: an alert with how many others its device explains, or a device that has no alert itself.

    ``below`` says that the line above it explains it.
    """

    alert: AlertRow | None = None
    cause: Cause | None = None
    below: bool = False

    @property
    def hides(self) -> int:
        return self.cause.hides if self.cause else 0


def narrow(asked: Mapping[str, str]) -> Narrow:
    """Read which alerts an address asks for; what it says in an unknown way is as usual."""
    state, severity = asked.get("state", ""), asked.get("severity", "")
    rule, site, tag = (asked.get(name) or None for name in WORDS)
    return Narrow(
        states=[Shown(state)] if state in {*Shown} - {Shown.RESOLVED} else OPEN,
        severities=[Severity(severity)] if severity in {*Severity} else [],
        rule=rule,
        site=site,
        tag=tag,
    )


def lines(
    found: Sequence[AlertRow], causes: Sequence[Cause], behind: Sequence[AlertRow], unfolded: DeviceId | None
) -> Iterator[Line]:
    """Yield the lines: the first alert of a device that is a cause tells how many it explains.

    A cause without an alert in the list, as a device in maintenance is, has a line of its own behind all others.
    """
    left = {cause.device_id: cause for cause in causes}
    below = [Line(alert, below=True) for alert in behind]
    for alert in found:
        cause = left.pop(DeviceId(alert.device_id), None) if alert.state in OPEN else None
        yield Line(alert, cause)
        if cause and cause.device_id == unfolded:
            yield from below
    for cause in left.values():
        yield Line(cause=cause)
        if cause.device_id == unfolded:
            yield from below


def whole(asked: Mapping[str, str]) -> bool:
    """Tell whether the address leaves nothing out that is open."""
    return not any(asked.get(name) for name in ("state", "severity", *WORDS))


def total(counts: Counts, states: Sequence[Shown], severities: Sequence[Severity] = ()) -> int:
    """Count alerts in some states, of some severities (none named: all)."""
    return sum(
        count
        for (state, severity), count in counts.items()
        if state in states and (not severities or severity in severities)
    )


def unheeded(counts: Counts) -> tuple[int, int]:
    """Count what is critical, and what is a warning, for which nobody cares yet."""
    critical, warning = (total(counts, [Shown.FIRING], [severity]) for severity in HEEDED)
    return critical, warning


def other(asked: Mapping[str, str], **words: str) -> str:
    """Write the query of the list with other words; what was unfolded is folded."""
    return asking.changed(asked, **{"cause": "", "before": "", **words})
