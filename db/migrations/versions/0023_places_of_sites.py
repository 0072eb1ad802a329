"""places of sites."""

from __future__ import annotations

from alembic import op

revision = "0023"
down_revision = "0022"

SQL = r"""
REVOKE UPDATE (name) ON sites FROM flotilla_app;
ALTER TABLE sites ADD COLUMN latitude double precision;
ALTER TABLE sites ADD COLUMN longitude double precision;
ALTER TABLE sites ADD CONSTRAINT ck_sites_latitude CHECK (latitude >= '-90'::integer::double precision AND latitude <= 90::double precision);
ALTER TABLE sites ADD CONSTRAINT ck_sites_longitude CHECK (longitude >= '-180'::integer::double precision AND longitude <= 180::double precision);
ALTER TABLE sites ADD CONSTRAINT ck_sites_spot CHECK (num_nonnulls(latitude, longitude) <> 1);
GRANT UPDATE (name, latitude, longitude) ON sites TO flotilla_app;
"""  # noqa: E501


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SQL, execution_options={"no_parameters": True})
