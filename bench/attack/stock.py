"""What a tenant of the attack has: ids by kind, names, cursors, ETags, and the marks by which a leak is known."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.attack import words
from bench.attack.bodies import kind
from bench.attack.people import Asker, Tenant

Texts = dict[str, list[str]]


def _texts() -> Texts:
    return defaultdict(list)


@dataclass(slots=True)
class Stock:
    """All of it. ``ids`` are by kind (``device``), ``cursors`` and ``keys`` by operation, ``etags`` by path.

    ``replays`` are a key and the body sent with it, by operation; ``twins`` what is nowhere, by what is here.

    Of each kind the first id and the first name, of another thing, are baits: they are sent, so that seeing them is
    no leak; ``called`` says which name is whose.
    ``written`` is what this tenant has been made to keep, though it was another's.
    """

    tenant: Tenant
    people: Sequence[Asker]
    admin: Asker
    ids: Texts = field(default_factory=_texts)
    names: Texts = field(default_factory=_texts)
    called: dict[str, str] = field(default_factory=dict)
    cursors: Texts = field(default_factory=_texts)
    keys: Texts = field(default_factory=_texts)
    etags: Texts = field(default_factory=_texts)
    replays: dict[str, tuple[str, Any]] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    written: set[str] = field(default_factory=set)
    twins: dict[str, str] = field(default_factory=dict)

    def own(self) -> dict[str, str]:
        """Name one of each kind."""
        return {**{name: found[0] for name, found in self.ids.items() if found}, "tenant": str(self.tenant.id)}

    def add(self, parameter: str, id: str, name: str = "") -> None:
        """Note a thing; first come those that we made, whose names nobody could guess."""
        one, ours = kind(parameter), bool(words.TOKEN.search(name))
        if id not in self.ids[one]:
            self.ids[one].insert(len(self.names[one]) if ours else len(self.ids[one]), id)
        if ours and name not in (id, *self.names[one]):
            self.names[one].append(name)
            self.called[id] = name

    def settle(self) -> None:
        """Let the bait of a kind be one whose name nobody sends, so that its name is a mark."""
        spent = self._spent()
        for one, ids in self.ids.items():
            ids.sort(key=lambda id: not (words.marks(self.called.get(id, "")) - spent))
            bait = self.called.get(ids[0], "") if ids else ""
            others = [name for name in self.names[one] if name != bait]
            others.sort(key=lambda name: words.marks(name).isdisjoint(spent))
            self.names[one] = [*others, *([bait] if bait else [])]

    def baits(self, name: str = "") -> list[str]:
        """Name what is sent in the place of one of our own: of a kind, or where it is none a device."""
        one = kind(name) if self.ids.get(kind(name)) else "device"
        return [*self.ids[one][:1], *self.names[one][:-1][:1]]

    def words(self, name: str) -> list[str]:
        """Name what is sent as a text that may be kept: where it is no kind's another than what is asked for."""
        return self.baits(name) if self.ids.get(kind(name)) else [*self.ids["device"][-1:], *self.names["device"][:1]]

    def marks(self) -> frozenset[str]:
        """Tell every id and token that nobody but this tenant may see, and that no attacker sends."""
        sent = {str(self.tenant.id), self.tenant.slug, *self.words("")}
        for one in self.ids:
            sent.update(self.baits(one))
        return frozenset(self.known) - words.marks(" ".join(sent)) - self._spent()

    def _spent(self) -> set[str]:
        """Tell the marks in what is sent as it was told."""
        held = [text for kept in (self.cursors, self.keys, self.etags) for texts in kept.values() for text in texts]
        return words.marks(" ".join([*held, *(json.dumps(body) for _, body in self.replays.values())]))


def entries(answer: Any) -> list[Any]:
    """Find what a list answers with: the first array of it."""
    if isinstance(answer, list):
        return answer
    if isinstance(answer, dict):
        return next((value for value in answer.values() if isinstance(value, list)), [])
    return []


def identity(entry: Any, parameter: str) -> tuple[str, str]:
    """Tell by what an entry of a list is asked for, and what people call it."""
    if not isinstance(entry, dict):
        return str(entry), ""
    told = (entry.get(key) for key in ("id", parameter, kind(parameter), "name"))
    found = next((str(value) for value in told if isinstance(value, str | int)), "")
    return found, next(_called(entry.values()), "")


def _called(values: Iterable[Any]) -> Iterator[str]:
    return (value for value in values if isinstance(value, str) and words.TOKEN.search(value))
