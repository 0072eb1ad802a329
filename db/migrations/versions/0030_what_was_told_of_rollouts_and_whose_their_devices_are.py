"""what was told of rollouts, and whose their devices are."""

from __future__ import annotations

from alembic import op

revision = "0030"
down_revision = "0029"

SQL = r"""
ALTER TABLE rollouts ADD COLUMN told jsonb;
-- What has happened until now is not told anew.
UPDATE rollouts SET told = jsonb_build_object('state', state);
-- A device that was removed takes its part in a rollout with it from now on.
DELETE FROM rollout_devices r WHERE NOT EXISTS (SELECT FROM devices d WHERE d.tenant_id = r.tenant_id AND d.id = r.device_id);
ALTER TABLE rollout_devices ADD CONSTRAINT fk_rollout_devices_devices FOREIGN KEY (tenant_id, device_id) REFERENCES devices(tenant_id, id) ON DELETE CASCADE;
CREATE INDEX ix_rollout_devices_tenant_id_device_id ON rollout_devices USING btree (tenant_id, device_id);
REVOKE UPDATE (state, ended_at, why, epoch, claimed_until) ON rollouts FROM flotilla_platform;
GRANT DELETE ON rollouts TO flotilla_platform;
GRANT UPDATE (state, ended_at, why, epoch, claimed_until, told) ON rollouts TO flotilla_platform;
"""  # noqa: E501


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SQL, execution_options={"no_parameters": True})
