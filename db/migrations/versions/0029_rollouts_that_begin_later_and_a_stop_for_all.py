"""rollouts that begin later, and a stop for all."""

from __future__ import annotations

from alembic import op

revision = "0029"
down_revision = "0028"

SQL = r"""
ALTER TABLE rollouts DROP CONSTRAINT ck_rollouts_begun;
ALTER TABLE rollouts DROP CONSTRAINT ck_rollouts_state;
ALTER TABLE rollouts ADD CONSTRAINT ck_rollouts_begun CHECK (started_at IS NOT NULL OR (state <> ALL (ARRAY['aborting'::text, 'paused'::text, 'running'::text, 'scheduled'::text])));
ALTER TABLE rollouts ADD CONSTRAINT ck_rollouts_state CHECK (state = ANY (ARRAY['planned'::text, 'approved'::text, 'scheduled'::text, 'running'::text, 'paused'::text, 'aborting'::text, 'done'::text, 'aborted'::text, 'expired'::text]));
CREATE INDEX ix_rollouts_scheduled ON rollouts USING btree (started_at) WHERE state = 'scheduled'::text;
CREATE TABLE firmware_stop (
    id integer NOT NULL,
    stopped_by text,
    stopped_at timestamp with time zone,
    reason text,
    CONSTRAINT pk_firmware_stop PRIMARY KEY (id),
    CONSTRAINT ck_firmware_stop_id CHECK (id = 1),
    CONSTRAINT ck_firmware_stop_reason CHECK (length(reason) <= 500),
    CONSTRAINT ck_firmware_stop_stopped CHECK ((stopped_by IS NULL) = (stopped_at IS NULL))
)
;

GRANT SELECT ON firmware_stop TO flotilla_app;
GRANT INSERT ON firmware_stop TO flotilla_platform;
GRANT SELECT ON firmware_stop TO flotilla_platform;
GRANT UPDATE (stopped_by, stopped_at, reason) ON firmware_stop TO flotilla_platform;
GRANT SELECT ON firmware_stop TO flotilla_poller;
"""  # noqa: E501


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SQL, execution_options={"no_parameters": True})
