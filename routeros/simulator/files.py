"""The files of a router, in flash and in RAM: ``/file``, SFTP, export, import and backups."""

from __future__ import annotations

from routeros.simulator.faults import Kind
from routeros.simulator.outcome import MISSING, Refused
from routeros.simulator.router import Router


class Files:
    """A part of a router. Names are as ``/file`` shows them, without a leading slash."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self._kept: dict[str, bytes] = {}

    def names(self) -> list[str]:
        """All files and directories, sorted."""
        return sorted(self._kept)

    def read(self, name: str) -> bytes:
        """Read a file; raises Refused."""
        if name not in self._kept:
            raise Refused("no such item", MISSING)
        return self._kept[name]

    def write(self, name: str, data: bytes) -> None:
        """Write a file, in place of what it held; raises Refused where there is no room."""
        if Kind.DISK_FULL in self._router.faults:
            raise Refused("failure: not enough space on disk")
        self._kept[name] = data

    def remove(self, name: str) -> None:
        """Remove a file; raises Refused."""
        self.read(name)
        del self._kept[name]

    def forget(self) -> None:
        """Lose what lies in RAM: the router went down."""
