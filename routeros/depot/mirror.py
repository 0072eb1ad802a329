"""The mirror: packages that are kept here, each verified when it comes, for devices that do not reach the vendor."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from fleet.errors import Conflict, NotFound, Unavailable
from fleet.firmware import File, Pointer
from fleet.settings import Settings
from fleet.versions import Version, known
from routeros.depot import layout, packages, reading
from routeros.depot.source import PIECE, Source

DEFAULT: Final = "firmware"
PART: Final = ".part-"
LOCK: Final = ".lock"
ROOM: Final = 256 * 2**20
"""So much of the disk is left to everything else."""


class Mirror:
    """A directory in the vendor's layout, of at most ``most`` bytes; it is made when something comes into it.

    A file is there whole and verified, or not at all. Several processes may use it.
    """

    def __init__(self, root: Path, most: int) -> None:
        self.root = root
        self._most = most

    @classmethod
    def of(cls, asked: Settings) -> Mirror:
        """Make the one that the settings name."""
        root = Path(asked.firmware_mirror).expanduser() if asked.firmware_mirror else asked.state / DEFAULT
        return cls(root.absolute(), asked.firmware_bytes)

    def find(self, path: str) -> Path | None:
        """Find what is served under a path; None for everything else, and for what is a link or leads elsewhere."""
        if layout.served(path) is None:
            return None
        found, home = self.root / path, self.root.resolve()
        inside = found.resolve() == home / path
        return found if inside and found.is_file() else None

    def find_file(self, file: File) -> Path | None:
        """Find a file that is kept; None where it is not."""
        return self.find(layout.place(file.version, file.name))

    def held(self, version: Version) -> list[str]:
        """Name the packages that are kept of a version."""
        place = self.root / layout.ROOT / str(version)
        return sorted(one.name for one in place.glob("*.npk")) if place.is_dir() else []

    def holds(self, file: File) -> bool:
        """Tell whether a file is kept, by its size; ``fault`` reads it."""
        found = self.find_file(file)
        return found is not None and found.stat().st_size == file.size

    def versions(self) -> list[Version]:
        """Tell of which versions something is kept, oldest first."""
        place = self.root / layout.ROOT
        names = [one.name for one in place.iterdir() if one.is_dir()] if place.is_dir() else []
        return sorted(one for name in names if (one := known(name)) is not None)

    def used(self) -> int:
        """Tell how many bytes all of it takes."""
        return sum(path.stat().st_size for path in self._files())

    def take(self, source: Source, file: File, tell: Callable[[int], None] = lambda _: None) -> bool:
        """Bring a file here and verify size, SHA-256 and head; False where it is kept already.

        ``tell`` hears how many bytes have come. Raises Conflict where there is no room, NotFound where the source
        has no such file, and Unavailable where it is not what the catalogue says.
        """
        if self.holds(file):
            return False
        with self._alone():
            self._sweep()
            self._make_room(file)
            self._fetch(source, file, tell)
        return True

    def _fetch(self, source: Source, file: File, tell: Callable[[int], None]) -> None:
        path = layout.place(file.version, file.name)
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        pieces = source.pieces(path)
        if pieces is None:
            raise NotFound(f"The source has no {path}.", "Name another source, or sync the catalogue.")
        handle, draft = tempfile.mkstemp(prefix=PART, dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as out:
                fault = _receive(pieces, out.write, file, tell)
                out.flush()
                os.fsync(out.fileno())
            if fault:
                raise Unavailable(f"{path} was not taken: {fault}.", "Try again, or name another source.")
            Path(draft).chmod(0o644)
            self._write(f"{path}{layout.SIDECAR}", f"{file.sha256}  {file.name}\n")
            Path(draft).replace(target)
        finally:
            Path(draft).unlink(missing_ok=True)

    def fault(self, file: File) -> str:
        """Read a kept file and say what is wrong with it; empty where nothing is."""
        found = self.find_file(file)
        if found is None:
            return "it is not there"
        with found.open("rb") as content:
            return _receive(iter(lambda: content.read(PIECE), b""), len, file, lambda _: None)

    def describe(self, version: Version, changelog: str) -> None:
        """Keep what is new in a version beside its files."""
        with self._alone():
            self._write(layout.place(version, layout.CHANGELOG), changelog)

    def point(self, one: Pointer) -> None:
        """Let a channel of the mirror point to a version."""
        with self._alone():
            self._write(layout.pointer(one.major, one.channel), reading.written(one))

    def drop(self, version: Version) -> int:
        """Remove all files of a version, and channels that point to it; tells how many bytes are free by that."""
        place = self.root / layout.ROOT / str(version)
        with self._alone():
            return self._drop(version, place)

    def _drop(self, version: Version, place: Path) -> int:
        freed = sum(path.stat().st_size for path in self._files() if path.parent == place)
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        for one in (self.root / layout.ROOT).glob("NEWEST*"):
            if one.read_text("utf-8", "replace").startswith(f"{version} "):
                one.unlink(missing_ok=True)
        return freed

    def discard(self, file: File) -> None:
        """Remove one file, as where it is not what it should be."""
        path = self.root / layout.place(file.version, file.name)
        path.unlink(missing_ok=True)
        path.with_name(f"{path.name}{layout.SIDECAR}").unlink(missing_ok=True)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Change the mirror while no other process does; raises Conflict where one is at it."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / LOCK).open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Conflict(
                    f"{self.root} is being changed by somebody else.", "Try again when that is done."
                ) from None
            yield

    def _sweep(self) -> None:
        """Remove what a process left that was killed; nobody else writes here now."""
        for path in self._files():
            if path.name.startswith(PART):
                path.unlink(missing_ok=True)

    def _make_room(self, file: File) -> None:
        used = self.used()
        if used + file.size > self._most:
            text = f"{file.name} has {file.size} bytes, and the mirror has room for {max(0, self._most - used)}."
            raise Conflict(text, "Drop a version (`flotilla firmware drop`), or raise firmware_bytes.")
        if shutil.disk_usage(self.root).free < file.size + ROOM:
            raise Conflict(f"The disk of {self.root} has no room for {file.name}.", "Make room, or move the mirror.")

    def _write(self, path: str, text: str) -> None:
        """Write a small file in one step."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(prefix=PART, dir=target.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
        Path(draft).chmod(0o644)
        Path(draft).replace(target)

    def _files(self) -> Iterator[Path]:
        for folder, _, names in os.walk(self.root):
            for name in names:
                with suppress(FileNotFoundError):
                    path = Path(folder) / name
                    path.stat()
                    yield path


def _receive(pieces: Iterator[bytes], write: Callable[[bytes], int], file: File, tell: Callable[[int], None]) -> str:
    """Pass a file on and judge it; says what is wrong with it, and stops where it gets too long."""
    digest, start, size = hashlib.sha256(), b"", 0
    for piece in pieces:
        size += len(piece)
        if size > file.size:
            return f"it has more than the {file.size} bytes that it should have"
        start = start if len(start) >= packages.HEAD_BYTES else start + piece[: packages.HEAD_BYTES]
        digest.update(piece)
        write(piece)
        tell(size)
    if size != file.size:
        return f"it has {size} bytes, and should have {file.size}"
    if digest.hexdigest() != file.sha256:
        return "its SHA-256 is another one"
    return packages.fault(start, size)
