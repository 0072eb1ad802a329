"""${message}."""

from __future__ import annotations

from alembic import op

revision = "${up_revision}"
down_revision = ${'"%s"' % down_revision if down_revision else None}

SQL = r"""
${sql}
"""${"  # noqa: E501" if any(len(line) > 118 for line in sql.splitlines()) else ""}


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SQL, execution_options={"no_parameters": True})
