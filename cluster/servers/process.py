"""Child processes that are known by pid and start time, and that do not outlive us."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import psutil

MARK = "FLEET_PROCESS"
LOG_LIMIT = 16 * 2**20
_SAME_START = 1.0
_UNBORN = 0
PLAIN = {"PATH": os.defpath, "LANG": "C.UTF-8", "TZ": "UTC"}


@dataclass(frozen=True, slots=True)
class Launch:
    """What to start: a command in a directory, in an environment of its own, and how to end it."""

    command: Sequence[str]
    directory: Path
    environment: Mapping[str, str] = field(default_factory=lambda: dict(PLAIN))
    stop_signal: signal.Signals = signal.SIGTERM
    user: int | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A process as the pid file knows it; a pid used again by another process has another start time."""

    pid: int
    started: float
    owner: str
    directory: str
    mark: str
    stop_signal: int = signal.SIGTERM

    def process(self) -> psutil.Process | None:
        """Return the process, None when it ended, is a zombie or was never seen to start."""
        if self.pid == _UNBORN:
            return None
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started) < _SAME_START
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.NoSuchProcess:
            return None


@dataclass(frozen=True, slots=True)
class Files:
    """Where a process writes what it says, and where its record lies."""

    log: Path
    pid: Path


class Child:
    """A process that we started in a session of its own, with its output in a log and its pid in a file."""

    def __init__(self, popen: subprocess.Popen[bytes], record: Record, files: Files, said_before: int) -> None:
        self._popen = popen
        self._record = record
        self._files = files
        self._said_before = said_before

    @property
    def pid(self) -> int:
        return self._popen.pid

    def alive(self) -> bool:
        return self._popen.poll() is None

    def said(self) -> str:
        """Return what it has written since it was started."""
        with self._files.log.open("rb") as log:
            log.seek(self._said_before)
            return log.read().decode(errors="replace")

    def stop(self, patience: timedelta) -> None:
        """End the process and all that came from it; returns when nothing of it runs."""
        end([self._record], patience)
        self._popen.wait()
        self._files.pid.unlink(missing_ok=True)


def spawn(launch: Launch, files: Files, owner: str) -> Child:
    """Start a process, on record before it runs: whoever kills us in between leaves the mark by which it is found."""
    trim(files.log)
    record = Record(_UNBORN, 0.0, owner, str(launch.directory), uuid.uuid4().hex, launch.stop_signal)
    _note(record, files.pid)
    with open(files.log, "ab", opener=_private) as out:
        said_before = out.tell()
        popen = subprocess.Popen(
            list(launch.command),
            cwd=launch.directory,
            env={**launch.environment, MARK: record.mark},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=launch.user,
            group=launch.user,
            extra_groups=None if launch.user is None else [],
            umask=0o077,
        )
    record = replace(record, pid=popen.pid, started=_started(popen.pid))
    _note(record, files.pid)
    return Child(popen, record, files, said_before)


def _note(record: Record, path: Path) -> None:
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(asdict(record)))
    draft.replace(path)


def records(folder: Path) -> dict[Path, Record]:
    """Read the pid files of a folder; a damaged one is skipped, its process is found by nobody."""
    found = {}
    for path in sorted(folder.glob("*.pid")):
        with contextlib.suppress(ValueError, TypeError, OSError):
            found[path] = Record(**json.loads(path.read_text()))
    return found


def end(ended: Iterable[Record], patience: timedelta) -> None:
    """Ask all of them to stop, wait together, then kill what is left, their sessions included."""
    named = [(record, record.process()) for record in ended]
    running = [(record, process) for record, process in named if process is not None]
    families = [child for _, process in running for child in _descendants(process)]
    for record, process in running:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(record.stop_signal)
    _wait([process for _, process in running], patience)
    _kill([process for _, process in running])
    _kill(families)
    _kill(_members({record.pid for record, _ in running}))
    _kill(_orphans({record.pid: record for record, process in named if process is None}))
    _kill(_marked({record.mark for record, _ in named}))


def _descendants(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _members(sessions: set[int]) -> list[psutil.Process]:
    """Find the processes of sessions; a session keeps its number after its leader's death."""
    found = []
    for pid in psutil.pids() if sessions else ():
        with contextlib.suppress(OSError, psutil.NoSuchProcess):
            if os.getsid(pid) in sessions:
                found.append(psutil.Process(pid))
    return found


def _orphans(leaders: Mapping[int, Record]) -> list[psutil.Process]:
    """Find what dead leaders left behind.

    While their session lives, its number is nobody's process id; later it may be a stranger's, the place is not.
    """
    found = []
    for process in _members({pid for pid in leaders if pid != _UNBORN and not psutil.pid_exists(pid)}):
        with contextlib.suppress(OSError, psutil.Error):
            if Path(process.cwd()).is_relative_to(leaders[os.getsid(process.pid)].directory):
                found.append(process)
    return found


def _marked(marks: set[str]) -> list[psutil.Process]:
    """Find the processes that inherited our mark in their environment; jobs of Ray leave our session."""
    found = []
    for process in psutil.process_iter() if marks else ():
        with contextlib.suppress(OSError, psutil.Error):
            if process.environ().get(MARK) in marks:
                found.append(process)
    return found


def _kill(processes: Sequence[psutil.Process]) -> None:
    left = [process for process in processes if _runs(process)]
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    _wait(left, timedelta(seconds=5))


def _wait(processes: Sequence[psutil.Process], patience: timedelta) -> None:
    """Wait without reaping: the exit status belongs to whoever started the process."""
    until = time.monotonic() + patience.total_seconds()
    while any(_runs(process) for process in processes) and time.monotonic() < until:
        time.sleep(0.01)


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _started(pid: int) -> float:
    try:
        return float(psutil.Process(pid).create_time())
    except psutil.NoSuchProcess:
        return 0.0


def trim(log: Path) -> None:
    """Keep one older log, so that a server that is started for years does not fill the disk."""
    with contextlib.suppress(FileNotFoundError):
        if log.stat().st_size > LOG_LIMIT:
            log.replace(log.with_suffix(".log.1"))


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
