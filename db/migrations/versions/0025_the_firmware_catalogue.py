"""the firmware catalogue."""

from __future__ import annotations

from alembic import op

revision = "0025"
down_revision = "0024"

SQL = r"""
CREATE TABLE firmware_channels (
    major integer NOT NULL,
    channel text NOT NULL,
    version text NOT NULL,
    set_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    CONSTRAINT pk_firmware_channels PRIMARY KEY (major, channel),
    CONSTRAINT ck_firmware_channels_channel CHECK (channel = ANY (ARRAY['long-term'::text, 'stable'::text, 'testing'::text, 'development'::text, 'upgrade'::text])),
    CONSTRAINT ck_firmware_channels_major CHECK (major >= 1 AND major <= 99),
    CONSTRAINT ck_firmware_channels_version CHECK (length(version) >= 3 AND length(version) <= 40)
)
;

CREATE TABLE firmware_files (
    version text NOT NULL,
    name text NOT NULL,
    package text NOT NULL,
    architecture text NOT NULL,
    size bigint NOT NULL,
    sha256 text NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    CONSTRAINT pk_firmware_files PRIMARY KEY (version, name),
    CONSTRAINT ck_firmware_files_name CHECK (length(name) >= 1 AND length(name) <= 130),
    CONSTRAINT ck_firmware_files_sha256 CHECK (sha256 ~ '^[0-9a-f]{64}$'::text),
    CONSTRAINT ck_firmware_files_size CHECK (size > 0)
)
;

CREATE TABLE firmware_releases (
    version text NOT NULL,
    changelog text NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    CONSTRAINT pk_firmware_releases PRIMARY KEY (version),
    CONSTRAINT ck_firmware_releases_version CHECK (length(version) >= 3 AND length(version) <= 40)
)
;

ALTER TABLE firmware_files ADD CONSTRAINT fk_firmware_files_firmware_releases FOREIGN KEY (version) REFERENCES firmware_releases(version) ON DELETE CASCADE;
CREATE UNIQUE INDEX ix_firmware_files_version_package_architecture ON firmware_files USING btree (version, package, architecture);
GRANT SELECT ON firmware_channels TO flotilla_app;
GRANT DELETE ON firmware_channels TO flotilla_platform;
GRANT INSERT ON firmware_channels TO flotilla_platform;
GRANT SELECT ON firmware_channels TO flotilla_platform;
GRANT UPDATE (version, set_at, seen_at) ON firmware_channels TO flotilla_platform;
GRANT SELECT ON firmware_files TO flotilla_app;
GRANT DELETE ON firmware_files TO flotilla_platform;
GRANT INSERT ON firmware_files TO flotilla_platform;
GRANT SELECT ON firmware_files TO flotilla_platform;
GRANT UPDATE (size, sha256, seen_at) ON firmware_files TO flotilla_platform;
GRANT SELECT ON firmware_releases TO flotilla_app;
GRANT DELETE ON firmware_releases TO flotilla_platform;
GRANT INSERT ON firmware_releases TO flotilla_platform;
GRANT SELECT ON firmware_releases TO flotilla_platform;
GRANT UPDATE (changelog, seen_at) ON firmware_releases TO flotilla_platform;
"""  # noqa: E501


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SQL, execution_options={"no_parameters": True})
