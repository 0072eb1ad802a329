"""what was before a push."""

from __future__ import annotations

from alembic import op

revision = "0027"
down_revision = "0026"

SQL = r"""
ALTER TABLE push_journal DROP CONSTRAINT ck_push_journal_step;
ALTER TABLE push_journal ADD CONSTRAINT ck_push_journal_step CHECK (step = ANY (ARRAY['look'::text, 'try'::text, 'save'::text, 'arm'::text, 'take'::text, 'apply'::text, 'verify'::text, 'release'::text, 'unroll'::text, 'restore'::text, 'undo'::text, 'disarm'::text, 'watch'::text, 'end'::text]));
ALTER TABLE pushes ADD COLUMN former text;
ALTER TABLE pushes ADD CONSTRAINT ck_pushes_former CHECK (former ~~ 'vault:%'::text);
GRANT UPDATE (former) ON pushes TO flotilla_platform;
GRANT UPDATE (former) ON pushes TO flotilla_poller;
"""  # noqa: E501


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SQL, execution_options={"no_parameters": True})
