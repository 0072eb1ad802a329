"""What the devices have, when it was last heard, and what became of it."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"

SQL = r"""
CREATE TABLE inventory (
    device_id uuid NOT NULL,
    kind text NOT NULL,
    key text NOT NULL,
    tenant_id uuid NOT NULL,
    facts jsonb NOT NULL,
    first_seen timestamp with time zone NOT NULL,
    last_seen timestamp with time zone,
    gone_at timestamp with time zone,
    CONSTRAINT pk_inventory PRIMARY KEY (device_id, kind, key),
    CONSTRAINT ck_inventory_kind CHECK (kind ~ '^[a-z][a-z0-9_]{1,48}$'),
    CONSTRAINT ck_inventory_key CHECK (octet_length(key) <= 600),
    CONSTRAINT ck_inventory_facts CHECK (jsonb_typeof(facts) = 'object'),
    CONSTRAINT ck_inventory_gone CHECK ((last_seen IS NULL) = (gone_at IS NULL))
)
;

CREATE TABLE inventory_changes (
    id uuid NOT NULL,
    device_id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    kind text NOT NULL,
    key text NOT NULL,
    at timestamp with time zone NOT NULL,
    what text NOT NULL,
    before jsonb NOT NULL,
    after jsonb NOT NULL,
    CONSTRAINT pk_inventory_changes PRIMARY KEY (id),
    CONSTRAINT ck_inventory_changes_what CHECK (what IN ('added', 'changed', 'removed'))
)
;

CREATE TABLE inventory_readings (
    device_id uuid NOT NULL,
    kind text NOT NULL,
    tenant_id uuid NOT NULL,
    at timestamp with time zone,
    told integer NOT NULL,
    kept integer NOT NULL,
    mark bytea,
    CONSTRAINT pk_inventory_readings PRIMARY KEY (device_id, kind),
    CONSTRAINT ck_inventory_readings_kind CHECK (kind ~ '^[a-z][a-z0-9_]{1,48}$'),
    CONSTRAINT ck_inventory_readings_kept CHECK (kept BETWEEN 0 AND told)
)
;

ALTER TABLE inventory ADD CONSTRAINT fk_inventory_device_state FOREIGN KEY (device_id) REFERENCES device_state(device_id) ON DELETE CASCADE;
ALTER TABLE inventory_changes ADD CONSTRAINT fk_inventory_changes_device_state FOREIGN KEY (device_id) REFERENCES device_state(device_id) ON DELETE CASCADE;
ALTER TABLE inventory_readings ADD CONSTRAINT fk_inventory_readings_device_state FOREIGN KEY (device_id) REFERENCES device_state(device_id) ON DELETE CASCADE;
CREATE INDEX ix_inventory_changes_at ON inventory_changes (at);
CREATE INDEX ix_inventory_changes_device_id_at_id ON inventory_changes (device_id, at, id);
CREATE INDEX ix_inventory_changes_tenant_id_at_id ON inventory_changes (tenant_id, at, id);
CREATE INDEX ix_inventory_gone ON inventory (gone_at) WHERE gone_at IS NOT NULL;
CREATE INDEX ix_inventory_readings_tenant_id ON inventory_readings (tenant_id);
CREATE INDEX ix_inventory_tenant_id_kind_device_id_key ON inventory (tenant_id, kind, device_id, key);
ALTER TABLE inventory ENABLE ROW LEVEL SECURITY;
ALTER TABLE inventory FORCE ROW LEVEL SECURITY;
ALTER TABLE inventory_changes ENABLE ROW LEVEL SECURITY;
ALTER TABLE inventory_changes FORCE ROW LEVEL SECURITY;
ALTER TABLE inventory_readings ENABLE ROW LEVEL SECURITY;
ALTER TABLE inventory_readings FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON inventory TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON inventory TO flotilla_app USING (tenant_id = tenant()) WITH CHECK (tenant_id = tenant());
CREATE POLICY ingest ON inventory TO flotilla_ingest USING (true) WITH CHECK (true);
CREATE POLICY platform ON inventory TO flotilla_platform USING (true) WITH CHECK (true);
CREATE POLICY owner ON inventory_changes TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON inventory_changes TO flotilla_app USING (tenant_id = tenant()) WITH CHECK (tenant_id = tenant());
CREATE POLICY ingest ON inventory_changes TO flotilla_ingest USING (true) WITH CHECK (true);
CREATE POLICY platform ON inventory_changes TO flotilla_platform USING (true) WITH CHECK (true);
CREATE POLICY owner ON inventory_readings TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY tenant ON inventory_readings TO flotilla_app USING (tenant_id = tenant()) WITH CHECK (tenant_id = tenant());
CREATE POLICY ingest ON inventory_readings TO flotilla_ingest USING (true) WITH CHECK (true);
CREATE POLICY platform ON inventory_readings TO flotilla_platform USING (true) WITH CHECK (true);
GRANT SELECT ON inventory TO flotilla_app;
GRANT SELECT ON inventory TO flotilla_ingest;
GRANT INSERT ON inventory TO flotilla_ingest;
GRANT UPDATE (facts, last_seen, gone_at) ON inventory TO flotilla_ingest;
GRANT SELECT ON inventory TO flotilla_platform;
GRANT DELETE ON inventory TO flotilla_platform;
GRANT SELECT ON inventory_changes TO flotilla_app;
GRANT INSERT ON inventory_changes TO flotilla_ingest;
GRANT SELECT ON inventory_changes TO flotilla_platform;
GRANT DELETE ON inventory_changes TO flotilla_platform;
GRANT SELECT ON inventory_readings TO flotilla_app;
GRANT SELECT ON inventory_readings TO flotilla_ingest;
GRANT INSERT ON inventory_readings TO flotilla_ingest;
GRANT UPDATE (at, told, kept, mark) ON inventory_readings TO flotilla_ingest;
GRANT SELECT ON inventory_readings TO flotilla_platform;
"""  # noqa: E501


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SQL, execution_options={"no_parameters": True})
