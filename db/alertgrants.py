"""Who may do what with alerts: people with rules and silences, the evaluation with what it raises."""

from __future__ import annotations

from db.grant import APP, PLATFORM, Grant

_RULE = (
    *("name", "condition", "severity", "hold_seconds", "keep_seconds", "reach", "reach_of", "enabled", "version"),
    *("changed_by", "changed_at"),
)
_JUDGED = ("state", "seen_at", "fired_at", "ended_at", "value", "summary", "turns", "cause_id")

GRANTS = (
    *(Grant(APP, "alert_rules", action) for action in ("SELECT", "INSERT", "DELETE")),
    Grant(APP, "alert_rules", "UPDATE", _RULE),
    Grant(PLATFORM, "alert_rules", "INSERT"),
    Grant(APP, "alerts", "SELECT"),
    Grant(APP, "alerts", "UPDATE", ("acknowledged_at", "acknowledged_by", "comment")),
    *(Grant(PLATFORM, "alerts", action) for action in ("SELECT", "INSERT", "DELETE")),
    Grant(PLATFORM, "alerts", "UPDATE", _JUDGED),
    *(Grant(APP, "alert_silences", action) for action in ("SELECT", "INSERT", "DELETE")),
)
