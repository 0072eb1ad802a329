"""What a machine needs to run Flotilla: named checks, each with what was found and what to do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from cluster.servers import account, limits, nats, openbao, postgres, state, valkey
from fleet.errors import StartRefused
from routeros import words

PYTHON = (3, 11)
DISK_NEEDED = 5 * 2**30
MEMORY_NEEDED = 3 * 2**30
SHARED_NEEDED = 256 * 2**20
PORTS_NEEDED = 20
_ANOTHER = "Make it yours and writable, or name another one with --state DIR."
_SHARED = Path("/dev/shm")  # noqa: S108  (Ray's object store lies there; nothing of ours is written to it)


Look = Callable[[Path], tuple[bool, str, str]]
"""What looks at the place of a state directory: is it well, what was found, what to do if it is not."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one check; ``next_step`` is empty where all is well."""

    name: str
    ok: bool
    detail: str
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A name and what looks; what it may not see or use is a finding as well."""

    name: str
    look: Look

    def run(self, place: Path) -> Finding:
        try:
            ok, detail, next_step = self.look(place)
        except StartRefused as refusal:
            return Finding(self.name, False, refusal.message, refusal.next_step)
        except OSError as error:
            return Finding(self.name, False, f"{error.filename or place}: {error.strerror}.", _ANOTHER)
        return Finding(self.name, ok, detail, "" if ok else next_step)


def examine(place: Path) -> Sequence[Finding]:
    """Run all checks for a state directory; nothing is changed, nothing is started."""
    return [check.run(place.expanduser().absolute()) for check in CHECKS]


def _python(_: Path) -> tuple[bool, str, str]:
    found = ".".join(map(str, sys.version_info[:3]))
    return sys.version_info >= PYTHON, f"Python {found}.", "Make the virtual environment with Python 3.11 or newer."


def _parser(_: Path) -> tuple[bool, str, str]:
    if words.COMPILED:
        return True, "Replies of routers are read by compiled code.", ""
    return True, f"Replies of routers are read in pure Python; {_COMPILER}.", ""


_COMPILER = "with a C compiler and Python's headers, `make clean setup` builds what takes less CPU"


def _programs(_: Path) -> tuple[bool, str, str]:
    found = [postgres.binary("postgres"), nats.binary(), valkey.binary(), openbao.binary()]
    for path in found:
        if subprocess.run([path, "--version"], capture_output=True).returncode != 0:
            return False, f"{path} does not run here.", "Run `make setup` again, on a file system that is not noexec."
    return True, "PostgreSQL, NATS, Valkey and OpenBao are installed.", ""


def _account(place: Path) -> tuple[bool, str, str]:
    if os.geteuid() != 0:
        return True, "An ordinary user; PostgreSQL runs as the same.", ""
    chosen = account.choose(postgres.binary("postgres"), place)
    how = "in a user namespace" if chosen.prefix else f"as user {chosen.user}"
    return True, f"Root; PostgreSQL runs {how}.", ""


def _open_files(_: Path) -> tuple[bool, str, str]:
    return True, f"{limits.open_files()} open files are allowed.", ""


def _directory(place: Path) -> tuple[bool, str, str]:
    known = state.inspect(place)
    if pid := state.holder(place):
        return True, f"{place} is in use by the Flotilla with process id {pid}.", ""
    if not os.access(_existing(place), os.W_OK | os.X_OK):
        return False, f"{_existing(place)} is not writable.", _ANOTHER
    return True, f"{place} {'has data' if known else 'will be made'}.", ""


def _disk(place: Path) -> tuple[bool, str, str]:
    free = shutil.disk_usage(_existing(place)).free
    step = f"Flotilla wants {_size(DISK_NEEDED)}: free some, or name a directory on another disk with --state DIR."
    return free >= DISK_NEEDED, f"{_size(free)} are free at {_existing(place)}.", step


def _memory(_: Path) -> tuple[bool, str, str]:
    free = psutil.virtual_memory().available
    return (
        free >= MEMORY_NEEDED,
        f"{_size(free)} are available.",
        f"Flotilla wants {_size(MEMORY_NEEDED)}: end others.",
    )


def _shared_memory(_: Path) -> tuple[bool, str, str]:
    if not _SHARED.is_dir():
        return True, "No /dev/shm; Ray keeps its objects in its own directory.", ""
    free = shutil.disk_usage(_SHARED).free
    step = f"Ray wants {_size(SHARED_NEEDED)}: give the container more with --shm-size."
    return free >= SHARED_NEEDED, f"{_size(free)} are free in {_SHARED}.", step


def _ports(_: Path) -> tuple[bool, str, str]:
    step = "Free some: see `ss -s`, and net.ipv4.ip_local_port_range."
    try:
        free = len({state.assigned() for _ in range(PORTS_NEEDED)})
    except OSError as error:
        return False, f"No port of {state.LOOPBACK} can be bound: {error.strerror}.", step
    return free > 1, "Ports on loopback are free.", step


def _existing(place: Path) -> Path:
    return next(path for path in (place, *place.parents) if path.exists())


def _size(count: int) -> str:
    return f"{count / 2**30:.1f} GiB"


CHECKS = (
    Check("python", _python),
    Check("parser", _parser),
    Check("programs", _programs),
    Check("account", _account),
    Check("open files", _open_files),
    Check("state directory", _directory),
    Check("disk", _disk),
    Check("memory", _memory),
    Check("shared memory", _shared_memory),
    Check("ports", _ports),
)
