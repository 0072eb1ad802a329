"""Rules of what the store knows and of links that flap, for tenants that are there: off until somebody wants them."""

from __future__ import annotations

from alembic import op

revision = "0035"
down_revision = "0033"

SQL = r"""
INSERT INTO alert_rules (
    id, tenant_id, name, condition, severity, hold_seconds, keep_seconds, reach, reach_of, enabled, version, changed_by
)
SELECT gen_random_uuid(), t.id, d.name, CAST(d.condition AS jsonb), d.severity, 0, d.keep, 'tenant', '', false, 1,
    'flotilla'
FROM tenants AS t CROSS JOIN (VALUES
    ('link flapping', '{"test": "changes", "family": "interfaces", "field": "link", "threshold": 5, "over_seconds": 600.0}', 'warning', 600),
    ('backup overdue', '{"test": "fact", "field": "backup_overdue_periods", "threshold": 2}', 'warning', 0),
    ('backup failing', '{"test": "fact", "field": "backup_failures", "threshold": 2}', 'warning', 0),
    ('configuration changed outside', '{"test": "fact", "field": "config_changed_outside"}', 'info', 0),
    ('firmware behind', '{"test": "fact", "field": "firmware_behind"}', 'info', 0),
    ('known holes', '{"test": "fact", "field": "firmware_holes"}', 'warning', 0)
) AS d (name, condition, severity, keep)
ON CONFLICT DO NOTHING
;
"""  # noqa: E501


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SQL, execution_options={"no_parameters": True})
