"""Roll-ups of 5 minutes and 1 hour, which of them are out of date, and how long rows are kept."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"

SQL = r"""
CREATE OR REPLACE FUNCTION drop_partition(name text, unfinished boolean)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
 SET lock_timeout TO '1s'
AS $function$
DECLARE
    parent text;
    first timestamptz;
    ends timestamptz;
BEGIN
    SELECT p.relname INTO parent FROM pg_inherits i
    JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent
    WHERE c.relname = name AND c.relnamespace = 'public'::regnamespace AND p.relname ~ '_(metrics|5m|1h)$';
    IF parent IS NULL THEN
        RETURN false;
    END IF;
    IF parent LIKE '%\_1h' THEN
        first := to_date(right(name, 6), 'YYYYMM')::timestamp AT TIME ZONE 'UTC';
        ends := (to_date(right(name, 6), 'YYYYMM') + interval '1 month') AT TIME ZONE 'UTC';
    ELSE
        first := to_date(right(name, 8), 'YYYYMMDD')::timestamp AT TIME ZONE 'UTC';
        ends := (to_date(right(name, 8), 'YYYYMMDD') + interval '1 day') AT TIME ZONE 'UTC';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('ensure_partitions'));
    EXECUTE format('LOCK TABLE public.%I IN ACCESS EXCLUSIVE MODE', parent);
    IF NOT unfinished AND EXISTS (
        SELECT FROM dirty d WHERE d.bucket < ends AND d.until > first
          AND (d.family || '_metrics' = parent AND d.resolution = '5m'
               OR d.family || '_5m' = parent AND d.resolution = '1h')
    ) THEN
        RETURN false;
    END IF;
    EXECUTE format('DROP TABLE IF EXISTS public.%I', name);
    RETURN true;
END
$function$
;
REVOKE ALL ON FUNCTION drop_partition(text,boolean) FROM PUBLIC
;

CREATE OR REPLACE FUNCTION ensure_partitions(days date[])
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public', 'pg_temp'
AS $function$
DECLARE
    parent text;
    first date;
    ends date;
    name text;
    made integer := 0;
BEGIN
    IF cardinality(days) > 500 THEN
        RAISE EXCEPTION 'at most 500 days at once' USING ERRCODE = 'program_limit_exceeded';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('ensure_partitions'));
    FOR parent, first, ends IN
        SELECT DISTINCT c.relname, s.first, (s.first + s.long)::date
        FROM pg_partitioned_table p
        JOIN pg_class c ON c.oid = p.partrelid
        JOIN (VALUES ('metrics', 'raw'), ('5m', '5m'), ('1h', '1h')) AS t (suffix, resolution)
            ON c.relname LIKE '%\_' || t.suffix
        LEFT JOIN retention k ON k.resolution = t.resolution
        CROSS JOIN unnest(days) AS d
        CROSS JOIN LATERAL (SELECT
            CASE t.suffix WHEN '1h' THEN date_trunc('month', d::timestamp)::date ELSE d END AS first,
            CASE t.suffix WHEN '1h' THEN interval '1 month' ELSE interval '1 day' END AS long
        ) AS s
        WHERE c.relnamespace = 'public'::regnamespace AND p.partstrat = 'r'
          AND (k.floor IS NULL OR (s.first + s.long)::timestamp AT TIME ZONE 'UTC' > k.floor)
        ORDER BY 1, 2
    LOOP
        name := parent || '_' || to_char(first, CASE WHEN parent LIKE '%\_1h' THEN 'YYYYMM' ELSE 'YYYYMMDD' END);
        CONTINUE WHEN to_regclass(format('public.%I', name)) IS NOT NULL;
        EXECUTE format('CREATE TABLE public.%I (LIKE public.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)',
                       name, parent);
        EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
                       parent, name, first::timestamp AT TIME ZONE 'UTC', ends::timestamp AT TIME ZONE 'UTC');
        made := made + 1;
    END LOOP;
    RETURN made;
END
$function$
;
REVOKE ALL ON FUNCTION ensure_partitions(date[]) FROM PUBLIC
;

CREATE TABLE conntrack_1h (
    "time" timestamp with time zone NOT NULL,
    tenant_id uuid NOT NULL,
    device_id uuid NOT NULL,
    rows integer NOT NULL,
    connections_sum double precision,
    connections_min real,
    connections_max real,
    connections_count integer,
    connections_ipv4_sum double precision,
    connections_ipv4_min real,
    connections_ipv4_max real,
    connections_ipv4_count integer,
    connections_ipv6_sum double precision,
    connections_ipv6_min real,
    connections_ipv6_max real,
    connections_ipv6_count integer,
    connections_limit_sum double precision,
    connections_limit_min real,
    connections_limit_max real,
    connections_limit_count integer,
    used_ratio_sum double precision,
    used_ratio_min real,
    used_ratio_max real,
    used_ratio_count integer,
    CONSTRAINT conntrack_1h_key UNIQUE (device_id, "time")
) PARTITION BY RANGE ("time")
;

CREATE TABLE conntrack_5m (
    "time" timestamp with time zone NOT NULL,
    tenant_id uuid NOT NULL,
    device_id uuid NOT NULL,
    rows integer NOT NULL,
    connections_sum double precision,
    connections_min real,
    connections_max real,
    connections_count integer,
    connections_ipv4_sum double precision,
    connections_ipv4_min real,
    connections_ipv4_max real,
    connections_ipv4_count integer,
    connections_ipv6_sum double precision,
    connections_ipv6_min real,
    connections_ipv6_max real,
    connections_ipv6_count integer,
    connections_limit_sum double precision,
    connections_limit_min real,
    connections_limit_max real,
    connections_limit_count integer,
    used_ratio_sum double precision,
    used_ratio_min real,
    used_ratio_max real,
    used_ratio_count integer,
    CONSTRAINT conntrack_5m_key UNIQUE (device_id, "time")
) PARTITION BY RANGE ("time")
;

CREATE TABLE dhcp_1h (
    "time" timestamp with time zone NOT NULL,
    tenant_id uuid NOT NULL,
    device_id uuid NOT NULL,
    server text NOT NULL DEFAULT ''::text,
    rows integer NOT NULL,
    leases_bound_sum double precision,
    leases_bound_min real,
    leases_bound_max real,
    leases_bound_count integer,
    leases_waiting_sum double precision,
    leases_waiting_min real,
    leases_waiting_max real,
    leases_waiting_count integer,
    leases_offered_sum double precision,
    leases_offered_min real,
    leases_offered_max real,
    leases_offered_count integer,
    leases_busy_sum double precision,
    leases_busy_min real,
    leases_busy_max real,
    leases_busy_count integer,
    pool_addresses_sum double precision,
    pool_addresses_min real,
    pool_addresses_max real,
    pool_addresses_count integer,
    pool_used_addresses_sum double precision,
    pool_used_addresses_min real,
    pool_used_addresses_max real,
    pool_used_addresses_count integer,
    pool_used_ratio_sum double precision,
    pool_used_ratio_min real,
    pool_used_ratio_max real,
    pool_used_ratio_count integer,
    CONSTRAINT dhcp_1h_key UNIQUE (device_id, "time", server)
) PARTITION BY RANGE ("time")
;

CREATE TABLE dhcp_5m (
    "time" timestamp with time zone NOT NULL,
    tenant_id uuid NOT NULL,
    device_id uuid NOT NULL,
    server text NOT NULL DEFAULT ''::text,
    rows integer NOT NULL,
    leases_bound_sum double precision,
    leases_bound_min real,
    leases_bound_max real,
    leases_bound_count integer,
    leases_waiting_sum double precision,
    leases_waiting_min real,
    leases_waiting_max real,
    leases_waiting_count integer,
    leases_offered_sum double precision,
    leases_offered_min real,
    leases_offered_max real,
    leases_offered_count integer,
    leases_busy_sum double precision,
    leases_busy_min real,
    leases_busy_max real,
    leases_busy_count integer,
    pool_addresses_sum double precision,
    pool_addresses_min real,
    pool_addresses_max real,
    pool_addresses_count integer,
    pool_used_addresses_sum double precision,
    pool_used_addresses_min real,
    pool_used_addresses_max real,
    pool_used_addresses_count integer,
    pool_used_ratio_sum double precision,
    pool_used_ratio_min real,
    pool_used_ratio_max real,
    pool_used_ratio_count integer,
    CONSTRAINT dhcp_5m_key UNIQUE (device_id, "time", server)
) PARTITION BY RANGE ("time")
;

CREATE TABLE dirty (
    family text NOT NULL,
    resolution text NOT NULL,
    bucket timestamp with time zone NOT NULL,
    until timestamp with time zone NOT NULL,
    CONSTRAINT ck_dirty_resolution CHECK (resolution = ANY (ARRAY['5m'::text, '1h'::text])),
    CONSTRAINT ck_dirty_until CHECK (until > bucket)
)
;

CREATE TABLE health_1h (
    "time" timestamp with time zone NOT NULL,
    tenant_id uuid NOT NULL,
    device_id uuid NOT NULL,
    sensor text NOT NULL DEFAULT ''::text,
    rows integer NOT NULL,
    temperature_celsius_sum double precision,
    temperature_celsius_min real,
    temperature_celsius_max real,
    temperature_celsius_count integer,
    cpu_temperature_celsius_sum double precision,
    cpu_temperature_celsius_min real,
    cpu_temperature_celsius_max real,
    cpu_temperature_celsius_count integer,
    board_temperature_celsius_sum double precision,
    board_temperature_celsius_min real,
    board_temperature_celsius_max real,
    board_temperature_celsius_count integer,
    voltage_volts_sum double precision,
    voltage_volts_min real,
    voltage_volts_max real,
    voltage_volts_count integer,
    current_amperes_sum double precision,
    current_amperes_min real,
    current_amperes_max real,
    current_amperes_count integer,
    power_watts_sum double precision,
    power_watts_min real,
    power_watts_max real,
    power_watts_count integer,
    fan1_speed_rpm_sum double precision,
    fan1_speed_rpm_min real,
    fan1_speed_rpm_max real,
    fan1_speed_rpm_count integer,
    fan2_speed_rpm_sum double precision,
    fan2_speed_rpm_min real,
    fan2_speed_rpm_max real,
    fan2_speed_rpm_count integer,
    fan3_speed_rpm_sum double precision,
    fan3_speed_rpm_min real,
    fan3_speed_rpm_max real,
    fan3_speed_rpm_count integer,
    fan4_speed_rpm_sum double precision,
    fan4_speed_rpm_min real,
    fan4_speed_rpm_max real,
    fan4_speed_rpm_count integer,
    value_sum double precision,
    value_min real,
    value_max real,
    value_count integer,
    status_last smallint,
    status_min smallint,
    status_max smallint,
    CONSTRAINT health_1h_key UNIQUE (device_id, "time", sensor)
) PARTITION BY RANGE ("time")
;

