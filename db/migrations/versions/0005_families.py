"""Metric tables of wireless clients, radios, routing, DHCP, queues, PPP, PoE and connections."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"

SQL = r"""
CREATE TABLE conntrack_metrics (
    "time" timestamp with time zone NOT NULL,
    tenant_id uuid NOT NULL,
    device_id uuid NOT NULL,
    connections double precision,
    connections_ipv4 double precision,
    connections_ipv6 double precision,
    connections_limit double precision,
    used_ratio double precision,
    CONSTRAINT conntrack_metrics_key UNIQUE (device_id, "time")
) PARTITION BY RANGE ("time")
;

CREATE TABLE dhcp_metrics (
    "time" timestamp with time zone NOT NULL,
    tenant_id uuid NOT NULL,
    device_id uuid NOT NULL,
    server text NOT NULL DEFAULT ''::text,
    leases_bound double precision,
    leases_waiting double precision,
    leases_offered double precision,
    leases_busy double precision,
    pool_addresses double precision,
    pool_used_addresses double precision,
    pool_used_ratio double precision,
    CONSTRAINT dhcp_metrics_key UNIQUE (device_id, "time", server)
) PARTITION BY RANGE ("time")
;

CREATE TABLE poe_metrics (
    "time" timestamp with time zone NOT NULL,
    tenant_id uuid NOT NULL,
    device_id uuid NOT NULL,
    interface text NOT NULL DEFAULT ''::text,
    status smallint,
    voltage_volts double precision,
    current_amperes double precision,
    power_watts double precision,
    CONSTRAINT poe_metrics_key UNIQUE (device_id, "time", interface),
    CONSTRAINT poe_metrics_status_range CHECK (status >= 0 AND status <= 17)
) PARTITION BY RANGE ("time")
;

CREATE TABLE ppp_metrics (
    "time" timestamp with time zone NOT NULL,
    tenant_id uuid NOT NULL,
    device_id uuid NOT NULL,
    sessions double precision,
    pppoe_sessions double precision,
    l2tp_sessions double precision,
    pptp_sessions double precision,
    sstp_sessions double precision,
    ovpn_sessions double precision,
    CONSTRAINT ppp_metrics_key UNIQUE (device_id, "time")
) PARTITION BY RANGE ("time")
;

CREATE TABLE queues_metrics (
    "time" timestamp with time zone NOT NULL,
    tenant_id uuid NOT NULL,
    device_id uuid NOT NULL,
    queue text NOT NULL DEFAULT ''::text,
    upload_bytes_total bigint,
    upload_bytes_increase bigint,
    upload_bytes_rate double precision,
    download_bytes_total bigint,
    download_bytes_increase bigint,
    download_bytes_rate double precision,
    upload_packets_total bigint,
    upload_packets_increase bigint,
    upload_packets_rate double precision,
    download_packets_total bigint,
    download_packets_increase bigint,
    download_packets_rate double precision,
    upload_drops_total bigint,
    upload_drops_increase bigint,
    upload_drops_rate double precision,
    download_drops_total bigint,
    download_drops_increase bigint,
    download_drops_rate double precision,
    upload_rate_bps double precision,
    download_rate_bps double precision,
    upload_limit_bps double precision,
    download_limit_bps double precision,
    upload_queued_bytes double precision,
    download_queued_bytes double precision,
    CONSTRAINT queues_metrics_key UNIQUE (device_id, "time", queue)
) PARTITION BY RANGE ("time")
;

CREATE TABLE radio_metrics (
    "time" timestamp with time zone NOT NULL,
    tenant_id uuid NOT NULL,
    device_id uuid NOT NULL,
    interface text NOT NULL DEFAULT ''::text,
    frequency_hertz double precision,
    channel_width_hertz double precision,
    tx_power_dbm double precision,
    noise_floor_dbm double precision,
    clients double precision,
    clients_authorized double precision,
    ccq_ratio double precision,
    state smallint,
    CONSTRAINT radio_metrics_key UNIQUE (device_id, "time", interface),
    CONSTRAINT radio_metrics_state_range CHECK (state >= 0 AND state <= 2)
) PARTITION BY RANGE ("time")
;

CREATE TABLE routing_metrics (
    "time" timestamp with time zone NOT NULL,
    tenant_id uuid NOT NULL,
    device_id uuid NOT NULL,
    protocol text NOT NULL DEFAULT ''::text,
    peer text NOT NULL DEFAULT ''::text,
    address text NOT NULL DEFAULT ''::text,
    state smallint,
    uptime_seconds double precision,
    prefixes double precision,
    state_changes_total bigint,
    state_changes_increase bigint,
    state_changes_rate double precision,
    routes double precision,
    CONSTRAINT routing_metrics_key UNIQUE (device_id, "time", protocol, peer, address),
    CONSTRAINT routing_metrics_state_range CHECK (state >= 0 AND state <= 2)
) PARTITION BY RANGE ("time")
;

CREATE TABLE wireless_clients_metrics (
    "time" timestamp with time zone NOT NULL,
    tenant_id uuid NOT NULL,
    device_id uuid NOT NULL,
    interface text NOT NULL DEFAULT ''::text,
    mac_address text NOT NULL DEFAULT ''::text,
    ssid text NOT NULL DEFAULT ''::text,
    signal_dbm double precision,
    signal_to_noise_db double precision,
    tx_rate_bps double precision,
    rx_rate_bps double precision,
    tx_ccq_ratio double precision,
    rx_ccq_ratio double precision,
    tx_bytes_total bigint,
    tx_bytes_increase bigint,
    tx_bytes_rate double precision,
    rx_bytes_total bigint,
    rx_bytes_increase bigint,
    rx_bytes_rate double precision,
    uptime_seconds double precision,
    CONSTRAINT wireless_clients_metrics_key UNIQUE (device_id, "time", interface, mac_address, ssid)
) PARTITION BY RANGE ("time")
;

