"""Configurations as ``/export`` writes them: read, printed back unchanged, compared by section, secrets masked."""

from __future__ import annotations

from routeros.export.differences import Changed, Delta, diff
from routeros.export.document import Command, Comment, Document, Header, Section, parse
from routeros.export.normal import normalise
from routeros.export.secrets import redact
from routeros.export.trust import faults

__all__ = [
    "Changed",
    "Command",
    "Comment",
    "Delta",
    "Document",
    "Header",
    "Section",
    "diff",
    "faults",
    "normalise",
    "parse",
    "redact",
]
