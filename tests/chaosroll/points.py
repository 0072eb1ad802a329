"""Where somebody is lost: at which entry of the journals, before it or after, and who it is."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from db.rolloutjournal import Note
from tests.chaosroll.job import Death

JOB, OWNER, BOTH, SLEEPER = "job", "owner", "both", "sleeper"
WHO: Final = (JOB, OWNER, BOTH, SLEEPER)
"""``sleeper``: the owner lost its lease and does not know it yet; another one has its devices meanwhile."""

WHERE: Final = ("before", "after", "committed")


def edge(note: Note) -> str:
    """Name the edge that an entry stands for: the step, the stage that begins, and how the step ended."""
    return f"{note.step}:{note.unit.stage}" + (f":{note.result}" if note.result else "")


@dataclass(frozen=True, slots=True)
class Blow:
    """Who is lost at the ``turn``-th entry of an edge (empty: of all), before it is written or after."""

    who: str
    edge: str
    turn: int
    before: bool

    def __str__(self) -> str:
        return f"{self.who} {'before' if self.before else 'after'} {self.edge or 'any'} #{self.turn}"


@dataclass(frozen=True, slots=True)
class Points:
    """The blows of a run, and the writes of its own at which its first jobs die."""

    blows: tuple[Blow, ...] = ()
    deaths: tuple[Death, ...] = ()


NOWHERE: Final = Points()


def edges(known: Sequence[tuple[str, int]]) -> list[tuple[str, int, str, bool]]:
    """List each edge with each who and when: what has to be struck once at the least."""
    return [(name, count, who, before) for name, count in known for who in WHO for before in (True, False)]


def drawn(number: int, known: Sequence[tuple[str, int]], entries: int) -> Points:
    """Draw the points of a run by its number: one edge after the other, and others anywhere beside it.

    ``known`` are the edges of a run that nobody disturbs, each with how often it comes.
    """
    draw = random.Random(number)
    listed = edges(known)
    name, count, who, before = listed[number % len(listed)]
    blows = [Blow(who, name, draw.randint(1, count), before)]
    blows += [
        Blow(draw.choice(WHO), "", draw.randint(1, entries), draw.random() < 0.5) for _ in range(draw.randint(0, 3))
    ]
    deaths = [Death(draw.randint(1, 25), draw.choice(WHERE)) for _ in range(draw.randint(0, 2))]
    return Points(tuple(blows), tuple(deaths))
