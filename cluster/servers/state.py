"""The state directory: whose it is, who holds it, and where everything in it lies."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from cluster.servers import limits
from cluster.servers.guard import PATIENCE, Guard
from cluster.servers.process import Child, Files, Launch, end, records, spawn
from fleet.errors import StartRefused

MARKER = "flotilla-state.json"
FORMAT = 1
LOOPBACK = "127.0.0.1"
_LEAST = 16_384
"""Well-known servers listen below."""
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_TRIES = 200
_LOCK = "lock"
_FOLDERS = ("data", "log", "run", "secrets")


class State:
    """A state directory that this process holds alone.

    ``open`` makes or verifies the directory and locks it; the lock falls with the process, however that ends.
    Raises StartRefused, having changed nothing, when the directory is not ours, broken, in use or not writable.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path).expanduser().absolute()
        self.owner = uuid.uuid4().hex
        self._lock: int | None = None
        self._id = ""
        self._turn = threading.Lock()
        self._guard = Guard(self.path / "run", self.owner)

    def open(self) -> Self:
        limits.open_files()
        with _refusing(self.path):
            inspect(self.path)
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = _lock(self.path)
            marker = inspect(self.path) or _mark(self.path)
            for folder in _FOLDERS:
                (self.path / folder).mkdir(mode=0o700, exist_ok=True)
        self._id = marker
        self._sweep()
        return self

    def close(self) -> None:
        """Let go of the directory; whatever still runs from it is ended first."""
        self._guard.close()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def __enter__(self) -> Self:
        return self.open()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def id(self) -> str:
        """The directory's own random name; it tells our servers from those of another directory."""
        return self._id

    def data(self, name: str) -> Path:
        return self.path / "data" / name

    def log(self, name: str) -> Path:
        return self.path / "log" / f"{name}.log"

    def run(self, name: str) -> Path:
        return self.path / "run" / name

    def spawn(self, name: str, launch: Launch) -> Child:
        """Start a process of this state directory: it is found by its pid file and does not outlive us."""
        self.watch()
        return spawn(launch, Files(self.log(name), self.run(f"{name}.pid")), self.owner)

    @property
    def guard_pid(self) -> int | None:
        return self._guard.pid

    def watch(self) -> None:
        """Look after the guard, which somebody may have killed."""
        with self._turn:
            self._guard.ensure()

    def _sweep(self) -> None:
        """End the servers that an earlier holder left behind when it was killed together with its guard."""
        left = records(self.path / "run")
        end(left.values(), PATIENCE)
        for path in left:
            path.unlink(missing_ok=True)

    def secret_path(self, name: str) -> Path:
        return self.path / "secrets" / name

    def secret(self, name: str, make: Callable[[], str] = lambda: secrets.token_hex(24)) -> str:
        """Return the secret of that name; it is made, and on disk, before anyone can use it."""
        path = self.secret_path(name)
        if not path.exists():
            write(path, make())
        return path.read_text()

    def port(self, name: str) -> int:
        """Return the port remembered for ``name`` while it is free, else a new one from the kernel."""
        with self._turn:
            ports = self._ports()
            known = ports.get(name)
            if known is None or not port_free(known):
                known = assigned(frozenset(ports.values()))
                write(self.run("ports.json"), json.dumps(ports | {name: known}, indent=1))
        return known

    def _ports(self) -> dict[str, int]:
        """Read the remembered ports; a damaged file only means new ports."""
        try:
            known = json.loads(self.run("ports.json").read_text())
        except (FileNotFoundError, ValueError):
            return {}
        return {str(n): p for n, p in known.items() if isinstance(p, int)} if isinstance(known, dict) else {}


def holder(path: Path | str) -> int | None:
    """Return the process id that holds the state directory, None when nobody does."""
    try:
        fd = os.open(Path(path).expanduser().absolute() / _LOCK, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return _locker(fd)
    finally:
        os.close(fd)
    return None


def write(path: Path, text: str, mode: int = 0o600) -> None:
    """Replace a file at once and for good: readers and crashes see the old text or the new, never a part."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with os.fdopen(fd, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    sync(path.parent)


def sync(directory: Path) -> None:
    """Make the names in a directory durable."""
    fd = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def port_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def assigned(taken: frozenset[int] = frozenset()) -> int:
    """Return a free port, below those that the kernel gives to connections.

    Anybody's connection may take one of those while its server is away, which then has to move.
    """
    span = _lent() - _LEAST
    for _ in range(_TRIES if span > 0 else 0):
        port = _LEAST + secrets.randbelow(span)
        if port not in taken and port_free(port):
            return port
    while True:
        with socket.socket() as probe:
            probe.bind((LOOPBACK, 0))
            chosen: int = probe.getsockname()[1]
        if chosen not in taken:
            return chosen


def _lent() -> int:
    """Tell the first port that the kernel gives to connections; 0 where it does not say."""
    try:
        return int(_RANGE.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 0


@contextlib.contextmanager
def _refusing(path: Path) -> Iterator[None]:
    """Say in one line what the operating system did not allow in the state directory."""
    try:
        yield
    except OSError as error:
        raise StartRefused(
            f"The state directory {path} cannot be used: {error.strerror} ({error.filename or path}).",
            "Make it yours and writable, or name another one with --state DIR.",
        ) from error


def inspect(path: Path) -> str | None:
    """Return the marker's id, None where a new state directory may be made."""
    if not path.exists():
        return None
    if not path.is_dir():
        raise StartRefused(f"{path} is not a directory.", "Name another one with --state DIR.")
    try:
        text = (path / MARKER).read_text()
    except FileNotFoundError:
        _refuse_foreign(path)
        return None
    return _verified(path, text)


def _refuse_foreign(path: Path) -> None:
    foreign = sorted(e.name for e in path.iterdir() if e.name != _LOCK and not e.name.startswith(f".{MARKER}."))
    if foreign:
        raise StartRefused(
            f"{path} is not a state directory of Flotilla: it holds {foreign[0]} and no {MARKER}.",
            "Name an empty or a new directory with --state DIR.",
        )


def _verified(path: Path, text: str) -> str:
    try:
        marker: Mapping[str, object] = json.loads(text)
        version, name = int(str(marker["format"])), str(marker["id"])
    except (ValueError, KeyError, TypeError):
        raise StartRefused(
            f"{path / MARKER} is damaged or half-written.",
            "Restore it from a backup of the directory, or name a new directory with --state DIR.",
        ) from None
    if version != FORMAT:
        raise StartRefused(
            f"{path} has format {version}, and this Flotilla knows format {FORMAT}.",
            "Start it with the Flotilla that made it, or name a new directory with --state DIR.",
        )
    return name


def _mark(path: Path) -> str:
    name = uuid.uuid4().hex
    write(path / MARKER, json.dumps({"format": FORMAT, "id": name}) + "\n")
    return name


def _lock(path: Path) -> int:
    fd = os.open(path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if not _locked(fd):
        pid = _locker(fd)
        os.close(fd)
        raise StartRefused(
            f"{path} is in use by another Flotilla (process {pid}).",
            "Stop that one with `flotilla down`, or name another directory with --state DIR.",
        )
    os.ftruncate(fd, 0)
    os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
    return fd


def _locked(fd: int) -> bool:
    """Try for a quarter of a second: whoever asks for the holder has the lock for a moment."""
    for _ in range(10):
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.025)
        else:
            return True
    return False


def _locker(fd: int) -> int | None:
    text = os.pread(fd, 32, 0).decode().strip()
    return int(text) if text.isdigit() else None
