"""Maintenance that recurs, and a rule by what is usual, which is off, for tenants that are there."""

from __future__ import annotations

from alembic import op

revision = "0034"
down_revision = "0033"

SQL = r"""
ALTER TABLE maintenance_windows ALTER COLUMN ends_at DROP NOT NULL;
ALTER TABLE maintenance_windows ADD COLUMN every TEXT;
ALTER TABLE maintenance_windows ADD COLUMN zone TEXT;
ALTER TABLE maintenance_windows ADD COLUMN local_start TIMESTAMP WITHOUT TIME ZONE;
ALTER TABLE maintenance_windows ADD COLUMN lasts_seconds DOUBLE PRECISION;
ALTER TABLE maintenance_windows ADD CONSTRAINT ck_maintenance_windows_every CHECK (length(every) BETWEEN 1 AND 500);
ALTER TABLE maintenance_windows ADD CONSTRAINT ck_maintenance_windows_lasts_seconds CHECK (lasts_seconds BETWEEN 60 AND 2678400);
ALTER TABLE maintenance_windows ADD CONSTRAINT ck_maintenance_windows_recurs CHECK (num_nonnulls(every, zone, local_start, lasts_seconds) IN (0, 4));
ALTER TABLE maintenance_windows ADD CONSTRAINT ck_maintenance_windows_endless CHECK (ends_at IS NOT NULL OR every IS NOT NULL);
INSERT INTO alert_rules (
    id, tenant_id, name, condition, severity, hold_seconds, keep_seconds, reach, reach_of, enabled, version, changed_by
)
SELECT gen_random_uuid(), t.id, 'CPU unusual',
    '{"test": "baseline", "family": "resource", "field": "cpu_load_ratio", "threshold": 4, "clear": 2}',
    'info', 900, 300, 'tenant', '', false, 1, 'flotilla'
FROM tenants AS t
ON CONFLICT (tenant_id, name, reach, reach_of) DO NOTHING;
"""  # noqa: E501


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SQL, execution_options={"no_parameters": True})