CREATE VIEW conntrack_view WITH (security_barrier=true) AS
 SELECT "time",
    tenant_id,
    device_id,
    connections,
    connections_ipv4,
    connections_ipv6,
    connections_limit,
    used_ratio
   FROM conntrack_metrics
  WHERE tenant_id = (( SELECT tenant() AS tenant))
;

CREATE VIEW dhcp_view WITH (security_barrier=true) AS
 SELECT "time",
    tenant_id,
    device_id,
    server,
    leases_bound,
    leases_waiting,
    leases_offered,
    leases_busy,
    pool_addresses,
    pool_used_addresses,
    pool_used_ratio
   FROM dhcp_metrics
  WHERE tenant_id = (( SELECT tenant() AS tenant))
;

CREATE VIEW poe_view WITH (security_barrier=true) AS
 SELECT "time",
    tenant_id,
    device_id,
    interface,
    status,
    voltage_volts,
    current_amperes,
    power_watts
   FROM poe_metrics
  WHERE tenant_id = (( SELECT tenant() AS tenant))
;

CREATE VIEW ppp_view WITH (security_barrier=true) AS
 SELECT "time",
    tenant_id,
    device_id,
    sessions,
    pppoe_sessions,
    l2tp_sessions,
    pptp_sessions,
    sstp_sessions,
    ovpn_sessions
   FROM ppp_metrics
  WHERE tenant_id = (( SELECT tenant() AS tenant))
;

CREATE VIEW queues_view WITH (security_barrier=true) AS
 SELECT "time",
    tenant_id,
    device_id,
    queue,
    upload_bytes_total,
    upload_bytes_increase,
    upload_bytes_rate,
    download_bytes_total,
    download_bytes_increase,
    download_bytes_rate,
    upload_packets_total,
    upload_packets_increase,
    upload_packets_rate,
    download_packets_total,
    download_packets_increase,
    download_packets_rate,
    upload_drops_total,
    upload_drops_increase,
    upload_drops_rate,
    download_drops_total,
    download_drops_increase,
    download_drops_rate,
    upload_rate_bps,
    download_rate_bps,
    upload_limit_bps,
    download_limit_bps,
    upload_queued_bytes,
    download_queued_bytes
   FROM queues_metrics
  WHERE tenant_id = (( SELECT tenant() AS tenant))
;

CREATE VIEW radio_view WITH (security_barrier=true) AS
 SELECT "time",
    tenant_id,
    device_id,
    interface,
    frequency_hertz,
    channel_width_hertz,
    tx_power_dbm,
    noise_floor_dbm,
    clients,
    clients_authorized,
    ccq_ratio,
    state
   FROM radio_metrics
  WHERE tenant_id = (( SELECT tenant() AS tenant))
;

CREATE VIEW routing_view WITH (security_barrier=true) AS
 SELECT "time",
    tenant_id,
    device_id,
    protocol,
    peer,
    address,
    state,
    uptime_seconds,
    prefixes,
    state_changes_total,
    state_changes_increase,
    state_changes_rate,
    routes
   FROM routing_metrics
  WHERE tenant_id = (( SELECT tenant() AS tenant))
;

CREATE VIEW wireless_clients_view WITH (security_barrier=true) AS
 SELECT "time",
    tenant_id,
    device_id,
    interface,
    mac_address,
    ssid,
    signal_dbm,
    signal_to_noise_db,
    tx_rate_bps,
    rx_rate_bps,
    tx_ccq_ratio,
    rx_ccq_ratio,
    tx_bytes_total,
    tx_bytes_increase,
    tx_bytes_rate,
    rx_bytes_total,
    rx_bytes_increase,
    rx_bytes_rate,
    uptime_seconds
   FROM wireless_clients_metrics
  WHERE tenant_id = (( SELECT tenant() AS tenant))
;

GRANT INSERT ON conntrack_metrics TO flotilla_ingest;
GRANT SELECT ON conntrack_metrics TO flotilla_platform;
GRANT SELECT ON conntrack_view TO flotilla_app;
GRANT INSERT ON dhcp_metrics TO flotilla_ingest;
GRANT SELECT ON dhcp_metrics TO flotilla_platform;
GRANT SELECT ON dhcp_view TO flotilla_app;
GRANT INSERT ON poe_metrics TO flotilla_ingest;
GRANT SELECT ON poe_metrics TO flotilla_platform;
GRANT SELECT ON poe_view TO flotilla_app;
GRANT INSERT ON ppp_metrics TO flotilla_ingest;
GRANT SELECT ON ppp_metrics TO flotilla_platform;
GRANT SELECT ON ppp_view TO flotilla_app;
GRANT INSERT ON queues_metrics TO flotilla_ingest;
GRANT SELECT ON queues_metrics TO flotilla_platform;
GRANT SELECT ON queues_view TO flotilla_app;
GRANT INSERT ON radio_metrics TO flotilla_ingest;
GRANT SELECT ON radio_metrics TO flotilla_platform;
GRANT SELECT ON radio_view TO flotilla_app;
GRANT INSERT ON routing_metrics TO flotilla_ingest;
GRANT SELECT ON routing_metrics TO flotilla_platform;
GRANT SELECT ON routing_view TO flotilla_app;
GRANT INSERT ON wireless_clients_metrics TO flotilla_ingest;
GRANT SELECT ON wireless_clients_metrics TO flotilla_platform;
GRANT SELECT ON wireless_clients_view TO flotilla_app;
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SQL, execution_options={"no_parameters": True})
