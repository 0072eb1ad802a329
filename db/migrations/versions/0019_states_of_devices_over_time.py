"""states of devices over time."""

from __future__ import annotations

from alembic import op

revision = "0019"
down_revision = "0018"

SQL = r"""
CREATE TABLE device_states (
    device_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    tenant_id uuid NOT NULL,
    state text NOT NULL,
    error_code text,
    error text,
    CONSTRAINT pk_device_states PRIMARY KEY (device_id, at),
    CONSTRAINT ck_device_states_state CHECK (state = ANY (ARRAY['up'::text, 'degraded'::text, 'down'::text, 'stale'::text, 'maintenance'::text]))
)
;

ALTER TABLE device_states ADD CONSTRAINT fk_device_states_device_state FOREIGN KEY (device_id) REFERENCES device_state(device_id) ON DELETE CASCADE;
CREATE INDEX ix_device_states_at ON device_states USING btree (at);
CREATE INDEX ix_device_states_tenant_id_at_device_id ON device_states USING btree (tenant_id, at, device_id);
ALTER TABLE device_states ENABLE ROW LEVEL SECURITY;
ALTER TABLE device_states FORCE ROW LEVEL SECURITY;
CREATE POLICY ingest ON device_states TO flotilla_ingest USING (true) WITH CHECK (true);
CREATE POLICY owner ON device_states TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY platform ON device_states TO flotilla_platform USING (true) WITH CHECK (true);
CREATE POLICY reader ON device_states TO flotilla_reader USING ((tenant_id = ( SELECT tenant() AS tenant))) WITH CHECK ((tenant_id = ( SELECT tenant() AS tenant)));
CREATE POLICY tenant ON device_states TO flotilla_app USING ((tenant_id = tenant())) WITH CHECK ((tenant_id = tenant()));
GRANT SELECT ON device_states TO flotilla_app;
GRANT INSERT ON device_states TO flotilla_ingest;
GRANT DELETE ON device_states TO flotilla_platform;
GRANT SELECT ON device_states TO flotilla_platform;
GRANT SELECT ON device_states TO flotilla_reader;
INSERT INTO device_states (device_id, at, tenant_id, state, error_code, error)
SELECT device_id, since, tenant_id, state, error_code, error FROM device_state WHERE state IS NOT NULL;
"""  # noqa: E501


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SQL, execution_options={"no_parameters": True})
