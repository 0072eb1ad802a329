"""Where a device belongs: the site and the tags that people give it, and what is to become of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from fleet.endpoints import BadField

TAG: Final = "[a-z0-9][a-z0-9._:/-]{0,62}"
"""What a tag looks like, as Python and PostgreSQL read it."""

MOST_TAGS: Final = 32
"""How many tags a device may have."""

LONGEST_NAME: Final = 120
"""Characters of a site's name."""

SITE_NAME: Final = r"[^(\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*"
"""What a site's name looks like: no control characters, and no bracket at its beginning."""

NO_SITE, NO_TAG = "(no site)", "(no tag)"
"""What the group of those is called that have none; no site and no tag has such a name."""

_TAG: Final = re.compile(TAG)
_SITE_NAME: Final = re.compile(SITE_NAME)


@dataclass(frozen=True, slots=True)
class Words:
    """What is to become of a set of words: some come, some go; with ``anew`` those that there were go first."""

    added: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()
    anew: bool = False

    @classmethod
    def exactly(cls, words: Iterable[str]) -> Words:
        """Have these words and no others."""
        return cls(frozenset(words), anew=True)

    def of(self, now: Iterable[str]) -> list[str]:
        """Tell the words there are then, in order."""
        kept = frozenset() if self.anew else frozenset(now)
        return sorted((kept | self.added) - self.removed)


SAME: Final = Words()
"""Nothing comes and nothing goes."""


def tag(text: str) -> str:
    """Return a tag unless it can be none; raises BadField."""
    if not _TAG.fullmatch(text):
        advice = "It begins with a-z or 0-9 and goes on with these and . _ : / - (63 at most)."
        raise BadField("tags", f"{text[:80]!r} is no tag.", advice)
    return text


def tags(texts: Iterable[str]) -> list[str]:
    """Return the tags of a device, each once and in order; raises BadField."""
    found = sorted({tag(text) for text in texts})
    if len(found) > MOST_TAGS:
        raise BadField("tags", f"These are {len(found)} tags.", f"Give a device at most {MOST_TAGS}.")
    return found


@dataclass(frozen=True, slots=True)
class Spot:
    """Where on the earth a site is, in degrees; checked when it is made, raises BadField."""

    latitude: float
    longitude: float

    def __post_init__(self) -> None:
        for name, most in (("latitude", 90), ("longitude", 180)):
            degrees = getattr(self, name)
            if not -most <= degrees <= most:
                advice = f"Give degrees from -{most} to {most}, such as 59.91 north and 10.75 east."
                raise BadField(name, f"{degrees} is no {name}.", advice)


def site_name(text: str) -> str:
    """Return the name of a site without space around it; raises BadField for what can be none."""
    name = text.strip()
    if len(name) > LONGEST_NAME or not _SITE_NAME.fullmatch(name):
        advice = f"It is a line of 1 to {LONGEST_NAME} characters and does not begin with a bracket."
        raise BadField("name", f"{text[:80]!r} is no name of a site.", advice)
    return name
