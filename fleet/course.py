"""The course of a push, a pure machine: which step comes next, for its owner and for whoever takes it over.

    look → try → save → arm → take → apply … → verify → release → disarm → watch → end
                                  ↘ unroll, restore, undo ↘ watch ↗

``advance`` is for the owner that has just seen what came of the last step. Whoever took the push over from an owner
that is gone asks ``resume`` in its place: then the device is looked at first.
"""

from __future__ import annotations

from typing import Final

from fleet.changes import Goal, Progress, Seen, Step

MOST_LOOKS: Final = 3
MOST_VERIFICATIONS: Final = 3
MOST_RESTORES: Final = 3
MOST_UNDOS: Final = 3
MOST_DISARMS: Final = 5


def advance(progress: Progress) -> Step:
    """Tell the next step of a push whose owner is here and has just seen what came of the last one."""
    if progress.last is None:
        return Step.LOOK
    if progress.seen is None:
        return resume(progress)
    return _ADVANCE[progress.last](progress, progress.seen)


def resume(progress: Progress) -> Step:
    """Tell the next step of a push whose former owner is gone, and its connections with it: mostly to look."""
    if progress.last is None or progress.last is Step.LOOK:
        return Step.LOOK
    return Step.END if progress.last is Step.END else Step.WATCH


def _after_look(now: Progress, seen: Seen) -> Step:
    if seen is not Seen.DONE:
        return Step.DISARM if now.unclean and seen is Seen.REFUSED else Step.END
    return Step.TRY if now.nets.trial else _after_try(now, seen)


def _after_try(now: Progress, seen: Seen) -> Step:
    if seen is not Seen.DONE:
        return Step.WATCH
    return Step.SAVE if now.nets.restore else _after_arm(now, seen)


def _after_save(_: Progress, seen: Seen) -> Step:
    return Step.ARM if seen is Seen.DONE else Step.WATCH


def _after_arm(now: Progress, seen: Seen) -> Step:
    if seen is not Seen.DONE:
        return Step.WATCH
    return Step.TAKE if now.nets.safe_mode else Step.APPLY


def _after_take(_: Progress, seen: Seen) -> Step:
    return Step.APPLY if seen is Seen.DONE else Step.WATCH


def _after_apply(now: Progress, seen: Seen) -> Step:
    if seen is Seen.DONE:
        return Step.APPLY if now.applied < now.total else Step.VERIFY
    return _back(now, seen)


def _after_verify(now: Progress, seen: Seen) -> Step:
    if seen is not Seen.DONE:
        # A fresh connection may fail although the session that holds safe mode lives: it can still unroll.
        return Step.UNROLL if now.nets.safe_mode else Step.WATCH
    if now.nets.safe_mode:
        return Step.RELEASE
    return Step.DISARM if now.unclean else Step.WATCH


def _back(now: Progress, seen: Seen) -> Step:
    return Step.UNROLL if now.nets.safe_mode and seen is Seen.REFUSED else Step.WATCH


def _after_release(now: Progress, seen: Seen) -> Step:
    return Step.DISARM if seen is Seen.DONE and now.unclean else Step.WATCH


def _watch(_: Progress, __: Seen) -> Step:
    return Step.WATCH


def _end(_: Progress, __: Seen) -> Step:
    return Step.END


def _after_watch(now: Progress, seen: Seen) -> Step:
    if seen is Seen.LATE:
        return Step.END
    if seen in (Seen.HELD, Seen.UNKNOWN, Seen.DONE, Seen.REFUSED):
        return Step.WATCH
    if seen is Seen.AFTER and now.goal is Goal.FORWARD and now.complete:
        # The owner was lost before it knew: whoever came finds all of it there, and verifies it anew.
        return Step.VERIFY if now.verifications < MOST_VERIFICATIONS else _give_back(now)
    if seen is Seen.BEFORE or (seen is Seen.AFTER and now.goal is Goal.COMMIT) or not now.touched:
        return _clean(now) if now.unclean else _settled(now)
    return _give_back(now)


def _give_back(now: Progress) -> Step:
    """What is there must go: by the restore point, where there is one that works, else step by step."""
    if now.nets.restore and not now.unrestorable and now.restores < MOST_RESTORES:
        return Step.RESTORE
    if now.nets.undo and not now.spent and now.undos < MOST_UNDOS:
        return Step.UNDO
    return _clean(now) if now.unclean else Step.END


def _clean(now: Progress) -> Step:
    """Take our timer and files away; a device that refuses that again and again is left to a person."""
    return Step.DISARM if now.disarms < MOST_DISARMS else Step.END


def _settled(now: Progress) -> Step:
    """Nothing of ours is left; a push that was only interrupted before it changed anything begins anew."""
    anew = not now.touched and not now.stopped and now.looks < MOST_LOOKS
    return Step.LOOK if anew else Step.END


_ADVANCE: Final = {
    Step.LOOK: _after_look,
    Step.TRY: _after_try,
    Step.SAVE: _after_save,
    Step.ARM: _after_arm,
    Step.TAKE: _after_take,
    Step.APPLY: _after_apply,
    Step.VERIFY: _after_verify,
    Step.RELEASE: _after_release,
    Step.UNROLL: _watch,
    Step.RESTORE: _watch,
    Step.UNDO: _watch,
    Step.DISARM: _watch,
    Step.WATCH: _after_watch,
    Step.END: _end,
}
