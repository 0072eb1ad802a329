"""The files of a router, in flash and in RAM: ``/file``, SFTP, export, import and backups."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from fleet.versions import Version
from routeros.simulator.device import measures
from routeros.simulator.device.persona import MIB
from routeros.simulator.faults import Kind
from routeros.simulator.outcome import MISSING, Refused
from routeros.simulator.router import Router

STORE = "/file"
SMALL = 16 * MIB
"""Boards with so little flash show it as a directory; all else is in RAM."""

CACHED = timedelta(seconds=40)
"""Boards with NAND may write so late: what loses power before it was written is empty."""

TOKENS = Version(7, 24)
FULL = "failure: not enough disk space"


@dataclass(eq=False, slots=True)
class File:
    """One file, or a directory; ``at`` is when it was written last, in seconds since 1970."""

    id: str
    at: float
    data: bytes = b""
    directory: bool = False


class Files:
    """A part of a router. Names are as ``/file`` shows them, without a leading slash.

    With ``caching`` a loss of power empties what was written just before.
    """

    def __init__(self, router: Router) -> None:
        board = router.model.persona.board
        self._router = router
        self._count = 0
        self._files: dict[str, File] = {}
        self.caching = board.nand
        self.has_flash = board.model is not None and board.disk <= SMALL
        for name in ("flash", "flash/skins") if self.has_flash else ("skins",):
            self._files[name] = self._make(name, directory=True)

    def names(self) -> list[str]:
        """All files and directories, sorted."""
        return sorted(self._files)

    def file(self, name: str) -> File:
        """Find a file or directory; raises Refused."""
        if name not in self._files:
            raise Refused("no such item", MISSING)
        return self._files[name]

    def named(self, mark: str) -> str:
        """Tell the name of what is meant by a name or an id; raises Refused."""
        for name, file in self._files.items():
            if mark in (name, file.id):
                return name
        raise Refused("no such item", MISSING)

    def has(self, name: str) -> bool:
        return name in self._files

    def read(self, name: str) -> bytes:
        """Read a file; raises Refused."""
        return self.file(name).data

    def write(self, name: str, data: bytes) -> None:
        """Write a file, in place of what it held; raises Refused where there is no room."""
        name = name.strip("/")
        known = self._files.get(name)
        if not name or (known and known.directory):
            raise Refused("failure: not a file")
        self._require_room(name, len(data) - (len(known.data) if known else 0))
        if known is None:
            known = self._files[name] = self._make(name)
        known.data, known.at = data, self._router.now()
        self._router.tell(STORE, {".id": known.id})

    def make_directory(self, name: str) -> None:
        """Make a directory; raises Refused."""
        name = name.strip("/")
        if not name or name in self._files:
            raise Refused("failure: file already exists")
        self._require_room(name, 0)
        self._files[name] = self._make(name, directory=True)
        self._router.tell(STORE, {".id": self._files[name].id})

    def rename(self, name: str, new: str) -> None:
        """Give a file another name, or a directory with all in it; raises Refused."""
        file, new = self.file(name), new.strip("/")
        if not new or new in self._files:
            raise Refused("failure: file already exists")
        if name == "flash" or f"{new}/".startswith(f"{name}/"):
            raise Refused("failure: can not rename")
        moved = self._within(name)
        size = sum(len(self._files[one].data) for one in moved)
        self._require_room(new, size if self.lasts(name) != self.lasts(new) else 0)
        for one in moved:
            self._files[new + one.removeprefix(name)] = self._files.pop(one)
        self._router.tell(STORE, {".id": file.id})

    def remove(self, name: str) -> None:
        """Remove a file, or a directory with all in it; raises Refused."""
        gone = self.file(name)
        if name == "flash":
            raise Refused("failure: can not remove disk")
        for other in self._within(name):
            del self._files[other]
        self._router.tell(STORE, {".id": gone.id, ".dead": "true"})

    def _within(self, name: str) -> list[str]:
        """Tell the names of a file or directory and of all in it."""
        return [other for other in self._files if other == name or other.startswith(f"{name}/")]

    def lasts(self, name: str) -> bool:
        """Tell whether a file of this name outlives a restart."""
        return not self.has_flash or name == "flash" or name.startswith("flash/")

    @property
    def used(self) -> int:
        """The bytes of all files in flash."""
        return sum(len(file.data) for name, file in self._files.items() if self.lasts(name))

    @property
    def full(self) -> bool:
        """Whether a fault leaves no room in flash."""
        return Kind.DISK_FULL in self._router.faults

    @property
    def free(self) -> int:
        """The bytes of flash that are left."""
        return 0 if self.full else max(0, self._measured.free_disk - self.used)

    def lose_power(self) -> None:
        """Empty what a board with NAND had not written yet; a restart follows."""
        late = self._router.now() - CACHED.total_seconds()
        for file in self._files.values():
            if self.caching and not file.directory and file.at > late:
                file.data = b""

    @property
    def _measured(self) -> _Space:
        now = measures.resource(self._router.model, np.array([self._router.now()]))
        return _Space(int(now.free_disk[0]), int(now.free_memory[0]))

    def _require_room(self, name: str, more: int) -> None:
        parent = name.rpartition("/")[0]
        if parent and not (parent in self._files and self._files[parent].directory):
            raise Refused("failure: no such directory")
        room = self.free if self.lasts(name) else self._measured.free_memory * 3 // 4
        if more > room or (self.full and self.lasts(name)):
            raise Refused(FULL)

    def _make(self, name: str, directory: bool = False) -> File:
        self._count += 1
        id = f"*{self._count:X}"
        if self._router.model.version >= TOKENS:
            digest = hashlib.sha256(f"{self._router.model.mark} {name} {self._count}".encode()).digest()
            id = "**" + b64encode(digest[:24], b"Aa").decode()
        return File(id, self._router.now(), directory=directory)

    def forget(self) -> None:
        """Lose what lies in RAM: the router went down."""
        for name in [name for name in self._files if not self.lasts(name)]:
            del self._files[name]


@dataclass(frozen=True, slots=True)
class _Space:
    """Bytes that are free."""

    free_disk: int
    free_memory: int
