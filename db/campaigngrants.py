"""Who may do what with campaigns."""

from __future__ import annotations

from db.grant import APP, PLATFORM, POLLER, Grant

SHOWN = (
    *("id", "tenant_id", "source", "shown", "note", "waves", "soak_seconds", "stop_share", "stop_least", "per_site"),
    *("at_once", "lasts_seconds", "created_by", "created_at", "request_id", "state", "why", "wave", "soaks_until"),
    "ended_at",
)
"""All but what is sealed."""
_GOES_ON = ("state", "why", "wave", "soaks_until", "ended_at", "sealed")
_STANDS = ("state", "attempt", "push_id", "up", "why", "forgiven", "asked_at", "ended_at")

GRANTS = (
    *(Grant(role, "push_campaigns", "SELECT", SHOWN) for role in (APP, PLATFORM)),
    Grant(APP, "push_campaigns", "INSERT"),
    *(Grant(role, "push_campaigns", "UPDATE", _GOES_ON) for role in (APP, PLATFORM)),
    Grant(PLATFORM, "push_campaigns", "DELETE"),
    Grant(POLLER, "push_campaigns", "SELECT"),
    *(Grant(role, "push_campaign_devices", "SELECT") for role in (APP, PLATFORM)),
    Grant(APP, "push_campaign_devices", "INSERT"),
    *(Grant(role, "push_campaign_devices", "UPDATE", _STANDS) for role in (APP, PLATFORM)),
)
