"""Bring the schema to this program's revision, and tell where the two differ."""

from __future__ import annotations

from db.migrations.declaration import compare, revise
from db.migrations.run import current, head, upgrade

__all__ = ["compare", "current", "head", "revise", "upgrade"]