CREATE TABLE health_5m (
    "time" timestamp with time zone NOT NULL,
    tenant_id uuid NOT NULL,
    device_id uuid NOT NULL,
    sensor text NOT NULL DEFAULT ''::text,
    rows integer NOT NULL,
    temperature_celsius_sum double precision,
    temperature_celsius_min real,
    temperature_celsius_max real,
    temperature_celsius_count integer,
    cpu_temperature_celsius_sum double precision,
    cpu_temperature_celsius_min real,
    cpu_temperature_celsius_max real,
    cpu_temperature_celsius_count integer,
    board_temperature_celsius_sum double precision,
    board_temperature_celsius_min real,
    board_temperature_celsius_max real,
    board_temperature_celsius_count integer,
    voltage_volts_sum double precision,
    voltage_volts_min real,
    voltage_volts_max real,
    voltage_volts_count integer,
    current_amperes_sum double precision,
    current_amperes_min real,
    current_amperes_max real,
    current_amperes_count integer,
    power_watts_sum double precision,
    power_watts_min real,
    power_watts_max real,
    power_watts_count integer,
    fan1_speed_rpm_sum double precision,
    fan1_speed_rpm_min real,
    fan1_speed_rpm_max real,
    fan1_speed_rpm_count integer,
    fan2_speed_rpm_sum double precision,
    fan2_speed_rpm_min real,
    fan2_speed_rpm_max real,
    fan2_speed_rpm_count integer,
    fan3_speed_rpm_sum double precision,
    fan3_speed_rpm_min real,
    fan3_speed_rpm_max real,
    fan3_speed_rpm_count integer,
    fan4_speed_rpm_sum double precision,
    fan4_speed_rpm_min real,
    fan4_speed_rpm_max real,
    fan4_speed_rpm_count integer,
    value_sum double precision,
    value_min real,
    value_max real,
    value_count integer,
    status_last smallint,
    status_min smallint,
    status_max smallint,
    CONSTRAINT health_5m_key UNIQUE (device_id, "time", sensor)
) PARTITION BY RANGE ("time")
;

CREATE TABLE interfaces_1h (
    "time" timestamp with time zone NOT NULL,
    tenant_id uuid NOT NULL,
    device_id uuid NOT NULL,
    interface text NOT NULL DEFAULT ''::text,
    rows integer NOT NULL,
    rx_bytes_total_last bigint,
    rx_bytes_increase_sum bigint,
    rx_bytes_increase_max bigint,
    rx_bytes_rate_sum double precision,
    rx_bytes_rate_min real,
    rx_bytes_rate_max real,
    rx_bytes_rate_count integer,
    tx_bytes_total_last bigint,
    tx_bytes_increase_sum bigint,
    tx_bytes_increase_max bigint,
    tx_bytes_rate_sum double precision,
    tx_bytes_rate_min real,
    tx_bytes_rate_max real,
    tx_bytes_rate_count integer,
    rx_packets_total_last bigint,
    rx_packets_increase_sum bigint,
    rx_packets_increase_max bigint,
    rx_packets_rate_sum double precision,
    rx_packets_rate_min real,
    rx_packets_rate_max real,
    rx_packets_rate_count integer,
    tx_packets_total_last bigint,
    tx_packets_increase_sum bigint,
    tx_packets_increase_max bigint,
    tx_packets_rate_sum double precision,
    tx_packets_rate_min real,
    tx_packets_rate_max real,
    tx_packets_rate_count integer,
    rx_errors_total_last bigint,
    rx_errors_increase_sum bigint,
    rx_errors_increase_max bigint,
    rx_errors_rate_sum double precision,
    rx_errors_rate_min real,
    rx_errors_rate_max real,
    rx_errors_rate_count integer,
    tx_errors_total_last bigint,
    tx_errors_increase_sum bigint,
    tx_errors_increase_max bigint,
    tx_errors_rate_sum double precision,
    tx_errors_rate_min real,
    tx_errors_rate_max real,
    tx_errors_rate_count integer,
    rx_drops_total_last bigint,
    rx_drops_increase_sum bigint,
    rx_drops_increase_max bigint,
    rx_drops_rate_sum double precision,
    rx_drops_rate_min real,
    rx_drops_rate_max real,
    rx_drops_rate_count integer,
    tx_drops_total_last bigint,
    tx_drops_increase_sum bigint,
    tx_drops_increase_max bigint,
    tx_drops_rate_sum double precision,
    tx_drops_rate_min real,
    tx_drops_rate_max real,
    tx_drops_rate_count integer,
    link_last smallint,
    link_min smallint,
    link_max smallint,
    CONSTRAINT interfaces_1h_key UNIQUE (device_id, "time", interface)
) PARTITION BY RANGE ("time")
;

CREATE TABLE interfaces_5m (
    "time" timestamp with time zone NOT NULL,
    tenant_id uuid NOT NULL,
    device_id uuid NOT NULL,
    interface text NOT NULL DEFAULT ''::text,
    rows integer NOT NULL,
    rx_bytes_total_last bigint,
    rx_bytes_increase_sum bigint,
    rx_bytes_increase_max bigint,
    rx_bytes_rate_sum double precision,
    rx_bytes_rate_min real,
    rx_bytes_rate_max real,
    rx_bytes_rate_count integer,
    tx_bytes_total_last bigint,
    tx_bytes_increase_sum bigint,
    tx_bytes_increase_max bigint,
    tx_bytes_rate_sum double precision,
    tx_bytes_rate_min real,
    tx_bytes_rate_max real,
    tx_bytes_rate_count integer,
    rx_packets_total_last bigint,
    rx_packets_increase_sum bigint,
    rx_packets_increase_max bigint,
    rx_packets_rate_sum double precision,
    rx_packets_rate_min real,
    rx_packets_rate_max real,
    rx_packets_rate_count integer,
    tx_packets_total_last bigint,
    tx_packets_increase_sum bigint,
    tx_packets_increase_max bigint,
    tx_packets_rate_sum double precision,
    tx_packets_rate_min real,
    tx_packets_rate_max real,
    tx_packets_rate_count integer,
    rx_errors_total_last bigint,
    rx_errors_increase_sum bigint,
    rx_errors_increase_max bigint,
    rx_errors_rate_sum double precision,
    rx_errors_rate_min real,
    rx_errors_rate_max real,
    rx_errors_rate_count integer,
    tx_errors_total_last bigint,
    tx_errors_increase_sum bigint,
    tx_errors_increase_max bigint,
    tx_errors_rate_sum double precision,
    tx_errors_rate_min real,
    tx_errors_rate_max real,
    tx_errors_rate_count integer,
    rx_drops_total_last bigint,
    rx_drops_increase_sum bigint,
    rx_drops_increase_max bigint,
    rx_drops_rate_sum double precision,
    rx_drops_rate_min real,
    rx_drops_rate_max real,
    rx_drops_rate_count integer,
    tx_drops_total_last bigint,
    tx_drops_increase_sum bigint,
    tx_drops_increase_max bigint,
    tx_drops_rate_sum double precision,
    tx_drops_rate_min real,
    tx_drops_rate_max real,
    tx_drops_rate_count integer,
    link_last smallint,
    link_min smallint,
    link_max smallint,
    CONSTRAINT interfaces_5m_key UNIQUE (device_id, "time", interface)
) PARTITION BY RANGE ("time")
;

CREATE TABLE poe_1h (
    "time" timestamp with time zone NOT NULL,
    tenant_id uuid NOT NULL,
    device_id uuid NOT NULL,
    interface text NOT NULL DEFAULT ''::text,
    rows integer NOT NULL,
    status_last smallint,
    status_min smallint,
    status_max smallint,
    voltage_volts_sum double precision,
    voltage_volts_min real,
    voltage_volts_max real,
    voltage_volts_count integer,
    current_amperes_sum double precision,
    current_amperes_min real,
    current_amperes_max real,
    current_amperes_count integer,
    power_watts_sum double precision,
    power_watts_min real,
    power_watts_max real,
    power_watts_count integer,
    CONSTRAINT poe_1h_key UNIQUE (device_id, "time", interface)
) PARTITION BY RANGE ("time")
;

CREATE TABLE poe_5m (
    "time" timestamp with time zone NOT NULL,
    tenant_id uuid NOT NULL,
    device_id uuid NOT NULL,
    interface text NOT NULL DEFAULT ''::text,
    rows integer NOT NULL,
    status_last smallint,
    status_min smallint,
    status_max smallint,
    voltage_volts_sum double precision,
    voltage_volts_min real,
    voltage_volts_max real,
    voltage_volts_count integer,
    current_amperes_sum double precision,
    current_amperes_min real,
    current_amperes_max real,
    current_amperes_count integer,
    power_watts_sum double precision,
    power_watts_min real,
    power_watts_max real,
    power_watts_count integer,
    CONSTRAINT poe_5m_key UNIQUE (device_id, "time", interface)
) PARTITION BY RANGE ("time")
;

CREATE TABLE ppp_1h (
    "time" timestamp with time zone NOT NULL,
    tenant_id uuid NOT NULL,
    device_id uuid NOT NULL,
    rows integer NOT NULL,
    sessions_sum double precision,
    sessions_min real,
    sessions_max real,
    sessions_count integer,
    pppoe_sessions_sum double precision,
    pppoe_sessions_min real,
    pppoe_sessions_max real,
    pppoe_sessions_count integer,
    l2tp_sessions_sum double precision,
    l2tp_sessions_min real,
    l2tp_sessions_max real,
    l2tp_sessions_count integer,
    pptp_sessions_sum double precision,
    pptp_sessions_min real,
    pptp_sessions_max real,
    pptp_sessions_count integer,
    sstp_sessions_sum double precision,
    sstp_sessions_min real,
    sstp_sessions_max real,
    sstp_sessions_count integer,
    ovpn_sessions_sum double precision,
    ovpn_sessions_min real,
    ovpn_sessions_max real,
    ovpn_sessions_count integer,
    CONSTRAINT ppp_1h_key UNIQUE (device_id, "time")
) PARTITION BY RANGE ("time")
;

