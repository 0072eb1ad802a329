"""Known security fixes of RouterOS: which versions have a hole, and the versions that closed it.

Ours are in ``advisories.json``, each with its source; an operator adds a file of the same form, whose entries go
before ours of the same id: ``[{"id": "…", "about": "…", "since": ["7.1"], "fixed": ["7.20.1"], "source": "…"}]``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from fleet.errors import BadSetting
from fleet.versions import Version, version

OURS: Final = Path(__file__).with_suffix(".json")
MOST_BYTES: Final = 1_000_000

_Text = Annotated[str, Field(min_length=1, max_length=500)]


@dataclass(frozen=True, slots=True)
class Advisory:
    """A hole, and the versions that closed it, oldest first: one for each branch that was mended.

    ``since`` are the first versions that have it, one for a major version; without one all earlier versions have it.
    """

    id: str
    about: str
    fixed: tuple[Version, ...]
    since: tuple[Version, ...] = ()
    source: str = ""

    def concerns(self, running: Version) -> bool:
        """Tell whether a version has the hole; of a major version that no fix names nothing is known."""
        fixes = [one for one in self.fixed if one.major == running.major]
        if not fixes or running >= fixes[-1]:
            return False
        if any(running < one for one in self.since if one.major == running.major):
            return False
        return not any(one.branch == running.branch and running >= one for one in fixes)

    def unclear(self, running: Version) -> bool:
        """Tell whether nothing is known: a pre-release of the branch that came while the last one was being mended.

        7.25beta1 is newer than a fix in 7.24.2 by its number, and may have been made before it.
        """
        fixes = [one for one in self.fixed if one.major == running.major]
        return bool(fixes) and _undecided(fixes, running)


def _undecided(fixes: Sequence[Version], running: Version) -> bool:
    last = fixes[-1]
    following = running.branch == (last.major, last.minor + 1)
    return following and not running.released and last.released and last.patch > 0


class _Entry(BaseModel):
    """An advisory as a file has it."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{2,39}$")]
    about: _Text
    fixed: Annotated[list[str], Field(min_length=1, max_length=20)]
    since: Annotated[list[str], Field(max_length=20)] = []
    source: Annotated[str, Field(max_length=500, pattern="^(https?://.*)?$")] = ""


_ENTRIES: Final = TypeAdapter(list[_Entry])


def read(path: Path) -> list[Advisory]:
    """Read a file of advisories; raises BadSetting that names what is wrong in it."""
    try:
        with path.open("rb") as file:
            text = file.read(MOST_BYTES)
        return [_advisory(entry) for entry in _ENTRIES.validate_python(json.loads(text))]
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise _refused(path, f"{where}: {first['msg']}") from error
    except (OSError, ValueError) as error:
        raise _refused(path, str(error)) from error


def every(more: str = "") -> tuple[Advisory, ...]:
    """Tell all that are known, the newest id first; ``more`` is the path of an operator's own file.

    Raises BadSetting where that cannot be read.
    """
    own = _kept(Path(more), Path(more).stat().st_mtime_ns if Path(more).is_file() else 0) if more else ()
    found = {one.id: one for one in (*_kept(OURS, 0), *own)}
    return tuple(sorted(found.values(), key=lambda one: _natural(one.id), reverse=True))


def perhaps(known: Sequence[Advisory], running: Version | None) -> list[Advisory]:
    """Choose those of which nobody can say whether a version has the hole."""
    return [] if running is None else [one for one in known if one.unclear(running)]


def concerning(known: Sequence[Advisory], running: Version | None) -> list[Advisory]:
    """Choose those of which a version has the hole; none where the version is not known."""
    return [] if running is None else [one for one in known if one.concerns(running)]


@cache
def _kept(path: Path, _changed: int) -> tuple[Advisory, ...]:
    return tuple(read(path))


def _advisory(entry: _Entry) -> Advisory:
    fixed, since = (tuple(sorted(map(version, texts))) for texts in (entry.fixed, entry.since))
    return Advisory(entry.id, entry.about, fixed, since, entry.source)


def _natural(name: str) -> tuple[Any, ...]:
    return tuple((1, int(part), "") if part.isdigit() else (0, 0, part) for part in name.split("-"))


def _refused(path: Path, why: str) -> BadSetting:
    step = "Write a list of objects with id, about, fixed and, if need be, since and source (docs/firmware.md)."
    return BadSetting(f"{path} holds no advisories: {why.rstrip('.')}.", step)
