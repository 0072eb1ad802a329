"""Apply revisions: all that are missing, or nothing.

Revisions go forward only. They are written by ``db.migrations.revise``, read by a person and committed.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Engine, NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError

from db.access import LOGINS, OWNER
from db.bootstrap import LOCK
from db.engine import driver, reachable
from fleet.errors import StartRefused

HERE = Path(__file__).parent


def upgrade(admin_url: str, scripts: Path = HERE) -> None:
    """Apply what is missing, as ``flotilla_owner``, in one transaction under an advisory lock.

    The roles are there already (``db.bootstrap.prepare``). Raises StartRefused when a revision fails, which leaves
    the schema as it was, or when the schema is newer than this program.
    """
    engine = create_engine(driver(admin_url), poolclass=NullPool)
    configuration = config(scripts)
    try:
        with reachable(), engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
            connection.execute(text("SET LOCAL lock_timeout = '30s'"))
            connection.execute(text(f"SET LOCAL ROLE {OWNER}"))
            configuration.attributes["connection"] = connection
            command.upgrade(configuration, "head")
            connection.execute(text(f"GRANT SELECT ON alembic_version TO {', '.join(LOGINS)}"))
    except CommandError as error:
        raise StartRefused(
            f"The database's schema is newer than this program ({head(scripts)}): {error}.",
            "Start the Flotilla that made it, or a newer one.",
        ) from error
    except DBAPIError as error:
        said = str(error.orig).strip().splitlines()[0]
        raise StartRefused(
            f"A migration failed, and nothing was changed: {said}.", "Mend that and run `flotilla migrate`."
        ) from error


def head(scripts: Path = HERE) -> str | None:
    """Tell the revision that this program needs."""
    return ScriptDirectory.from_config(config(scripts)).get_current_head()


def current(engine: Engine) -> str | None:
    """Tell the revision that the database is at, None before the first."""
    with reachable(), engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def config(scripts: Path = HERE) -> Config:
    """Make Alembic's configuration for a folder of revisions."""
    made = Config()
    made.set_main_option("script_location", str(scripts).replace("%", "%%"))
    made.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    made.set_main_option("path_separator", "os")
    return made