CREATE TABLE ppp_5m (
    "time" timestamp with time zone NOT NULL,
    tenant_id uuid NOT NULL,
    device_id uuid NOT NULL,
    rows integer NOT NULL,
    sessions_sum double precision,
    sessions_min real,
    sessions_max real,
    sessions_count integer,
    pppoe_sessions_sum double precision,
    pppoe_sessions_min real,
    pppoe_sessions_max real,
    pppoe_sessions_count integer,
    l2tp_sessions_sum double precision,
    l2tp_sessions_min real,
    l2tp_sessions_max real,
    l2tp_sessions_count integer,
    pptp_sessions_sum double precision,
    pptp_sessions_min real,
    pptp_sessions_max real,
    pptp_sessions_count integer,
    sstp_sessions_sum double precision,
    sstp_sessions_min real,
    sstp_sessions_max real,
    sstp_sessions_count integer,
    ovpn_sessions_sum double precision,
    ovpn_sessions_min real,
    ovpn_sessions_max real,
    ovpn_sessions_count integer,
    CONSTRAINT ppp_5m_key UNIQUE (device_id, "time")
) PARTITION BY RANGE ("time")
;

CREATE TABLE queues_1h (
    "time" timestamp with time zone NOT NULL,
    tenant_id uuid NOT NULL,
    device_id uuid NOT NULL,
    queue text NOT NULL DEFAULT ''::text,
    rows integer NOT NULL,
    upload_bytes_total_last bigint,
    upload_bytes_increase_sum bigint,
    upload_bytes_increase_max bigint,
    upload_bytes_rate_sum double precision,
    upload_bytes_rate_min real,
    upload_bytes_rate_max real,
    upload_bytes_rate_count integer,
    download_bytes_total_last bigint,
    download_bytes_increase_sum bigint,
    download_bytes_increase_max bigint,
    download_bytes_rate_sum double precision,
    download_bytes_rate_min real,
    download_bytes_rate_max real,
    download_bytes_rate_count integer,
    upload_packets_total_last bigint,
    upload_packets_increase_sum bigint,
    upload_packets_increase_max bigint,
    upload_packets_rate_sum double precision,
    upload_packets_rate_min real,
    upload_packets_rate_max real,
    upload_packets_rate_count integer,
    download_packets_total_last bigint,
    download_packets_increase_sum bigint,
    download_packets_increase_max bigint,
    download_packets_rate_sum double precision,
    download_packets_rate_min real,
    download_packets_rate_max real,
    download_packets_rate_count integer,
    upload_drops_total_last bigint,
    upload_drops_increase_sum bigint,
    upload_drops_increase_max bigint,
    upload_drops_rate_sum double precision,
    upload_drops_rate_min real,
    upload_drops_rate_max real,
    upload_drops_rate_count integer,
    download_drops_total_last bigint,
    download_drops_increase_sum bigint,
    download_drops_increase_max bigint,
    download_drops_rate_sum double precision,
    download_drops_rate_min real,
    download_drops_rate_max real,
    download_drops_rate_count integer,
    upload_rate_bps_sum double precision,
    upload_rate_bps_min real,
    upload_rate_bps_max real,
    upload_rate_bps_count integer,
    download_rate_bps_sum double precision,
    download_rate_bps_min real,
    download_rate_bps_max real,
    download_rate_bps_count integer,
    upload_limit_bps_sum double precision,
    upload_limit_bps_min real,
    upload_limit_bps_max real,
    upload_limit_bps_count integer,
    download_limit_bps_sum double precision,
    download_limit_bps_min real,
    download_limit_bps_max real,
    download_limit_bps_count integer,
    upload_queued_bytes_sum double precision,
    upload_queued_bytes_min real,
    upload_queued_bytes_max real,
    upload_queued_bytes_count integer,
    download_queued_bytes_sum double precision,
    download_queued_bytes_min real,
    download_queued_bytes_max real,
    download_queued_bytes_count integer,
    CONSTRAINT queues_1h_key UNIQUE (device_id, "time", queue)
) PARTITION BY RANGE ("time")
;

CREATE TABLE queues_5m (
    "time" timestamp with time zone NOT NULL,
    tenant_id uuid NOT NULL,
    device_id uuid NOT NULL,
    queue text NOT NULL DEFAULT ''::text,
    rows integer NOT NULL,
    upload_bytes_total_last bigint,
    upload_bytes_increase_sum bigint,
    upload_bytes_increase_max bigint,
    upload_bytes_rate_sum double precision,
    upload_bytes_rate_min real,
    upload_bytes_rate_max real,
    upload_bytes_rate_count integer,
    download_bytes_total_last bigint,
    download_bytes_increase_sum bigint,
    download_bytes_increase_max bigint,
    download_bytes_rate_sum double precision,
    download_bytes_rate_min real,
    download_bytes_rate_max real,
    download_bytes_rate_count integer,
    upload_packets_total_last bigint,
    upload_packets_increase_sum bigint,
    upload_packets_increase_max bigint,
    upload_packets_rate_sum double precision,
    upload_packets_rate_min real,
    upload_packets_rate_max real,
    upload_packets_rate_count integer,
    download_packets_total_last bigint,
    download_packets_increase_sum bigint,
    download_packets_increase_max bigint,
    download_packets_rate_sum double precision,
    download_packets_rate_min real,
    download_packets_rate_max real,
    download_packets_rate_count integer,
    upload_drops_total_last bigint,
    upload_drops_increase_sum bigint,
    upload_drops_increase_max bigint,
    upload_drops_rate_sum double precision,
    upload_drops_rate_min real,
    upload_drops_rate_max real,
    upload_drops_rate_count integer,
    download_drops_total_last bigint,
    download_drops_increase_sum bigint,
    download_drops_increase_max bigint,
    download_drops_rate_sum double precision,
    download_drops_rate_min real,
    download_drops_rate_max real,
    download_drops_rate_count integer,
    upload_rate_bps_sum double precision,
    upload_rate_bps_min real,
    upload_rate_bps_max real,
    upload_rate_bps_count integer,
    download_rate_bps_sum double precision,
    download_rate_bps_min real,
    download_rate_bps_max real,
    download_rate_bps_count integer,
    upload_limit_bps_sum double precision,
    upload_limit_bps_min real,
    upload_limit_bps_max real,
    upload_limit_bps_count integer,
    download_limit_bps_sum double precision,
    download_limit_bps_min real,
    download_limit_bps_max real,
    download_limit_bps_count integer,
    upload_queued_bytes_sum double precision,
    upload_queued_bytes_min real,
    upload_queued_bytes_max real,
    upload_queued_bytes_count integer,
    download_queued_bytes_sum double precision,
    download_queued_bytes_min real,
    download_queued_bytes_max real,
    download_queued_bytes_count integer,
    CONSTRAINT queues_5m_key UNIQUE (device_id, "time", queue)
) PARTITION BY RANGE ("time")
;

CREATE TABLE radio_1h (
    "time" timestamp with time zone NOT NULL,
    tenant_id uuid NOT NULL,
    device_id uuid NOT NULL,
    interface text NOT NULL DEFAULT ''::text,
    rows integer NOT NULL,
    frequency_hertz_sum double precision,
    frequency_hertz_min real,
    frequency_hertz_max real,
    frequency_hertz_count integer,
    channel_width_hertz_sum double precision,
    channel_width_hertz_min real,
    channel_width_hertz_max real,
    channel_width_hertz_count integer,
    tx_power_dbm_sum double precision,
    tx_power_dbm_min real,
    tx_power_dbm_max real,
    tx_power_dbm_count integer,
    noise_floor_dbm_sum double precision,
    noise_floor_dbm_min real,
    noise_floor_dbm_max real,
    noise_floor_dbm_count integer,
    clients_sum double precision,
    clients_min real,
    clients_max real,
    clients_count integer,
    clients_authorized_sum double precision,
    clients_authorized_min real,
    clients_authorized_max real,
    clients_authorized_count integer,
    ccq_ratio_sum double precision,
    ccq_ratio_min real,
    ccq_ratio_max real,
    ccq_ratio_count integer,
    state_last smallint,
    state_min smallint,
    state_max smallint,
    CONSTRAINT radio_1h_key UNIQUE (device_id, "time", interface)
) PARTITION BY RANGE ("time")
;

CREATE TABLE radio_5m (
    "time" timestamp with time zone NOT NULL,
    tenant_id uuid NOT NULL,
    device_id uuid NOT NULL,
    interface text NOT NULL DEFAULT ''::text,
    rows integer NOT NULL,
    frequency_hertz_sum double precision,
    frequency_hertz_min real,
    frequency_hertz_max real,
    frequency_hertz_count integer,
    channel_width_hertz_sum double precision,
    channel_width_hertz_min real,
    channel_width_hertz_max real,
    channel_width_hertz_count integer,
    tx_power_dbm_sum double precision,
    tx_power_dbm_min real,
    tx_power_dbm_max real,
    tx_power_dbm_count integer,
    noise_floor_dbm_sum double precision,
    noise_floor_dbm_min real,
    noise_floor_dbm_max real,
    noise_floor_dbm_count integer,
    clients_sum double precision,
    clients_min real,
    clients_max real,
    clients_count integer,
    clients_authorized_sum double precision,
    clients_authorized_min real,
    clients_authorized_max real,
    clients_authorized_count integer,
    ccq_ratio_sum double precision,
    ccq_ratio_min real,
    ccq_ratio_max real,
    ccq_ratio_count integer,
    state_last smallint,
    state_min smallint,
    state_max smallint,
    CONSTRAINT radio_5m_key UNIQUE (device_id, "time", interface)
) PARTITION BY RANGE ("time")
;

