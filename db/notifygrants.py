"""Who may do what with notifications: people with channels and routes, the notifier with what is to be told."""

from __future__ import annotations

from db.grant import APP, PLATFORM, Grant

_CHANNEL = ("id", "tenant_id", "name", "kind", "settings", "enabled", "off_because", "changed_by", "changed_at")
_CHANNEL_SET = ("name", "settings", "url", "secret", "enabled", "off_because", "changed_by", "changed_at")
_ROUTE_SET = (
    *("name", "place", "enabled", "goes_on", "severity", "tag", "site_id", "days", "begins", "ends", "zone"),
    *("channel_id", "person", "group_seconds", "digest_seconds", "escalate_seconds", "escalate_id"),
    *("changed_by", "changed_at"),
)
_AGAIN = ("state", "due_at", "next_at", "ended_at", "why")
_SENDING = (*_AGAIN, "until", "epoch", "claimed_until", "attempts")

GRANTS = (
    Grant(APP, "alert_channels", "SELECT", _CHANNEL),
    *(Grant(APP, "alert_channels", action) for action in ("INSERT", "DELETE")),
    Grant(APP, "alert_channels", "UPDATE", _CHANNEL_SET),
    Grant(PLATFORM, "alert_channels", "SELECT"),
    Grant(PLATFORM, "alert_channels", "UPDATE", ("enabled", "off_because")),
    *(Grant(APP, "alert_routes", action) for action in ("SELECT", "INSERT", "DELETE")),
    Grant(APP, "alert_routes", "UPDATE", _ROUTE_SET),
    Grant(PLATFORM, "alert_routes", "SELECT"),
    *(Grant(PLATFORM, "alert_turns", action) for action in ("SELECT", "INSERT", "DELETE")),
    Grant(PLATFORM, "alert_turns", "UPDATE", ("look_at",)),
    *(Grant(APP, "alert_deliveries", action) for action in ("SELECT", "INSERT")),
    Grant(APP, "alert_deliveries", "UPDATE", _AGAIN),
    *(Grant(PLATFORM, "alert_deliveries", action) for action in ("SELECT", "INSERT", "DELETE")),
    Grant(PLATFORM, "alert_deliveries", "UPDATE", _SENDING),
    Grant(APP, "alert_notices", "SELECT"),
    *(Grant(PLATFORM, "alert_notices", action) for action in ("SELECT", "INSERT", "DELETE")),
    Grant(PLATFORM, "alert_silences", "SELECT"),
)
