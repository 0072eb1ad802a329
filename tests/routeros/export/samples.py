"""Real exports, which lie beside the project: two devices, and 112 revisions of their files."""

from __future__ import annotations

import tarfile
from collections import defaultdict
from functools import cache
from itertools import pairwise
from pathlib import Path

from routeros.export import Document, parse

DATA = Path(__file__).parents[4] / "shared" / "data"
THERE = (DATA / "exports").is_dir() and (DATA / "history").is_dir()
WHY = "the exports of ../shared/data are not here"


@cache
def exports() -> dict[str, str]:
    """Read every sample by name; bytes that are no UTF-8 survive."""
    found = {path.name: _text(path.read_bytes()) for path in sorted((DATA / "exports").glob("*.rsc"))}
    return found | revisions()


@cache
def revisions() -> dict[str, str]:
    (archive,) = (DATA / "history").glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        members = sorted((m for m in opened.getmembers() if m.isfile()), key=lambda member: member.name)
        return {Path(m.name).name: _text(file.read()) for m in members if (file := opened.extractfile(m))}


@cache
def histories() -> dict[str, list[str]]:
    """Put the revisions of each file in the order of time."""
    found = defaultdict(list)
    for name in sorted(revisions()):
        found[name.split("_", 2)[2]].append(name)
    return dict(found)


@cache
def document(name: str) -> Document:
    """Read a sample as a document, once for all tests."""
    return parse(exports()[name])


def successive() -> list[tuple[str, str]]:
    return [pair for names in histories().values() for pair in pairwise(names)]


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