CREATE TABLE resource_1h (
    "time" timestamp with time zone NOT NULL,
    tenant_id uuid NOT NULL,
    device_id uuid NOT NULL,
    rows integer NOT NULL,
    cpu_load_ratio_sum double precision,
    cpu_load_ratio_min real,
    cpu_load_ratio_max real,
    cpu_load_ratio_count integer,
    memory_free_bytes_sum double precision,
    memory_free_bytes_min real,
    memory_free_bytes_max real,
    memory_free_bytes_count integer,
    memory_total_bytes_sum double precision,
    memory_total_bytes_min real,
    memory_total_bytes_max real,
    memory_total_bytes_count integer,
    disk_free_bytes_sum double precision,
    disk_free_bytes_min real,
    disk_free_bytes_max real,
    disk_free_bytes_count integer,
    disk_total_bytes_sum double precision,
    disk_total_bytes_min real,
    disk_total_bytes_max real,
    disk_total_bytes_count integer,
    uptime_seconds_sum double precision,
    uptime_seconds_min real,
    uptime_seconds_max real,
    uptime_seconds_count integer,
    CONSTRAINT resource_1h_key UNIQUE (device_id, "time")
) PARTITION BY RANGE ("time")
;

CREATE TABLE resource_5m (
    "time" timestamp with time zone NOT NULL,
    tenant_id uuid NOT NULL,
    device_id uuid NOT NULL,
    rows integer NOT NULL,
    cpu_load_ratio_sum double precision,
    cpu_load_ratio_min real,
    cpu_load_ratio_max real,
    cpu_load_ratio_count integer,
    memory_free_bytes_sum double precision,
    memory_free_bytes_min real,
    memory_free_bytes_max real,
    memory_free_bytes_count integer,
    memory_total_bytes_sum double precision,
    memory_total_bytes_min real,
    memory_total_bytes_max real,
    memory_total_bytes_count integer,
    disk_free_bytes_sum double precision,
    disk_free_bytes_min real,
    disk_free_bytes_max real,
    disk_free_bytes_count integer,
    disk_total_bytes_sum double precision,
    disk_total_bytes_min real,
    disk_total_bytes_max real,
    disk_total_bytes_count integer,
    uptime_seconds_sum double precision,
    uptime_seconds_min real,
    uptime_seconds_max real,
    uptime_seconds_count integer,
    CONSTRAINT resource_5m_key UNIQUE (device_id, "time")
) PARTITION BY RANGE ("time")
;

CREATE TABLE retention (
    resolution text NOT NULL,
    keep interval,
    floor timestamp with time zone,
    CONSTRAINT pk_retention PRIMARY KEY (resolution),
    CONSTRAINT ck_retention_keep CHECK (keep > '00:00:00'::interval),
    CONSTRAINT ck_retention_resolution CHECK (resolution = ANY (ARRAY['raw'::text, '5m'::text, '1h'::text]))
)
;

CREATE TABLE routing_1h (
    "time" timestamp with time zone NOT NULL,
    tenant_id uuid NOT NULL,
    device_id uuid NOT NULL,
    protocol text NOT NULL DEFAULT ''::text,
    peer text NOT NULL DEFAULT ''::text,
    address text NOT NULL DEFAULT ''::text,
    rows integer NOT NULL,
    state_last smallint,
    state_min smallint,
    state_max smallint,
    uptime_seconds_sum double precision,
    uptime_seconds_min real,
    uptime_seconds_max real,
    uptime_seconds_count integer,
    prefixes_sum double precision,
    prefixes_min real,
    prefixes_max real,
    prefixes_count integer,
    state_changes_total_last bigint,
    state_changes_increase_sum bigint,
    state_changes_increase_max bigint,
    state_changes_rate_sum double precision,
    state_changes_rate_min real,
    state_changes_rate_max real,
    state_changes_rate_count integer,
    routes_sum double precision,
    routes_min real,
    routes_max real,
    routes_count integer,
    CONSTRAINT routing_1h_key UNIQUE (device_id, "time", protocol, peer, address)
) PARTITION BY RANGE ("time")
;

CREATE TABLE routing_5m (
    "time" timestamp with time zone NOT NULL,
    tenant_id uuid NOT NULL,
    device_id uuid NOT NULL,
    protocol text NOT NULL DEFAULT ''::text,
    peer text NOT NULL DEFAULT ''::text,
    address text NOT NULL DEFAULT ''::text,
    rows integer NOT NULL,
    state_last smallint,
    state_min smallint,
    state_max smallint,
    uptime_seconds_sum double precision,
    uptime_seconds_min real,
    uptime_seconds_max real,
    uptime_seconds_count integer,
    prefixes_sum double precision,
    prefixes_min real,
    prefixes_max real,
    prefixes_count integer,
    state_changes_total_last bigint,
    state_changes_increase_sum bigint,
    state_changes_increase_max bigint,
    state_changes_rate_sum double precision,
    state_changes_rate_min real,
    state_changes_rate_max real,
    state_changes_rate_count integer,
    routes_sum double precision,
    routes_min real,
    routes_max real,
    routes_count integer,
    CONSTRAINT routing_5m_key UNIQUE (device_id, "time", protocol, peer, address)
) PARTITION BY RANGE ("time")
;

CREATE TABLE wireless_1h (
    "time" timestamp with time zone NOT NULL,
    tenant_id uuid NOT NULL,
    device_id uuid NOT NULL,
    interface text NOT NULL DEFAULT ''::text,
    rows integer NOT NULL,
    clients_sum double precision,
    clients_min real,
    clients_max real,
    clients_count integer,
    signal_dbm_sum double precision,
    signal_dbm_min real,
    signal_dbm_max real,
    signal_dbm_count integer,
    signal_min_dbm_sum double precision,
    signal_min_dbm_min real,
    signal_min_dbm_max real,
    signal_min_dbm_count integer,
    signal_to_noise_db_sum double precision,
    signal_to_noise_db_min real,
    signal_to_noise_db_max real,
    signal_to_noise_db_count integer,
    tx_rate_bps_sum double precision,
    tx_rate_bps_min real,
    tx_rate_bps_max real,
    tx_rate_bps_count integer,
    rx_rate_bps_sum double precision,
    rx_rate_bps_min real,
    rx_rate_bps_max real,
    rx_rate_bps_count integer,
    ccq_ratio_sum double precision,
    ccq_ratio_min real,
    ccq_ratio_max real,
    ccq_ratio_count integer,
    CONSTRAINT wireless_1h_key UNIQUE (device_id, "time", interface)
) PARTITION BY RANGE ("time")
;

CREATE TABLE wireless_5m (
    "time" timestamp with time zone NOT NULL,
    tenant_id uuid NOT NULL,
    device_id uuid NOT NULL,
    interface text NOT NULL DEFAULT ''::text,
    rows integer NOT NULL,
    clients_sum double precision,
    clients_min real,
    clients_max real,
    clients_count integer,
    signal_dbm_sum double precision,
    signal_dbm_min real,
    signal_dbm_max real,
    signal_dbm_count integer,
    signal_min_dbm_sum double precision,
    signal_min_dbm_min real,
    signal_min_dbm_max real,
    signal_min_dbm_count integer,
    signal_to_noise_db_sum double precision,
    signal_to_noise_db_min real,
    signal_to_noise_db_max real,
    signal_to_noise_db_count integer,
    tx_rate_bps_sum double precision,
    tx_rate_bps_min real,
    tx_rate_bps_max real,
    tx_rate_bps_count integer,
    rx_rate_bps_sum double precision,
    rx_rate_bps_min real,
    rx_rate_bps_max real,
    rx_rate_bps_count integer,
    ccq_ratio_sum double precision,
    ccq_ratio_min real,
    ccq_ratio_max real,
    ccq_ratio_count integer,
    CONSTRAINT wireless_5m_key UNIQUE (device_id, "time", interface)
) PARTITION BY RANGE ("time")
;

CREATE TABLE wireless_clients_1h (
    "time" timestamp with time zone NOT NULL,
    tenant_id uuid NOT NULL,
    device_id uuid NOT NULL,
    interface text NOT NULL DEFAULT ''::text,
    mac_address text NOT NULL DEFAULT ''::text,
    ssid text NOT NULL DEFAULT ''::text,
    rows integer NOT NULL,
    signal_dbm_sum double precision,
    signal_dbm_min real,
    signal_dbm_max real,
    signal_dbm_count integer,
    signal_to_noise_db_sum double precision,
    signal_to_noise_db_min real,
    signal_to_noise_db_max real,
    signal_to_noise_db_count integer,
    tx_rate_bps_sum double precision,
    tx_rate_bps_min real,
    tx_rate_bps_max real,
    tx_rate_bps_count integer,
    rx_rate_bps_sum double precision,
    rx_rate_bps_min real,
    rx_rate_bps_max real,
    rx_rate_bps_count integer,
    tx_ccq_ratio_sum double precision,
    tx_ccq_ratio_min real,
    tx_ccq_ratio_max real,
    tx_ccq_ratio_count integer,
    rx_ccq_ratio_sum double precision,
    rx_ccq_ratio_min real,
    rx_ccq_ratio_max real,
    rx_ccq_ratio_count integer,
    tx_bytes_total_last bigint,
    tx_bytes_increase_sum bigint,
    tx_bytes_increase_max bigint,
    tx_bytes_rate_sum double precision,
    tx_bytes_rate_min real,
    tx_bytes_rate_max real,
    tx_bytes_rate_count integer,
    rx_bytes_total_last bigint,
    rx_bytes_increase_sum bigint,
    rx_bytes_increase_max bigint,
    rx_bytes_rate_sum double precision,
    rx_bytes_rate_min real,
    rx_bytes_rate_max real,
    rx_bytes_rate_count integer,
    uptime_seconds_sum double precision,
    uptime_seconds_min real,
    uptime_seconds_max real,
    uptime_seconds_count integer,
    CONSTRAINT wireless_clients_1h_key UNIQUE (device_id, "time", interface, mac_address, ssid)
) PARTITION BY RANGE ("time")
;

