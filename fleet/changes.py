"""A change that is pushed to a device: its steps, what was seen of each, and how far it is by its journal.

Every step with a side effect is written to the journal before it is done, and again when its outcome was seen. From
the journal alone ``fold`` tells how far a push is; ``fleet.course`` tells what comes next.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import reduce
from typing import Final


class PushState(StrEnum):
    """Where a push of configuration stands; what stands behind ``verifying`` is observed on the device."""

    PENDING = "pending"
    PREPARING = "preparing"
    APPLYING = "applying"
    VERIFYING = "verifying"
    COMMITTED = "committed"
    REVERTING = "reverting"
    REVERTED = "reverted"
    COMMIT_UNCONFIRMED = "commit_unconfirmed"
    FAILED = "failed"
    LOST = "lost"
    CANCELLED = "cancelled"


FINAL: Final = frozenset(
    {
        *(PushState.COMMITTED, PushState.REVERTED, PushState.COMMIT_UNCONFIRMED),
        *(PushState.FAILED, PushState.LOST, PushState.CANCELLED),
    }
)
"""The states in which a push has ended."""

NEEDS_A_PERSON: Final = frozenset({PushState.COMMIT_UNCONFIRMED, PushState.LOST})
"""How a push ends where nobody knows for sure what the device holds now."""


class Step(StrEnum):
    """What is done to a device. ``watch`` looks at it by a fresh connection and changes nothing."""

    LOOK = "look"
    TRY = "try"
    SAVE = "save"
    ARM = "arm"
    TAKE = "take"
    APPLY = "apply"
    VERIFY = "verify"
    RELEASE = "release"
    UNROLL = "unroll"
    RESTORE = "restore"
    UNDO = "undo"
    DISARM = "disarm"
    WATCH = "watch"
    END = "end"


class Seen(StrEnum):
    """What was seen of a step: ``unknown`` where the connection was lost, so that only the device can tell.

    ``held`` to ``late`` are what a look at the device finds: somebody holds safe mode still, the configuration of
    before, the one that was intended, neither, or that it was not seen until the deadline.
    """

    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    HELD = "held"
    BEFORE = "before"
    AFTER = "after"
    BETWEEN = "between"
    LATE = "late"


class Goal(StrEnum):
    """Where a push is going: on, to the confirmation of what was verified, or back."""

    FORWARD = "forward"
    COMMIT = "commit"
    REVERT = "revert"


@dataclass(frozen=True, slots=True)
class Nets:
    """What catches a push that goes wrong: safe mode, and a restore point that a timer of the device loads.

    ``trial``: the device can read the commands first without running them. ``undo``: it is known how to take the
    change back step by step, where neither of them did.
    """

    safe_mode: bool = False
    restore: bool = False
    trial: bool = False
    undo: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the journal: a step that begins (``seen`` is None), or what was seen of it.

    ``number`` counts the operations of ``apply``, from 1 on. ``detail`` holds no configuration and no secret.
    """

    step: Step
    seen: Seen | None = None
    number: int = 0
    detail: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a push is, as its journal tells.

    ``applied`` counts the operations that were begun; ``refused`` that the last of them was refused, so that nothing
    of it is there. ``unclean``: something of ours may lie on the device, a file or the timer. ``looks``,
    ``verifications``, ``restores``, ``undos`` and ``disarms`` count attempts; ``unrestorable`` and ``spent`` tell
    that another one of the restore point, or step by step, makes no sense. ``found`` is what the device last held.
    """

    total: int
    nets: Nets = Nets()
    last: Step | None = None
    seen: Seen | None = None
    goal: Goal = Goal.FORWARD
    applied: int = 0
    refused: bool = False
    unclean: bool = False
    stopped: bool = False
    looks: int = 0
    verifications: int = 0
    restores: int = 0
    disarms: int = 0
    unrestorable: bool = False
    undos: int = 0
    spent: bool = False
    found: Seen | None = None
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def touched(self) -> bool:
        """Tell whether anything of the change may have reached the configuration."""
        return self.applied > (1 if self.refused else 0)

    @property
    def complete(self) -> bool:
        """Tell whether every operation was begun, and none refused."""
        return self.applied == self.total and not self.refused


def fold(entries: Iterable[Entry], total: int) -> Progress:
    """Tell from the journal how far a push of ``total`` operations is."""
    return reduce(note, entries, Progress(total))


def note(progress: Progress, entry: Entry) -> Progress:
    """Tell how far a push is after one more entry."""
    facts = {**progress.facts, **entry.detail}
    now = replace(progress, last=entry.step, seen=entry.seen, facts=facts)
    return _begun(now, entry) if entry.seen is None else _noticed(now, entry, entry.seen)


def _begun(now: Progress, entry: Entry) -> Progress:
    match entry.step:
        case Step.LOOK:
            fresh = Progress(now.total, looks=now.looks + 1, last=Step.LOOK)
            return replace(fresh, unclean=now.unclean, disarms=now.disarms, facts=dict(entry.detail))
        case Step.TRY | Step.SAVE | Step.ARM:
            return replace(now, unclean=True)
        case Step.APPLY:
            return replace(now, applied=entry.number, refused=False)
        case Step.VERIFY:
            return replace(now, verifications=now.verifications + 1)
        case Step.RELEASE:
            return replace(now, goal=Goal.COMMIT)
        case Step.UNROLL:
            return replace(now, goal=Goal.REVERT)
        case Step.RESTORE:
            return replace(now, goal=Goal.REVERT, restores=now.restores + 1)
        case Step.UNDO:
            return replace(now, goal=Goal.REVERT, undos=now.undos + 1)
        case Step.DISARM:
            return replace(now, disarms=now.disarms + 1)
    return now


def _noticed(now: Progress, entry: Entry, seen: Seen) -> Progress:
    bad = seen is not Seen.DONE
    match entry.step:
        case Step.LOOK:
            return replace(now, nets=_nets(entry.detail), stopped=bad)
        case Step.TRY:
            return replace(now, unclean=bad, stopped=seen is Seen.REFUSED)
        case Step.SAVE | Step.ARM | Step.TAKE if bad:
            return replace(now, goal=Goal.REVERT, stopped=seen is Seen.REFUSED)
        case Step.APPLY if bad:
            return replace(now, goal=Goal.REVERT, refused=seen is Seen.REFUSED, stopped=True)
        case Step.VERIFY:
            return replace(now, goal=Goal.REVERT if bad else Goal.COMMIT, stopped=bad)
        case Step.RESTORE if seen is Seen.REFUSED:
            return replace(now, unrestorable=True)
        case Step.UNDO if seen in (Seen.DONE, Seen.REFUSED):
            return replace(now, spent=True)
        case Step.DISARM if not bad:
            return replace(now, unclean=False)
        case Step.WATCH:
            return replace(now, found=seen)
    return now


def _nets(detail: Mapping[str, object]) -> Nets:
    return Nets(*(bool(detail.get(name)) for name in ("safe_mode", "restore", "trial", "undo")))


def state(progress: Progress) -> PushState:
    """Tell where a push stands."""
    if progress.last is None:
        return PushState.PENDING
    if progress.last is Step.END:
        return outcome(progress)
    if progress.goal is Goal.REVERT:
        return PushState.REVERTING if progress.touched else PushState.PREPARING
    if progress.goal is Goal.COMMIT or progress.last is Step.VERIFY:
        return PushState.VERIFYING
    return PushState.APPLYING if progress.applied else PushState.PREPARING


def outcome(progress: Progress) -> PushState:
    """Tell how a push ended, by what the device was last seen to hold."""
    if progress.found is Seen.LATE:
        return PushState.LOST
    if progress.unclean and progress.disarms:
        # The timer may still be armed: whatever the device holds now, it may load what was before.
        return PushState.COMMIT_UNCONFIRMED
    if not progress.touched:
        return PushState.FAILED
    if progress.found is Seen.BEFORE:
        return PushState.REVERTED
    if progress.found is Seen.AFTER and progress.goal is Goal.COMMIT:
        return PushState.COMMITTED
    return PushState.COMMIT_UNCONFIRMED
