"""Metric tables and views."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"

SQL = r"""
CREATE OR REPLACE FUNCTION ensure_partitions(days date[])
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
DECLARE
    family text;
    day date;
    name text;
    made integer := 0;
BEGIN
    IF cardinality(days) > 500 THEN
        RAISE EXCEPTION 'at most 500 days at once' USING ERRCODE = 'program_limit_exceeded';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('ensure_partitions'));
    FOR family, day IN
        SELECT c.relname, d FROM pg_partitioned_table p
        JOIN pg_class c ON c.oid = p.partrelid, unnest(days) AS d
        WHERE c.relnamespace = 'public'::regnamespace AND c.relname LIKE '%\_metrics' AND p.partstrat = 'r'
        ORDER BY c.relname, d
    LOOP
        name := family || '_' || to_char(day, 'YYYYMMDD');
        CONTINUE WHEN to_regclass(format('public.%I', name)) IS NOT NULL;
        EXECUTE format('CREATE TABLE public.%I (LIKE public.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)',
                       name, family);
        EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
                       family, name, day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC');
        made := made + 1;
    END LOOP;
    RETURN made;
END
$function$
;
REVOKE ALL ON FUNCTION ensure_partitions(date[]) FROM PUBLIC
;

CREATE TABLE health_metrics (
    "time" timestamp with time zone NOT NULL,
    tenant_id uuid NOT NULL,
    device_id uuid NOT NULL,
    sensor text NOT NULL DEFAULT ''::text,
    temperature_celsius double precision,
    cpu_temperature_celsius double precision,
    board_temperature_celsius double precision,
    voltage_volts double precision,
    current_amperes double precision,
    power_watts double precision,
    fan1_speed_rpm double precision,
    fan2_speed_rpm double precision,
    fan3_speed_rpm double precision,
    fan4_speed_rpm double precision,
    value double precision,
    status smallint,
    CONSTRAINT health_metrics_key UNIQUE (device_id, "time", sensor),
    CONSTRAINT health_metrics_status_range CHECK (status >= 0 AND status <= 1)
) PARTITION BY RANGE ("time")
;

CREATE TABLE interfaces_metrics (
    "time" timestamp with time zone NOT NULL,
    tenant_id uuid NOT NULL,
    device_id uuid NOT NULL,
    interface text NOT NULL DEFAULT ''::text,
    rx_bytes_total bigint,
    rx_bytes_increase bigint,
    rx_bytes_rate double precision,
    tx_bytes_total bigint,
    tx_bytes_increase bigint,
    tx_bytes_rate double precision,
    rx_packets_total bigint,
    rx_packets_increase bigint,
    rx_packets_rate double precision,
    tx_packets_total bigint,
    tx_packets_increase bigint,
    tx_packets_rate double precision,
    rx_errors_total bigint,
    rx_errors_increase bigint,
    rx_errors_rate double precision,
    tx_errors_total bigint,
    tx_errors_increase bigint,
    tx_errors_rate double precision,
    rx_drops_total bigint,
    rx_drops_increase bigint,
    rx_drops_rate double precision,
    tx_drops_total bigint,
    tx_drops_increase bigint,
    tx_drops_rate double precision,
    link smallint,
    CONSTRAINT interfaces_metrics_key UNIQUE (device_id, "time", interface),
    CONSTRAINT interfaces_metrics_link_range CHECK (link >= 0 AND link <= 2)
) PARTITION BY RANGE ("time")
;

CREATE TABLE resource_metrics (
    "time" timestamp with time zone NOT NULL,
    tenant_id uuid NOT NULL,
    device_id uuid NOT NULL,
    cpu_load_ratio double precision,
    memory_free_bytes double precision,
    memory_total_bytes double precision,
    disk_free_bytes double precision,
    disk_total_bytes double precision,
    uptime_seconds double precision,
    CONSTRAINT resource_metrics_key UNIQUE (device_id, "time")
) PARTITION BY RANGE ("time")
;