CREATE TABLE wireless_clients_5m (
    "time" timestamp with time zone NOT NULL,
    tenant_id uuid NOT NULL,
    device_id uuid NOT NULL,
    interface text NOT NULL DEFAULT ''::text,
    mac_address text NOT NULL DEFAULT ''::text,
    ssid text NOT NULL DEFAULT ''::text,
    rows integer NOT NULL,
    signal_dbm_sum double precision,
    signal_dbm_min real,
    signal_dbm_max real,
    signal_dbm_count integer,
    signal_to_noise_db_sum double precision,
    signal_to_noise_db_min real,
    signal_to_noise_db_max real,
    signal_to_noise_db_count integer,
    tx_rate_bps_sum double precision,
    tx_rate_bps_min real,
    tx_rate_bps_max real,
    tx_rate_bps_count integer,
    rx_rate_bps_sum double precision,
    rx_rate_bps_min real,
    rx_rate_bps_max real,
    rx_rate_bps_count integer,
    tx_ccq_ratio_sum double precision,
    tx_ccq_ratio_min real,
    tx_ccq_ratio_max real,
    tx_ccq_ratio_count integer,
    rx_ccq_ratio_sum double precision,
    rx_ccq_ratio_min real,
    rx_ccq_ratio_max real,
    rx_ccq_ratio_count integer,
    tx_bytes_total_last bigint,
    tx_bytes_increase_sum bigint,
    tx_bytes_increase_max bigint,
    tx_bytes_rate_sum double precision,
    tx_bytes_rate_min real,
    tx_bytes_rate_max real,
    tx_bytes_rate_count integer,
    rx_bytes_total_last bigint,
    rx_bytes_increase_sum bigint,
    rx_bytes_increase_max bigint,
    rx_bytes_rate_sum double precision,
    rx_bytes_rate_min real,
    rx_bytes_rate_max real,
    rx_bytes_rate_count integer,
    uptime_seconds_sum double precision,
    uptime_seconds_min real,
    uptime_seconds_max real,
    uptime_seconds_count integer,
    CONSTRAINT wireless_clients_5m_key UNIQUE (device_id, "time", interface, mac_address, ssid)
) PARTITION BY RANGE ("time")
;

CREATE VIEW conntrack_1h_view WITH (security_barrier=true) AS
 SELECT "time",
    tenant_id,
    device_id,
    rows,
    connections_sum,
    connections_min,
    connections_max,
    connections_count,
    connections_ipv4_sum,
    connections_ipv4_min,
    connections_ipv4_max,
    connections_ipv4_count,
    connections_ipv6_sum,
    connections_ipv6_min,
    connections_ipv6_max,
    connections_ipv6_count,
    connections_limit_sum,
    connections_limit_min,
    connections_limit_max,
    connections_limit_count,
    used_ratio_sum,
    used_ratio_min,
    used_ratio_max,
    used_ratio_count
   FROM conntrack_1h
  WHERE tenant_id = (( SELECT tenant() AS tenant))
;

CREATE VIEW conntrack_5m_view WITH (security_barrier=true) AS
 SELECT "time",
    tenant_id,
    device_id,
    rows,
    connections_sum,
    connections_min,
    connections_max,
    connections_count,
    connections_ipv4_sum,
    connections_ipv4_min,
    connections_ipv4_max,
    connections_ipv4_count,
    connections_ipv6_sum,
    connections_ipv6_min,
    connections_ipv6_max,
    connections_ipv6_count,
    connections_limit_sum,
    connections_limit_min,
    connections_limit_max,
    connections_limit_count,
    used_ratio_sum,
    used_ratio_min,
    used_ratio_max,
    used_ratio_count
   FROM conntrack_5m
  WHERE tenant_id = (( SELECT tenant() AS tenant))
;

CREATE VIEW dhcp_1h_view WITH (security_barrier=true) AS
 SELECT "time",
    tenant_id,
    device_id,
    server,
    rows,
    leases_bound_sum,
    leases_bound_min,
    leases_bound_max,
    leases_bound_count,
    leases_waiting_sum,
    leases_waiting_min,
    leases_waiting_max,
    leases_waiting_count,
    leases_offered_sum,
    leases_offered_min,
    leases_offered_max,
    leases_offered_count,
    leases_busy_sum,
    leases_busy_min,
    leases_busy_max,
    leases_busy_count,
    pool_addresses_sum,
    pool_addresses_min,
    pool_addresses_max,
    pool_addresses_count,
    pool_used_addresses_sum,
    pool_used_addresses_min,
    pool_used_addresses_max,
    pool_used_addresses_count,
    pool_used_ratio_sum,
    pool_used_ratio_min,
    pool_used_ratio_max,
    pool_used_ratio_count
   FROM dhcp_1h
  WHERE tenant_id = (( SELECT tenant() AS tenant))
;

CREATE VIEW dhcp_5m_view WITH (security_barrier=true) AS
 SELECT "time",
    tenant_id,
    device_id,
    server,
    rows,
    leases_bound_sum,
    leases_bound_min,
    leases_bound_max,
    leases_bound_count,
    leases_waiting_sum,
    leases_waiting_min,
    leases_waiting_max,
    leases_waiting_count,
    leases_offered_sum,
    leases_offered_min,
    leases_offered_max,
    leases_offered_count,
    leases_busy_sum,
    leases_busy_min,
    leases_busy_max,
    leases_busy_count,
    pool_addresses_sum,
    pool_addresses_min,
    pool_addresses_max,
    pool_addresses_count,
    pool_used_addresses_sum,
    pool_used_addresses_min,
    pool_used_addresses_max,
    pool_used_addresses_count,
    pool_used_ratio_sum,
    pool_used_ratio_min,
    pool_used_ratio_max,
    pool_used_ratio_count
   FROM dhcp_5m
  WHERE tenant_id = (( SELECT tenant() AS tenant))
;

CREATE VIEW health_1h_view WITH (security_barrier=true) AS
 SELECT "time",
    tenant_id,
    device_id,
    sensor,
    rows,
    temperature_celsius_sum,
    temperature_celsius_min,
    temperature_celsius_max,
    temperature_celsius_count,
    cpu_temperature_celsius_sum,
    cpu_temperature_celsius_min,
    cpu_temperature_celsius_max,
    cpu_temperature_celsius_count,
    board_temperature_celsius_sum,
    board_temperature_celsius_min,
    board_temperature_celsius_max,
    board_temperature_celsius_count,
    voltage_volts_sum,
    voltage_volts_min,
    voltage_volts_max,
    voltage_volts_count,
    current_amperes_sum,
    current_amperes_min,
    current_amperes_max,
    current_amperes_count,
    power_watts_sum,
    power_watts_min,
    power_watts_max,
    power_watts_count,
    fan1_speed_rpm_sum,
    fan1_speed_rpm_min,
    fan1_speed_rpm_max,
    fan1_speed_rpm_count,
    fan2_speed_rpm_sum,
    fan2_speed_rpm_min,
    fan2_speed_rpm_max,
    fan2_speed_rpm_count,
    fan3_speed_rpm_sum,
    fan3_speed_rpm_min,
    fan3_speed_rpm_max,
    fan3_speed_rpm_count,
    fan4_speed_rpm_sum,
    fan4_speed_rpm_min,
    fan4_speed_rpm_max,
    fan4_speed_rpm_count,
    value_sum,
    value_min,
    value_max,
    value_count,
    status_last,
    status_min,
    status_max
   FROM health_1h
  WHERE tenant_id = (( SELECT tenant() AS tenant))
;

CREATE VIEW health_5m_view WITH (security_barrier=true) AS
 SELECT "time",
    tenant_id,
    device_id,
    sensor,
    rows,
    temperature_celsius_sum,
    temperature_celsius_min,
    temperature_celsius_max,
    temperature_celsius_count,
    cpu_temperature_celsius_sum,
    cpu_temperature_celsius_min,
    cpu_temperature_celsius_max,
    cpu_temperature_celsius_count,
    board_temperature_celsius_sum,
    board_temperature_celsius_min,
    board_temperature_celsius_max,
    board_temperature_celsius_count,
    voltage_volts_sum,
    voltage_volts_min,
    voltage_volts_max,
    voltage_volts_count,
    current_amperes_sum,
    current_amperes_min,
    current_amperes_max,
    current_amperes_count,
    power_watts_sum,
    power_watts_min,
    power_watts_max,
    power_watts_count,
    fan1_speed_rpm_sum,
    fan1_speed_rpm_min,
    fan1_speed_rpm_max,
    fan1_speed_rpm_count,
    fan2_speed_rpm_sum,
    fan2_speed_rpm_min,
    fan2_speed_rpm_max,
    fan2_speed_rpm_count,
    fan3_speed_rpm_sum,
    fan3_speed_rpm_min,
    fan3_speed_rpm_max,
    fan3_speed_rpm_count,
    fan4_speed_rpm_sum,
    fan4_speed_rpm_min,
    fan4_speed_rpm_max,
    fan4_speed_rpm_count,
    value_sum,
    value_min,
    value_max,
    value_count,
    status_last,
    status_min,
    status_max
   FROM health_5m
  WHERE tenant_id = (( SELECT tenant() AS tenant))
;

CREATE VIEW interfaces_1h_view WITH (security_barrier=true) AS
 SELECT "time",
    tenant_id,
    device_id,
    interface,
    rows,
    rx_bytes_total_last,
    rx_bytes_increase_sum,
    rx_bytes_increase_max,
    rx_bytes_rate_sum,
    rx_bytes_rate_min,
    rx_bytes_rate_max,
    rx_bytes_rate_count,
    tx_bytes_total_last,
    tx_bytes_increase_sum,
    tx_bytes_increase_max,
    tx_bytes_rate_sum,
    tx_bytes_rate_min,
    tx_bytes_rate_max,
    tx_bytes_rate_count,
    rx_packets_total_last,
    rx_packets_increase_sum,
    rx_packets_increase_max,
    rx_packets_rate_sum,
    rx_packets_rate_min,
    rx_packets_rate_max,
    rx_packets_rate_count,
    tx_packets_total_last,
    tx_packets_increase_sum,
    tx_packets_increase_max,
    tx_packets_rate_sum,
    tx_packets_rate_min,
    tx_packets_rate_max,
    tx_packets_rate_count,
    rx_errors_total_last,
    rx_errors_increase_sum,
    rx_errors_increase_max,
    rx_errors_rate_sum,
    rx_errors_rate_min,
    rx_errors_rate_max,
    rx_errors_rate_count,
    tx_errors_total_last,
    tx_errors_increase_sum,
    tx_errors_increase_max,
    tx_errors_rate_sum,
    tx_errors_rate_min,
    tx_errors_rate_max,
    tx_errors_rate_count,
    rx_drops_total_last,
    rx_drops_increase_sum,
    rx_drops_increase_max,
    rx_drops_rate_sum,
    rx_drops_rate_min,
    rx_drops_rate_max,
    rx_drops_rate_count,
    tx_drops_total_last,
    tx_drops_increase_sum,
    tx_drops_increase_max,
    tx_drops_rate_sum,
    tx_drops_rate_min,
    tx_drops_rate_max,
    tx_drops_rate_count,
    link_last,
    link_min,
    link_max
   FROM interfaces_1h
  WHERE tenant_id = (( SELECT tenant() AS tenant))
