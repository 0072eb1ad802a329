"""Whether an export may be a restore point, by itself and by what the device had before."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from routeros.export import Document, faults


@dataclass(frozen=True, slots=True)
class Before:
    """The last whole export: its menus in their order, the version that wrote it, and the history's marker then."""

    menus: tuple[str, ...] = ()
    version: str = ""
    marker: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why an export is not whole, a sentence for each reason.

    ``missing`` are the last menus of the export before, where all of them are gone now: a cut between two lines looks
    like that, and nothing in the text itself tells. So does a person who emptied them; then the device's history
    tells of it, and the same is exported once more.
    """

    faults: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Tell whether there is nothing against it."""
        return not self.faults and not self.missing

    @property
    def why(self) -> tuple[str, ...]:
        """Say what is against it."""
        if self.missing:
            return (*self.faults, f"Its end is missing, from {self.missing[0]} on.")
        return self.faults


def menus(document: Document) -> tuple[str, ...]:
    """Tell the menus that an export has commands of, in its order."""
    return tuple(document.sections)


def judge(document: Document, before: Before | None = None) -> Verdict:
    """Hold an export against itself and against the last whole one of the same version."""
    found = tuple(faults(document))
    if found or before is None or document.header.version != before.version:
        return Verdict(found)
    return Verdict((), _tail(before.menus, frozenset(menus(document))))


def believed(verdict: Verdict, before: Before, marker: str) -> Verdict:
    """Judge what a second export confirmed: its end is missing on purpose, unless nobody did anything since.

    ``marker`` is the history's marker now. Where there was none the device does not tell, and two exports that agree
    are believed.
    """
    if verdict.faults or (marker and marker == before.marker):
        return verdict
    return Verdict()


def _tail(before: tuple[str, ...], now: Collection[str]) -> tuple[str, ...]:
    tail: list[str] = []
    for menu in reversed(before):
        if menu in now:
            break
        tail.append(menu)
    return tuple(reversed(tail))
