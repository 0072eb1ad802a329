"""What the pages of configurations share: signs, who was on the device, and the form that takes a backup."""

from __future__ import annotations

from collections.abc import Mapping

from dash.development.base_component import Component

from dashboard import admin, tables, units
from dashboard.door import Visit
from dashboard.forms import Form
from db.configs import Version
from fleet.backups import Finding
from fleet.changes import PushState

MOST_NAMED = 3
SIGNS: Mapping[Finding, tuple[str, str]] = {
    Finding.NEW: ("Another version", "up"),
    Finding.SAME: ("Unchanged", "up"),
    Finding.INCOMPLETE: ("Not whole", "degraded"),
    Finding.FAILED: ("Failed", "down"),
}
STANDINGS: Mapping[PushState, tuple[str, str]] = {
    PushState.PENDING: ("Waits", "stale"),
    PushState.PREPARING: ("Prepares", "stale"),
    PushState.APPLYING: ("Applies", "stale"),
    PushState.VERIFYING: ("Verifies", "stale"),
    PushState.COMMITTED: ("Committed", "up"),
    PushState.REVERTING: ("Reverts", "degraded"),
    PushState.REVERTED: ("Reverted", "degraded"),
    PushState.COMMIT_UNCONFIRMED: ("Unconfirmed, look at the device", "down"),
    PushState.FAILED: ("Failed, nothing was changed", "down"),
    PushState.LOST: ("Lost, look at the device", "down"),
    PushState.CANCELLED: ("Cancelled", "stale"),
}
"""How the state of a push is told: the word, and the state of a device in whose manner it is shown."""


def standing(state: PushState) -> Component:
    """Show where a push stands."""
    return tables.sign(*STANDINGS[state])


def who(one: Version) -> str:
    """Name who did something on the device since the version before."""
    named = list(dict.fromkeys(str(each["by"]) for each in one.history if each.get("by")))
    more = f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
    return ", ".join(named[:MOST_NAMED]) + more or units.NOTHING


def taking(visit: Visit, device_id: object, name: str) -> Form:
    """Make the form that takes a backup of a device now."""
    return Form(
        title=f"Take a backup of {name}",
        method="POST",
        path=admin.rest(visit, f"devices/{device_id}/backups"),
        submit="Take now",
        text="The device writes its configuration to a file, which is read and removed. If it is out of reach, "
        "that is done when it returns, within a day.",
        done=f"{name} is asked for its configuration.",
    )
