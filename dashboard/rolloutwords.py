"""Rollouts in words: states, stages, results and ways back, and the lines of a device's journal. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from dashboard import units
from db.rollouts import Line
from fleet.rollouts import Result, RolloutState, Stage, Step, Verdict
from fleet.rollouts.candidate import Return

STATES: Final[Mapping[RolloutState, tuple[str, str]]] = {
    RolloutState.PLANNED: ("Planned", "stale"),
    RolloutState.APPROVED: ("Approved", "stale"),
    RolloutState.SCHEDULED: ("Scheduled", "stale"),
    RolloutState.RUNNING: ("Goes on", "up"),
    RolloutState.PAUSED: ("Paused", "degraded"),
    RolloutState.ABORTING: ("Is being aborted", "degraded"),
    RolloutState.DONE: ("Over", "up"),
    RolloutState.ABORTED: ("Aborted", "stale"),
    RolloutState.EXPIRED: ("Its time ran out", "down"),
}
"""The word of a state, and the state of a device in whose manner it is shown."""

STAGES: Final[Mapping[Stage, tuple[str, str]]] = {
    Stage.PENDING: ("Waits for its turn", "stale"),
    Stage.WAITING: ("Out of reach, waited for", "degraded"),
    Stage.STAGING: ("Files are brought", "stale"),
    Stage.STAGED: ("Has its files", "stale"),
    Stage.INSTALLING: ("Installs", "stale"),
    Stage.REBOOTING: ("Restarts", "stale"),
    Stage.VERIFYING: ("Is verified", "stale"),
    Stage.ROUTERBOOT: ("Boot firmware", "stale"),
    Stage.DONE: ("Done", "up"),
    Stage.FAILED: ("Failed", "down"),
    Stage.LOST: ("Lost, look at it", "down"),
    Stage.SKIPPED: ("Left out", "stale"),
}

VERDICTS: Final[Mapping[Verdict, tuple[str, str]]] = {
    Verdict.PASS: ("As before", "up"),
    Verdict.FAIL: ("Not as before", "down"),
    Verdict.INCONCLUSIVE: ("Cannot be told", "degraded"),
}

BACKS: Final[Mapping[Return, tuple[str, str]]] = {
    Return.PARTITION: ("Other partition", "up"),
    Return.DOWNGRADE: ("Downgrade", "up"),
    Return.NONE: ("None", "degraded"),
}

STEPS: Final[Mapping[Step, str]] = {
    Step.STAGE: "Bring files",
    Step.INSTALL: "Install",
    Step.BOOT: "Boot firmware",
    Step.CLEAN: "Take files away",
}

RESULTS: Final[Mapping[Result, tuple[str, str]]] = {
    Result.DONE: ("done", "good"),
    Result.AWAY: ("could not begin", ""),
    Result.REFUSED: ("refused", "bad"),
    Result.FAILED: ("failed", "bad"),
    Result.LOST: ("lost", "bad"),
}

DEEDS: Final[Mapping[Stage, str]] = {
    Stage.STAGING: "Files are brought",
    Stage.INSTALLING: "The install begins",
    Stage.REBOOTING: "It is told to restart",
    Stage.VERIFYING: "It is back, and compared with before",
    Stage.ROUTERBOOT: "The boot firmware is written",
}
"""What begins with a line of the journal."""

NAMED: Final = 4


def words(line: Line) -> tuple[str, str, str]:
    """Tell a line of a journal: what, the facts of it, and its tone."""
    if line.result is not None:
        word, tone = RESULTS[line.result]
        return f"{STEPS[line.step]}: {word}", "; ".join(_facts(line.detail)), tone
    return DEEDS.get(line.stage, STAGES[line.stage][0]), "; ".join(_facts(line.detail)), ""


def _facts(detail: Mapping[str, object]) -> Iterator[str]:
    """Put the details of a line into words; what is for the next owner alone is left out."""
    if "from" in detail or "to" in detail:
        yield f"{detail.get('from', '?')} → {detail.get('to', '?')}"
    if "version" in detail:
        yield f"runs {detail['version']}"
    files, size = detail.get("files"), detail.get("bytes")
    if isinstance(files, list) and files:
        more = f" and {len(files) - NAMED} more" if len(files) > NAMED else ""
        yield ", ".join(map(str, files[:NAMED])) + more
    if isinstance(size, int):
        yield units.BYTES.text(size)
    if detail.get("reason"):
        yield str(detail["reason"])