;

CREATE VIEW interfaces_5m_view WITH (security_barrier=true) AS
 SELECT "time",
    tenant_id,
    device_id,
    interface,
    rows,
    rx_bytes_total_last,
    rx_bytes_increase_sum,
    rx_bytes_increase_max,
    rx_bytes_rate_sum,
    rx_bytes_rate_min,
    rx_bytes_rate_max,
    rx_bytes_rate_count,
    tx_bytes_total_last,
    tx_bytes_increase_sum,
    tx_bytes_increase_max,
    tx_bytes_rate_sum,
    tx_bytes_rate_min,
    tx_bytes_rate_max,
    tx_bytes_rate_count,
    rx_packets_total_last,
    rx_packets_increase_sum,
    rx_packets_increase_max,
    rx_packets_rate_sum,
    rx_packets_rate_min,
    rx_packets_rate_max,
    rx_packets_rate_count,
    tx_packets_total_last,
    tx_packets_increase_sum,
    tx_packets_increase_max,
    tx_packets_rate_sum,
    tx_packets_rate_min,
    tx_packets_rate_max,
    tx_packets_rate_count,
    rx_errors_total_last,
    rx_errors_increase_sum,
    rx_errors_increase_max,
    rx_errors_rate_sum,
    rx_errors_rate_min,
    rx_errors_rate_max,
    rx_errors_rate_count,
    tx_errors_total_last,
    tx_errors_increase_sum,
    tx_errors_increase_max,
    tx_errors_rate_sum,
    tx_errors_rate_min,
    tx_errors_rate_max,
    tx_errors_rate_count,
    rx_drops_total_last,
    rx_drops_increase_sum,
    rx_drops_increase_max,
    rx_drops_rate_sum,
    rx_drops_rate_min,
    rx_drops_rate_max,
    rx_drops_rate_count,
    tx_drops_total_last,
    tx_drops_increase_sum,
    tx_drops_increase_max,
    tx_drops_rate_sum,
    tx_drops_rate_min,
    tx_drops_rate_max,
    tx_drops_rate_count,
    link_last,
    link_min,
    link_max
   FROM interfaces_5m
  WHERE tenant_id = (( SELECT tenant() AS tenant))
;

CREATE VIEW poe_1h_view WITH (security_barrier=true) AS
 SELECT "time",
    tenant_id,
    device_id,
    interface,
    rows,
    status_last,
    status_min,
    status_max,
    voltage_volts_sum,
    voltage_volts_min,
    voltage_volts_max,
    voltage_volts_count,
    current_amperes_sum,
    current_amperes_min,
    current_amperes_max,
    current_amperes_count,
    power_watts_sum,
    power_watts_min,
    power_watts_max,
    power_watts_count
   FROM poe_1h
  WHERE tenant_id = (( SELECT tenant() AS tenant))
;

CREATE VIEW poe_5m_view WITH (security_barrier=true) AS
 SELECT "time",
    tenant_id,
    device_id,
    interface,
    rows,
    status_last,
    status_min,
    status_max,
    voltage_volts_sum,
    voltage_volts_min,
    voltage_volts_max,
    voltage_volts_count,
    current_amperes_sum,
    current_amperes_min,
    current_amperes_max,
    current_amperes_count,
    power_watts_sum,
    power_watts_min,
    power_watts_max,
    power_watts_count
   FROM poe_5m
  WHERE tenant_id = (( SELECT tenant() AS tenant))
;

CREATE VIEW ppp_1h_view WITH (security_barrier=true) AS
 SELECT "time",
    tenant_id,
    device_id,
    rows,
    sessions_sum,
    sessions_min,
    sessions_max,
    sessions_count,
    pppoe_sessions_sum,
    pppoe_sessions_min,
    pppoe_sessions_max,
    pppoe_sessions_count,
    l2tp_sessions_sum,
    l2tp_sessions_min,
    l2tp_sessions_max,
    l2tp_sessions_count,
    pptp_sessions_sum,
    pptp_sessions_min,
    pptp_sessions_max,
    pptp_sessions_count,
    sstp_sessions_sum,
    sstp_sessions_min,
    sstp_sessions_max,
    sstp_sessions_count,
    ovpn_sessions_sum,
    ovpn_sessions_min,
    ovpn_sessions_max,
    ovpn_sessions_count
   FROM ppp_1h
  WHERE tenant_id = (( SELECT tenant() AS tenant))
;

CREATE VIEW ppp_5m_view WITH (security_barrier=true) AS
 SELECT "time",
    tenant_id,
    device_id,
    rows,
    sessions_sum,
    sessions_min,
    sessions_max,
    sessions_count,
    pppoe_sessions_sum,
    pppoe_sessions_min,
    pppoe_sessions_max,
    pppoe_sessions_count,
    l2tp_sessions_sum,
    l2tp_sessions_min,
    l2tp_sessions_max,
    l2tp_sessions_count,
    pptp_sessions_sum,
    pptp_sessions_min,
    pptp_sessions_max,
    pptp_sessions_count,
    sstp_sessions_sum,
    sstp_sessions_min,
    sstp_sessions_max,
    sstp_sessions_count,
    ovpn_sessions_sum,
    ovpn_sessions_min,
    ovpn_sessions_max,
    ovpn_sessions_count
   FROM ppp_5m
  WHERE tenant_id = (( SELECT tenant() AS tenant))
;

CREATE VIEW queues_1h_view WITH (security_barrier=true) AS
 SELECT "time",
    tenant_id,
    device_id,
    queue,
    rows,
    upload_bytes_total_last,
    upload_bytes_increase_sum,
    upload_bytes_increase_max,
    upload_bytes_rate_sum,
    upload_bytes_rate_min,
    upload_bytes_rate_max,
    upload_bytes_rate_count,
    download_bytes_total_last,
    download_bytes_increase_sum,
    download_bytes_increase_max,
    download_bytes_rate_sum,
    download_bytes_rate_min,
    download_bytes_rate_max,
    download_bytes_rate_count,
    upload_packets_total_last,
    upload_packets_increase_sum,
    upload_packets_increase_max,
    upload_packets_rate_sum,
    upload_packets_rate_min,
    upload_packets_rate_max,
    upload_packets_rate_count,
    download_packets_total_last,
    download_packets_increase_sum,
    download_packets_increase_max,
    download_packets_rate_sum,
    download_packets_rate_min,
    download_packets_rate_max,
    download_packets_rate_count,
    upload_drops_total_last,
    upload_drops_increase_sum,
    upload_drops_increase_max,
    upload_drops_rate_sum,
    upload_drops_rate_min,
    upload_drops_rate_max,
    upload_drops_rate_count,
    download_drops_total_last,
    download_drops_increase_sum,
    download_drops_increase_max,
    download_drops_rate_sum,
    download_drops_rate_min,
    download_drops_rate_max,
    download_drops_rate_count,
    upload_rate_bps_sum,
    upload_rate_bps_min,
    upload_rate_bps_max,
    upload_rate_bps_count,
    download_rate_bps_sum,
    download_rate_bps_min,
    download_rate_bps_max,
    download_rate_bps_count,
    upload_limit_bps_sum,
    upload_limit_bps_min,
    upload_limit_bps_max,
    upload_limit_bps_count,
    download_limit_bps_sum,
    download_limit_bps_min,
    download_limit_bps_max,
    download_limit_bps_count,
    upload_queued_bytes_sum,
    upload_queued_bytes_min,
    upload_queued_bytes_max,
    upload_queued_bytes_count,
    download_queued_bytes_sum,
    download_queued_bytes_min,
    download_queued_bytes_max,
    download_queued_bytes_count
   FROM queues_1h
  WHERE tenant_id = (( SELECT tenant() AS tenant))
;

CREATE VIEW queues_5m_view WITH (security_barrier=true) AS
 SELECT "time",
    tenant_id,
    device_id,
    queue,
    rows,
    upload_bytes_total_last,
    upload_bytes_increase_sum,
    upload_bytes_increase_max,
    upload_bytes_rate_sum,
    upload_bytes_rate_min,
    upload_bytes_rate_max,
    upload_bytes_rate_count,
    download_bytes_total_last,
    download_bytes_increase_sum,
    download_bytes_increase_max,
    download_bytes_rate_sum,
    download_bytes_rate_min,
    download_bytes_rate_max,
    download_bytes_rate_count,
    upload_packets_total_last,
    upload_packets_increase_sum,
    upload_packets_increase_max,
    upload_packets_rate_sum,
    upload_packets_rate_min,
    upload_packets_rate_max,
    upload_packets_rate_count,
    download_packets_total_last,
    download_packets_increase_sum,
    download_packets_increase_max,
    download_packets_rate_sum,
    download_packets_rate_min,
    download_packets_rate_max,
    download_packets_rate_count,
    upload_drops_total_last,
    upload_drops_increase_sum,
    upload_drops_increase_max,
    upload_drops_rate_sum,
    upload_drops_rate_min,
    upload_drops_rate_max,
    upload_drops_rate_count,
    download_drops_total_last,
    download_drops_increase_sum,
    download_drops_increase_max,
    download_drops_rate_sum,
    download_drops_rate_min,
    download_drops_rate_max,
    download_drops_rate_count,
    upload_rate_bps_sum,
    upload_rate_bps_min,
    upload_rate_bps_max,
    upload_rate_bps_count,
    download_rate_bps_sum,
    download_rate_bps_min,
    download_rate_bps_max,
    download_rate_bps_count,
    upload_limit_bps_sum,
    upload_limit_bps_min,
    upload_limit_bps_max,
    upload_limit_bps_count,
    download_limit_bps_sum,
    download_limit_bps_min,
    download_limit_bps_max,
    download_limit_bps_count,
    upload_queued_bytes_sum,
    upload_queued_bytes_min,
    upload_queued_bytes_max,
    upload_queued_bytes_count,
    download_queued_bytes_sum,
    download_queued_bytes_min,
    download_queued_bytes_max,
    download_queued_bytes_count
   FROM queues_5m
  WHERE tenant_id = (( SELECT tenant() AS tenant))
