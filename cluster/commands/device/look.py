"""``flotilla device show``: all that is known of one router."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cluster import console, terminal
from cluster.commands.device import command, document
from db.inventory import DeviceRow


@command.command("show", epilog="Example: [bold]flotilla device show core-1 --tenant northwind --json[/]")
def show(
    device: console.WhichArgument,
    tenant: console.TenantOption,
    state: terminal.StateOption = None,
    as_json: terminal.JsonOption = False,
) -> None:
    """Tell how a device is reached, where it belongs, what it is not asked, and how it is."""
    with console.opened(state) as here, here.entered(here.tenant(tenant)) as session:
        row, now = console.device(session, device), here.settings.clock().now()
    facts = _facts(row, now)
    if as_json:
        terminal.answer(facts)
    else:
        terminal.table("", ("fact", "value"), [(name.replace("_", " "), _said(facts[name])) for name in facts])


def _facts(row: DeviceRow, now: datetime) -> dict[str, Any]:
    more = ("identity", "model", "version", "serial", "uptime_seconds", "duration_seconds", "breaker", "error_code")
    instants = ("created_at", "since", "heard_at", "next_attempt")
    return {
        **document(row, now),
        "fingerprint": row.endpoint.fingerprint,
        "streams": row.endpoint.streams,
        **{name: getattr(row, name) for name in more},
        **{name: (at := getattr(row, name)) and at.isoformat() for name in instants},
    }


def _said(value: object) -> str:
    if value is None:
        return "–"
    return ", ".join(map(str, value)) or "–" if isinstance(value, list) else str(value)