CREATE TABLE wireless_metrics (
    "time" timestamp with time zone NOT NULL,
    tenant_id uuid NOT NULL,
    device_id uuid NOT NULL,
    interface text NOT NULL DEFAULT ''::text,
    clients double precision,
    signal_dbm double precision,
    signal_min_dbm double precision,
    signal_to_noise_db double precision,
    tx_rate_bps double precision,
    rx_rate_bps double precision,
    ccq_ratio double precision,
    CONSTRAINT wireless_metrics_key UNIQUE (device_id, "time", interface)
) PARTITION BY RANGE ("time")
;

CREATE VIEW health_view WITH (security_barrier=true) AS
 SELECT "time",
    tenant_id,
    device_id,
    sensor,
    temperature_celsius,
    cpu_temperature_celsius,
    board_temperature_celsius,
    voltage_volts,
    current_amperes,
    power_watts,
    fan1_speed_rpm,
    fan2_speed_rpm,
    fan3_speed_rpm,
    fan4_speed_rpm,
    value,
    status
   FROM health_metrics
  WHERE tenant_id = (( SELECT tenant() AS tenant))
;

CREATE VIEW interfaces_view WITH (security_barrier=true) AS
 SELECT "time",
    tenant_id,
    device_id,
    interface,
    rx_bytes_total,
    rx_bytes_increase,
    rx_bytes_rate,
    tx_bytes_total,
    tx_bytes_increase,
    tx_bytes_rate,
    rx_packets_total,
    rx_packets_increase,
    rx_packets_rate,
    tx_packets_total,
    tx_packets_increase,
    tx_packets_rate,
    rx_errors_total,
    rx_errors_increase,
    rx_errors_rate,
    tx_errors_total,
    tx_errors_increase,
    tx_errors_rate,
    rx_drops_total,
    rx_drops_increase,
    rx_drops_rate,
    tx_drops_total,
    tx_drops_increase,
    tx_drops_rate,
    link
   FROM interfaces_metrics
  WHERE tenant_id = (( SELECT tenant() AS tenant))
;

CREATE VIEW resource_view WITH (security_barrier=true) AS
 SELECT "time",
    tenant_id,
    device_id,
    cpu_load_ratio,
    memory_free_bytes,
    memory_total_bytes,
    disk_free_bytes,
    disk_total_bytes,
    uptime_seconds
   FROM resource_metrics
  WHERE tenant_id = (( SELECT tenant() AS tenant))
;

CREATE VIEW wireless_view WITH (security_barrier=true) AS
 SELECT "time",
    tenant_id,
    device_id,
    interface,
    clients,
    signal_dbm,
    signal_min_dbm,
    signal_to_noise_db,
    tx_rate_bps,
    rx_rate_bps,
    ccq_ratio
   FROM wireless_metrics
  WHERE tenant_id = (( SELECT tenant() AS tenant))
;

GRANT EXECUTE ON FUNCTION ensure_partitions(date[]) TO flotilla_ingest;
GRANT EXECUTE ON FUNCTION ensure_partitions(date[]) TO flotilla_platform;
GRANT INSERT ON health_metrics TO flotilla_ingest;
GRANT SELECT ON health_metrics TO flotilla_platform;
GRANT SELECT ON health_view TO flotilla_app;
GRANT INSERT ON interfaces_metrics TO flotilla_ingest;
GRANT SELECT ON interfaces_metrics TO flotilla_platform;
GRANT SELECT ON interfaces_view TO flotilla_app;
GRANT INSERT ON resource_metrics TO flotilla_ingest;
GRANT SELECT ON resource_metrics TO flotilla_platform;
GRANT SELECT ON resource_view TO flotilla_app;
GRANT INSERT ON wireless_metrics TO flotilla_ingest;
GRANT SELECT ON wireless_metrics TO flotilla_platform;
GRANT SELECT ON wireless_view TO flotilla_app;
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SQL, execution_options={"no_parameters": True})
