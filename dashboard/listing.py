"""Which devices the fleet's list shows and in which order, as its address says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import unquote, urlencode

from dashboard.state import View

KINDS: Final = ("status", "site", "tag", "model", "version", "group")
"""What devices are told apart by."""

MOST: Final = 50
"""Values of one kind."""

LONGEST_SORT: Final = 4
"""Columns that the order goes by."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The devices with every word of ``q`` that have, of each kind in ``chosen``, one of its values.

    ``sort`` names columns, the first one first, each with a minus in front for the other direction. ``kept`` is what
    the address says of the time range, which goes along.
    """

    q: str = ""
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sort: tuple[str, ...] = ()
    kept: Mapping[str, str] = field(default_factory=dict)

    @property
    def filtered(self) -> bool:
        """Tell whether anything is left out."""
        return bool(self.q or self.chosen)

    @property
    def key(self) -> tuple[object, ...]:
        """Which devices, as one value; the order aside."""
        return self.q.lower(), tuple((kind, frozenset(self.chosen.get(kind, ()))) for kind in KINDS)

    def of(self, kind: str) -> tuple[str, ...]:
        """Tell the values of a kind that are let in; none means all."""
        return self.chosen.get(kind, ())

    def toggled(self, kind: str, value: str) -> Listing:
        """Let a value of a kind in that was not named, or name it no longer."""
        now = self.of(kind)
        values = tuple(one for one in now if one != value) if value in now else (*now, value)
        return self.only(kind, *values)

    def only(self, kind: str, *values: str) -> Listing:
        """Let in these values of a kind; without any, all of them."""
        others = {name: those for name, those in self.chosen.items() if name != kind}
        return replace(self, chosen={**others, kind: values} if values else others)

    def everything(self) -> Listing:
        """Leave nothing out."""
        return replace(self, q="", chosen={})

    @property
    def href(self) -> str:
        """Write the query of the address: ``?`` and what differs from the usual."""
        lists = {kind: ",".join(map(_escaped, self.of(kind))) for kind in KINDS if self.of(kind)}
        said = {"q": self.q, **lists, "sort": ",".join(self.sort), **self.kept}
        return "?" + urlencode({name: value for name, value in said.items() if value}, safe=",()")


def read(asked: Mapping[str, str], view: View) -> Listing:
    """Read what an address asks for; what it says in an unknown way is left out."""
    lists = {kind: _values(asked.get(kind, "")) for kind in KINDS}
    sort = tuple(word for word in asked.get("sort", "").split(",") if word.removeprefix("-").isidentifier())
    usual = View()
    ranged = {"from": (view.start, usual.start), "to": (view.end, usual.end)}
    return Listing(
        q=view.q,
        chosen={kind: values for kind, values in lists.items() if values},
        sort=sort[:LONGEST_SORT],
        kept={name: now for name, (now, common) in ranged.items() if now != common},
    )


def _values(text: str) -> tuple[str, ...]:
    """Take a list apart; a comma within a value is written ``%2C``."""
    return tuple(dict.fromkeys(unquote(word) for word in text.split(",") if word))[:MOST]


def _escaped(value: str) -> str:
    return value.replace("%", "%25").replace(",", "%2C")