;

CREATE VIEW radio_1h_view WITH (security_barrier=true) AS
 SELECT "time",
    tenant_id,
    device_id,
    interface,
    rows,
    frequency_hertz_sum,
    frequency_hertz_min,
    frequency_hertz_max,
    frequency_hertz_count,
    channel_width_hertz_sum,
    channel_width_hertz_min,
    channel_width_hertz_max,
    channel_width_hertz_count,
    tx_power_dbm_sum,
    tx_power_dbm_min,
    tx_power_dbm_max,
    tx_power_dbm_count,
    noise_floor_dbm_sum,
    noise_floor_dbm_min,
    noise_floor_dbm_max,
    noise_floor_dbm_count,
    clients_sum,
    clients_min,
    clients_max,
    clients_count,
    clients_authorized_sum,
    clients_authorized_min,
    clients_authorized_max,
    clients_authorized_count,
    ccq_ratio_sum,
    ccq_ratio_min,
    ccq_ratio_max,
    ccq_ratio_count,
    state_last,
    state_min,
    state_max
   FROM radio_1h
  WHERE tenant_id = (( SELECT tenant() AS tenant))
;

CREATE VIEW radio_5m_view WITH (security_barrier=true) AS
 SELECT "time",
    tenant_id,
    device_id,
    interface,
    rows,
    frequency_hertz_sum,
    frequency_hertz_min,
    frequency_hertz_max,
    frequency_hertz_count,
    channel_width_hertz_sum,
    channel_width_hertz_min,
    channel_width_hertz_max,
    channel_width_hertz_count,
    tx_power_dbm_sum,
    tx_power_dbm_min,
    tx_power_dbm_max,
    tx_power_dbm_count,
    noise_floor_dbm_sum,
    noise_floor_dbm_min,
    noise_floor_dbm_max,
    noise_floor_dbm_count,
    clients_sum,
    clients_min,
    clients_max,
    clients_count,
    clients_authorized_sum,
    clients_authorized_min,
    clients_authorized_max,
    clients_authorized_count,
    ccq_ratio_sum,
    ccq_ratio_min,
    ccq_ratio_max,
    ccq_ratio_count,
    state_last,
    state_min,
    state_max
   FROM radio_5m
  WHERE tenant_id = (( SELECT tenant() AS tenant))
;

CREATE VIEW resource_1h_view WITH (security_barrier=true) AS
 SELECT "time",
    tenant_id,
    device_id,
    rows,
    cpu_load_ratio_sum,
    cpu_load_ratio_min,
    cpu_load_ratio_max,
    cpu_load_ratio_count,
    memory_free_bytes_sum,
    memory_free_bytes_min,
    memory_free_bytes_max,
    memory_free_bytes_count,
    memory_total_bytes_sum,
    memory_total_bytes_min,
    memory_total_bytes_max,
    memory_total_bytes_count,
    disk_free_bytes_sum,
    disk_free_bytes_min,
    disk_free_bytes_max,
    disk_free_bytes_count,
    disk_total_bytes_sum,
    disk_total_bytes_min,
    disk_total_bytes_max,
    disk_total_bytes_count,
    uptime_seconds_sum,
    uptime_seconds_min,
    uptime_seconds_max,
    uptime_seconds_count
   FROM resource_1h
  WHERE tenant_id = (( SELECT tenant() AS tenant))
;

CREATE VIEW resource_5m_view WITH (security_barrier=true) AS
 SELECT "time",
    tenant_id,
    device_id,
    rows,
    cpu_load_ratio_sum,
    cpu_load_ratio_min,
    cpu_load_ratio_max,
    cpu_load_ratio_count,
    memory_free_bytes_sum,
    memory_free_bytes_min,
    memory_free_bytes_max,
    memory_free_bytes_count,
    memory_total_bytes_sum,
    memory_total_bytes_min,
    memory_total_bytes_max,
    memory_total_bytes_count,
    disk_free_bytes_sum,
    disk_free_bytes_min,
    disk_free_bytes_max,
    disk_free_bytes_count,
    disk_total_bytes_sum,
    disk_total_bytes_min,
    disk_total_bytes_max,
    disk_total_bytes_count,
    uptime_seconds_sum,
    uptime_seconds_min,
    uptime_seconds_max,
    uptime_seconds_count
   FROM resource_5m
  WHERE tenant_id = (( SELECT tenant() AS tenant))
;

CREATE VIEW routing_1h_view WITH (security_barrier=true) AS
 SELECT "time",
    tenant_id,
    device_id,
    protocol,
    peer,
    address,
    rows,
    state_last,
    state_min,
    state_max,
    uptime_seconds_sum,
    uptime_seconds_min,
    uptime_seconds_max,
    uptime_seconds_count,
    prefixes_sum,
    prefixes_min,
    prefixes_max,
    prefixes_count,
    state_changes_total_last,
    state_changes_increase_sum,
    state_changes_increase_max,
    state_changes_rate_sum,
    state_changes_rate_min,
    state_changes_rate_max,
    state_changes_rate_count,
    routes_sum,
    routes_min,
    routes_max,
    routes_count
   FROM routing_1h
  WHERE tenant_id = (( SELECT tenant() AS tenant))
;

CREATE VIEW routing_5m_view WITH (security_barrier=true) AS
 SELECT "time",
    tenant_id,
    device_id,
    protocol,
    peer,
    address,
    rows,
    state_last,
    state_min,
    state_max,
    uptime_seconds_sum,
    uptime_seconds_min,
    uptime_seconds_max,
    uptime_seconds_count,
    prefixes_sum,
    prefixes_min,
    prefixes_max,
    prefixes_count,
    state_changes_total_last,
    state_changes_increase_sum,
    state_changes_increase_max,
    state_changes_rate_sum,
    state_changes_rate_min,
    state_changes_rate_max,
    state_changes_rate_count,
    routes_sum,
    routes_min,
    routes_max,
    routes_count
   FROM routing_5m
  WHERE tenant_id = (( SELECT tenant() AS tenant))
;

CREATE VIEW wireless_1h_view WITH (security_barrier=true) AS
 SELECT "time",
    tenant_id,
    device_id,
    interface,
    rows,
    clients_sum,
    clients_min,
    clients_max,
    clients_count,
    signal_dbm_sum,
    signal_dbm_min,
    signal_dbm_max,
    signal_dbm_count,
    signal_min_dbm_sum,
    signal_min_dbm_min,
    signal_min_dbm_max,
    signal_min_dbm_count,
    signal_to_noise_db_sum,
    signal_to_noise_db_min,
    signal_to_noise_db_max,
    signal_to_noise_db_count,
    tx_rate_bps_sum,
    tx_rate_bps_min,
    tx_rate_bps_max,
    tx_rate_bps_count,
    rx_rate_bps_sum,
    rx_rate_bps_min,
    rx_rate_bps_max,
    rx_rate_bps_count,
    ccq_ratio_sum,
    ccq_ratio_min,
    ccq_ratio_max,
    ccq_ratio_count
   FROM wireless_1h
  WHERE tenant_id = (( SELECT tenant() AS tenant))
;

CREATE VIEW wireless_5m_view WITH (security_barrier=true) AS
 SELECT "time",
    tenant_id,
    device_id,
    interface,
    rows,
    clients_sum,
    clients_min,
    clients_max,
    clients_count,
    signal_dbm_sum,
    signal_dbm_min,
    signal_dbm_max,
    signal_dbm_count,
    signal_min_dbm_sum,
    signal_min_dbm_min,
    signal_min_dbm_max,
    signal_min_dbm_count,
    signal_to_noise_db_sum,
    signal_to_noise_db_min,
    signal_to_noise_db_max,
    signal_to_noise_db_count,
    tx_rate_bps_sum,
    tx_rate_bps_min,
    tx_rate_bps_max,
    tx_rate_bps_count,
    rx_rate_bps_sum,
    rx_rate_bps_min,
    rx_rate_bps_max,
    rx_rate_bps_count,
    ccq_ratio_sum,
    ccq_ratio_min,
    ccq_ratio_max,
    ccq_ratio_count
   FROM wireless_5m
  WHERE tenant_id = (( SELECT tenant() AS tenant))
;

CREATE VIEW wireless_clients_1h_view WITH (security_barrier=true) AS
 SELECT "time",
    tenant_id,
    device_id,
    interface,
    mac_address,
    ssid,
    rows,
    signal_dbm_sum,
    signal_dbm_min,
    signal_dbm_max,
    signal_dbm_count,
    signal_to_noise_db_sum,
    signal_to_noise_db_min,
    signal_to_noise_db_max,
    signal_to_noise_db_count,
    tx_rate_bps_sum,
    tx_rate_bps_min,
    tx_rate_bps_max,
    tx_rate_bps_count,
    rx_rate_bps_sum,
    rx_rate_bps_min,
    rx_rate_bps_max,
    rx_rate_bps_count,
    tx_ccq_ratio_sum,
    tx_ccq_ratio_min,
    tx_ccq_ratio_max,
    tx_ccq_ratio_count,
    rx_ccq_ratio_sum,
    rx_ccq_ratio_min,
    rx_ccq_ratio_max,
    rx_ccq_ratio_count,
    tx_bytes_total_last,
    tx_bytes_increase_sum,
    tx_bytes_increase_max,
    tx_bytes_rate_sum,
    tx_bytes_rate_min,
    tx_bytes_rate_max,
    tx_bytes_rate_count,
    rx_bytes_total_last,
    rx_bytes_increase_sum,
    rx_bytes_increase_max,
    rx_bytes_rate_sum,
    rx_bytes_rate_min,
    rx_bytes_rate_max,
    rx_bytes_rate_count,
    uptime_seconds_sum,
    uptime_seconds_min,
    uptime_seconds_max,
    uptime_seconds_count
   FROM wireless_clients_1h
  WHERE tenant_id = (( SELECT tenant() AS tenant))
