"""Controls and the URL: what a page shows is said by its address alone, so that a link shows the same."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlencode

from api.times import instant
from db.ranges import Range
from fleet.device import State
from fleet.errors import BadInput

START, END = "now-1h", "now"
MOST_TEXT, LONGEST_WORD = 100, 2000
"""Characters of a text that is searched for, and of any word of an address: some are lists."""


@dataclass(frozen=True, slots=True)
class View:
    """What the query of a page's address asks for."""

    q: str = ""
    status: State | None = None
    start: str = START
    end: str = END
    interface: str = ""

    def changed(self, **fields: Any) -> str:
        """Write the query of the same view with other ``fields``; an empty one keeps the path alone."""
        return query(replace(self, **fields))

    @property
    def live(self) -> bool:
        """Tell whether the range ends now, and moves along."""
        return self.end == END

    def range(self, now: datetime) -> Range:
        """Tell what the range is at ``now``; raises BadInput for one that is none, or that lies ahead."""
        spanned = Range(instant(self.start, now), instant(self.end, now))
        if spanned.start >= now:
            raise BadInput("The range lies in the future.", "Choose one of the ranges above.")
        return spanned


def view(search: str | None) -> View:
    """Read the query of an address; what it does not say, or says in an unknown way, is as usual."""
    found = words(search)
    status = found.get("status", "")
    return View(
        q=found.get("q", "")[:MOST_TEXT].strip(),
        status=State(status) if status in set(State) else None,
        start=found.get("from", START),
        end=found.get("to", END),
        interface=found.get("if", "")[:MOST_TEXT],
    )


def words(search: str | None) -> dict[str, str]:
    """Read the words of a query, the first of each name, cut to a sane length."""
    return {name: values[0][:LONGEST_WORD] for name, values in parse_qs((search or "").lstrip("?")).items()}


def query(shown: View) -> str:
    """Write a view as the query of an address: ``?`` and what differs from the usual, or nothing."""
    usual = View()
    said = {
        "q": (shown.q, usual.q),
        "status": (shown.status.value if shown.status else "", ""),
        "from": (shown.start, usual.start),
        "to": (shown.end, usual.end),
        "if": (shown.interface, usual.interface),
    }
    differing = {name: value for name, (value, common) in said.items() if value != common}
    return f"?{urlencode(differing)}" if differing else "?"


def exact(at: datetime) -> str:
    """Write an instant for an address."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
