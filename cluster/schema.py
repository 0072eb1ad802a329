"""Bring a PostgreSQL to the schema of this program: roles with passwords of their own, then the migrations."""

from __future__ import annotations

import json
import secrets

from cluster.servers.state import State
from db import bootstrap, migrations, timescale
from fleet.settings import Settings
from routeros import collectors

ROLES = ("flotilla_app", "flotilla_ingest", "flotilla_platform", "flotilla_poller")


def prepare(asked: Settings, state: State) -> Settings:
    """Make roles and schema; return the settings with a URL for each role.

    The passwords are made once and kept in the state directory. Raises StartRefused where the schema is newer than
    this program.
    """
    if asked.postgres_roles:
        return asked
    passwords = json.loads(state.secret("postgres-roles", _made))
    urls = bootstrap.prepare(asked.postgres_url, passwords)
    migrations.upgrade(asked.postgres_url)
    timescale.adopt(asked.postgres_url, collectors.families())
    return asked.model_copy(update={"postgres_roles": dict(urls)})


def _made() -> str:
    return json.dumps({role: secrets.token_urlsafe(24) for role in ROLES})