;

CREATE VIEW wireless_clients_5m_view WITH (security_barrier=true) AS
 SELECT "time",
    tenant_id,
    device_id,
    interface,
    mac_address,
    ssid,
    rows,
    signal_dbm_sum,
    signal_dbm_min,
    signal_dbm_max,
    signal_dbm_count,
    signal_to_noise_db_sum,
    signal_to_noise_db_min,
    signal_to_noise_db_max,
    signal_to_noise_db_count,
    tx_rate_bps_sum,
    tx_rate_bps_min,
    tx_rate_bps_max,
    tx_rate_bps_count,
    rx_rate_bps_sum,
    rx_rate_bps_min,
    rx_rate_bps_max,
    rx_rate_bps_count,
    tx_ccq_ratio_sum,
    tx_ccq_ratio_min,
    tx_ccq_ratio_max,
    tx_ccq_ratio_count,
    rx_ccq_ratio_sum,
    rx_ccq_ratio_min,
    rx_ccq_ratio_max,
    rx_ccq_ratio_count,
    tx_bytes_total_last,
    tx_bytes_increase_sum,
    tx_bytes_increase_max,
    tx_bytes_rate_sum,
    tx_bytes_rate_min,
    tx_bytes_rate_max,
    tx_bytes_rate_count,
    rx_bytes_total_last,
    rx_bytes_increase_sum,
    rx_bytes_increase_max,
    rx_bytes_rate_sum,
    rx_bytes_rate_min,
    rx_bytes_rate_max,
    rx_bytes_rate_count,
    uptime_seconds_sum,
    uptime_seconds_min,
    uptime_seconds_max,
    uptime_seconds_count
   FROM wireless_clients_5m
  WHERE tenant_id = (( SELECT tenant() AS tenant))
;

GRANT EXECUTE ON FUNCTION drop_partition(text,boolean) TO flotilla_platform;
GRANT INSERT ON conntrack_1h TO flotilla_platform;
GRANT SELECT ON conntrack_1h TO flotilla_platform;
GRANT UPDATE ON conntrack_1h TO flotilla_platform;
GRANT SELECT ON conntrack_1h_view TO flotilla_app;
GRANT INSERT ON conntrack_5m TO flotilla_platform;
GRANT SELECT ON conntrack_5m TO flotilla_platform;
GRANT UPDATE ON conntrack_5m TO flotilla_platform;
GRANT SELECT ON conntrack_5m_view TO flotilla_app;
GRANT INSERT ON dhcp_1h TO flotilla_platform;
GRANT SELECT ON dhcp_1h TO flotilla_platform;
GRANT UPDATE ON dhcp_1h TO flotilla_platform;
GRANT SELECT ON dhcp_1h_view TO flotilla_app;
GRANT INSERT ON dhcp_5m TO flotilla_platform;
GRANT SELECT ON dhcp_5m TO flotilla_platform;
GRANT UPDATE ON dhcp_5m TO flotilla_platform;
GRANT SELECT ON dhcp_5m_view TO flotilla_app;
GRANT INSERT ON dirty TO flotilla_ingest;
GRANT DELETE ON dirty TO flotilla_platform;
GRANT INSERT ON dirty TO flotilla_platform;
GRANT SELECT ON dirty TO flotilla_platform;
GRANT INSERT ON health_1h TO flotilla_platform;
GRANT SELECT ON health_1h TO flotilla_platform;
GRANT UPDATE ON health_1h TO flotilla_platform;
GRANT SELECT ON health_1h_view TO flotilla_app;
GRANT INSERT ON health_5m TO flotilla_platform;
GRANT SELECT ON health_5m TO flotilla_platform;
GRANT UPDATE ON health_5m TO flotilla_platform;
GRANT SELECT ON health_5m_view TO flotilla_app;
GRANT INSERT ON interfaces_1h TO flotilla_platform;
GRANT SELECT ON interfaces_1h TO flotilla_platform;
GRANT UPDATE ON interfaces_1h TO flotilla_platform;
GRANT SELECT ON interfaces_1h_view TO flotilla_app;
GRANT INSERT ON interfaces_5m TO flotilla_platform;
GRANT SELECT ON interfaces_5m TO flotilla_platform;
GRANT UPDATE ON interfaces_5m TO flotilla_platform;
GRANT SELECT ON interfaces_5m_view TO flotilla_app;
GRANT INSERT ON poe_1h TO flotilla_platform;
GRANT SELECT ON poe_1h TO flotilla_platform;
GRANT UPDATE ON poe_1h TO flotilla_platform;
GRANT SELECT ON poe_1h_view TO flotilla_app;
GRANT INSERT ON poe_5m TO flotilla_platform;
GRANT SELECT ON poe_5m TO flotilla_platform;
GRANT UPDATE ON poe_5m TO flotilla_platform;
GRANT SELECT ON poe_5m_view TO flotilla_app;
GRANT INSERT ON ppp_1h TO flotilla_platform;
GRANT SELECT ON ppp_1h TO flotilla_platform;
GRANT UPDATE ON ppp_1h TO flotilla_platform;
GRANT SELECT ON ppp_1h_view TO flotilla_app;
GRANT INSERT ON ppp_5m TO flotilla_platform;
GRANT SELECT ON ppp_5m TO flotilla_platform;
GRANT UPDATE ON ppp_5m TO flotilla_platform;
GRANT SELECT ON ppp_5m_view TO flotilla_app;
GRANT INSERT ON queues_1h TO flotilla_platform;
GRANT SELECT ON queues_1h TO flotilla_platform;
GRANT UPDATE ON queues_1h TO flotilla_platform;
GRANT SELECT ON queues_1h_view TO flotilla_app;
GRANT INSERT ON queues_5m TO flotilla_platform;
GRANT SELECT ON queues_5m TO flotilla_platform;
GRANT UPDATE ON queues_5m TO flotilla_platform;
GRANT SELECT ON queues_5m_view TO flotilla_app;
GRANT INSERT ON radio_1h TO flotilla_platform;
GRANT SELECT ON radio_1h TO flotilla_platform;
GRANT UPDATE ON radio_1h TO flotilla_platform;
GRANT SELECT ON radio_1h_view TO flotilla_app;
GRANT INSERT ON radio_5m TO flotilla_platform;
GRANT SELECT ON radio_5m TO flotilla_platform;
GRANT UPDATE ON radio_5m TO flotilla_platform;
GRANT SELECT ON radio_5m_view TO flotilla_app;
GRANT INSERT ON resource_1h TO flotilla_platform;
GRANT SELECT ON resource_1h TO flotilla_platform;
GRANT UPDATE ON resource_1h TO flotilla_platform;
GRANT SELECT ON resource_1h_view TO flotilla_app;
GRANT INSERT ON resource_5m TO flotilla_platform;
GRANT SELECT ON resource_5m TO flotilla_platform;
GRANT UPDATE ON resource_5m TO flotilla_platform;
GRANT SELECT ON resource_5m_view TO flotilla_app;
GRANT SELECT ON retention TO flotilla_ingest;
GRANT INSERT ON retention TO flotilla_platform;
GRANT SELECT ON retention TO flotilla_platform;
GRANT UPDATE ON retention TO flotilla_platform;
GRANT INSERT ON routing_1h TO flotilla_platform;
GRANT SELECT ON routing_1h TO flotilla_platform;
GRANT UPDATE ON routing_1h TO flotilla_platform;
GRANT SELECT ON routing_1h_view TO flotilla_app;
GRANT INSERT ON routing_5m TO flotilla_platform;
GRANT SELECT ON routing_5m TO flotilla_platform;
GRANT UPDATE ON routing_5m TO flotilla_platform;
GRANT SELECT ON routing_5m_view TO flotilla_app;
GRANT INSERT ON wireless_1h TO flotilla_platform;
GRANT SELECT ON wireless_1h TO flotilla_platform;
GRANT UPDATE ON wireless_1h TO flotilla_platform;
GRANT SELECT ON wireless_1h_view TO flotilla_app;
GRANT INSERT ON wireless_5m TO flotilla_platform;
GRANT SELECT ON wireless_5m TO flotilla_platform;
GRANT UPDATE ON wireless_5m TO flotilla_platform;
GRANT SELECT ON wireless_5m_view TO flotilla_app;
GRANT INSERT ON wireless_clients_1h TO flotilla_platform;
GRANT SELECT ON wireless_clients_1h TO flotilla_platform;
GRANT UPDATE ON wireless_clients_1h TO flotilla_platform;
GRANT SELECT ON wireless_clients_1h_view TO flotilla_app;
GRANT INSERT ON wireless_clients_5m TO flotilla_platform;
GRANT SELECT ON wireless_clients_5m TO flotilla_platform;
GRANT UPDATE ON wireless_clients_5m TO flotilla_platform;
GRANT SELECT ON wireless_clients_5m_view TO flotilla_app;
"""


MARK = r"""
INSERT INTO dirty (family, resolution, bucket, until)
SELECT left(p.relname, -length('_metrics')), '5m', d, d + interval '1 day'
FROM pg_inherits i
JOIN pg_class c ON c.oid = i.inhrelid
JOIN pg_class p ON p.oid = i.inhparent
CROSS JOIN LATERAL (SELECT to_date(right(c.relname, 8), 'YYYYMMDD')::timestamp AT TIME ZONE 'UTC' AS d) AS s
WHERE p.relnamespace = 'public'::regnamespace AND p.relname LIKE '%\_metrics' AND c.relkind = 'r'
"""
"""What is stored already is rolled up, and what writers of the version before, which mark nothing, still add."""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SQL, execution_options={"no_parameters": True})
    op.get_bind().exec_driver_sql(MARK, execution_options={"no_parameters": True})
