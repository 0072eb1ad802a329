"""Analysts log in by themselves, and read by SQL what is their tenant's."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"

SQL = r"""
CREATE OR REPLACE FUNCTION reader_tenant()
 RETURNS uuid
 LANGUAGE plpgsql
 STABLE PARALLEL SAFE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
BEGIN
    RETURN (SELECT tenant_id FROM readers WHERE name = session_user::text);
END
$function$
;
REVOKE ALL ON FUNCTION reader_tenant() FROM PUBLIC
;

CREATE OR REPLACE FUNCTION tenant()
 RETURNS uuid
 LANGUAGE plpgsql
 STABLE PARALLEL SAFE
AS $function$
BEGIN
    IF session_user = 'flotilla_app' THEN
        RETURN NULLIF(current_setting('app.current_tenant', true), '')::uuid;
    END IF;
    RETURN reader_tenant();
END
$function$
;
REVOKE ALL ON FUNCTION tenant() FROM PUBLIC
;

CREATE TABLE readers (
    name text NOT NULL,
    tenant_id uuid NOT NULL,
    title text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by text NOT NULL,
    expires_at timestamp with time zone,
    CONSTRAINT pk_readers PRIMARY KEY (name),
    CONSTRAINT uq_readers_tenant_id_title UNIQUE (tenant_id, title),
    CONSTRAINT ck_readers_name CHECK (name ~ '^flotilla_reader_[0-9a-f]{12}$'::text),
    CONSTRAINT ck_readers_title CHECK (length(title) >= 1 AND length(title) <= 120)
)
;

ALTER TABLE readers ADD CONSTRAINT fk_readers_tenants FOREIGN KEY (tenant_id) REFERENCES tenants(id) ON DELETE CASCADE;
ALTER TABLE readers ENABLE ROW LEVEL SECURITY;
ALTER TABLE readers FORCE ROW LEVEL SECURITY;
CREATE POLICY reader ON device_state TO flotilla_reader USING ((tenant_id = ( SELECT tenant() AS tenant))) WITH CHECK ((tenant_id = ( SELECT tenant() AS tenant)));
CREATE POLICY reader ON devices TO flotilla_reader USING ((tenant_id = ( SELECT tenant() AS tenant))) WITH CHECK ((tenant_id = ( SELECT tenant() AS tenant)));
CREATE POLICY reader ON inventory TO flotilla_reader USING ((tenant_id = ( SELECT tenant() AS tenant))) WITH CHECK ((tenant_id = ( SELECT tenant() AS tenant)));
CREATE POLICY reader ON inventory_changes TO flotilla_reader USING ((tenant_id = ( SELECT tenant() AS tenant))) WITH CHECK ((tenant_id = ( SELECT tenant() AS tenant)));
CREATE POLICY reader ON inventory_readings TO flotilla_reader USING ((tenant_id = ( SELECT tenant() AS tenant))) WITH CHECK ((tenant_id = ( SELECT tenant() AS tenant)));
CREATE POLICY reader ON operations TO flotilla_reader USING ((tenant_id = ( SELECT tenant() AS tenant))) WITH CHECK ((tenant_id = ( SELECT tenant() AS tenant)));
CREATE POLICY owner ON readers TO flotilla_owner USING (true) WITH CHECK (true);
CREATE POLICY platform ON readers TO flotilla_platform USING (true) WITH CHECK (true);
CREATE POLICY reader ON tenants TO flotilla_reader USING ((id = ( SELECT tenant() AS tenant))) WITH CHECK ((id = ( SELECT tenant() AS tenant)));
GRANT EXECUTE ON FUNCTION reader_tenant() TO flotilla_reader;
GRANT EXECUTE ON FUNCTION tenant() TO flotilla_reader;
GRANT SELECT ON conntrack_1h_view TO flotilla_reader;
GRANT SELECT ON conntrack_5m_view TO flotilla_reader;
GRANT SELECT ON conntrack_view TO flotilla_reader;
GRANT SELECT ON device_state TO flotilla_reader;
GRANT SELECT (id, tenant_id, name, address, port, tls, authority, vantage, interval_seconds, created_at) ON devices TO flotilla_reader;
GRANT SELECT ON dhcp_1h_view TO flotilla_reader;
GRANT SELECT ON dhcp_5m_view TO flotilla_reader;
GRANT SELECT ON dhcp_view TO flotilla_reader;
GRANT SELECT ON health_1h_view TO flotilla_reader;
GRANT SELECT ON health_5m_view TO flotilla_reader;
GRANT SELECT ON health_view TO flotilla_reader;
GRANT SELECT ON interfaces_1h_view TO flotilla_reader;
GRANT SELECT ON interfaces_5m_view TO flotilla_reader;
GRANT SELECT ON interfaces_view TO flotilla_reader;
GRANT SELECT ON inventory TO flotilla_reader;
GRANT SELECT ON inventory_changes TO flotilla_reader;
GRANT SELECT ON inventory_readings TO flotilla_reader;
GRANT SELECT ON operations TO flotilla_reader;
GRANT SELECT ON poe_1h_view TO flotilla_reader;
GRANT SELECT ON poe_5m_view TO flotilla_reader;
GRANT SELECT ON poe_view TO flotilla_reader;
GRANT SELECT ON ppp_1h_view TO flotilla_reader;
GRANT SELECT ON ppp_5m_view TO flotilla_reader;
GRANT SELECT ON ppp_view TO flotilla_reader;
GRANT SELECT ON queues_1h_view TO flotilla_reader;
GRANT SELECT ON queues_5m_view TO flotilla_reader;
GRANT SELECT ON queues_view TO flotilla_reader;
GRANT SELECT ON radio_1h_view TO flotilla_reader;
GRANT SELECT ON radio_5m_view TO flotilla_reader;
GRANT SELECT ON radio_view TO flotilla_reader;
GRANT SELECT ON readers TO flotilla_platform;
GRANT SELECT ON resource_1h_view TO flotilla_reader;
GRANT SELECT ON resource_5m_view TO flotilla_reader;
GRANT SELECT ON resource_view TO flotilla_reader;
GRANT SELECT ON routing_1h_view TO flotilla_reader;
GRANT SELECT ON routing_5m_view TO flotilla_reader;
GRANT SELECT ON routing_view TO flotilla_reader;
GRANT SELECT ON tenants TO flotilla_reader;
GRANT SELECT ON wireless_1h_view TO flotilla_reader;
GRANT SELECT ON wireless_5m_view TO flotilla_reader;
GRANT SELECT ON wireless_clients_1h_view TO flotilla_reader;
GRANT SELECT ON wireless_clients_5m_view TO flotilla_reader;
GRANT SELECT ON wireless_clients_view TO flotilla_reader;
GRANT SELECT ON wireless_view TO flotilla_reader;
"""  # noqa: E501


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SQL, execution_options={"no_parameters": True})
