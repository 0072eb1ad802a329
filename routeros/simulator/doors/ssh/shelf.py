"""The files of a router over SFTP: the root is what ``/file`` lists, and some names do something when they arrive."""

from __future__ import annotations

import errno
import os
import posixpath
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import asyncssh
from asyncssh.constants import (
    FILEXFER_TYPE_DIRECTORY,
    FILEXFER_TYPE_REGULAR,
    FXF_APPEND,
    FXF_CREAT,
    FXF_EXCL,
    FXF_TRUNC,
    FXF_WRITE,
)

from routeros.simulator import console
from routeros.simulator.doors.ssh.entrance import Entrance
from routeros.simulator.outcome import MISSING, Refused
from routeros.simulator.parts import policy
from routeros.simulator.parts.boot import Boot
from routeros.simulator.parts.files import FULL, Files
from routeros.simulator.parts.trouble import is_deaf

MOST = 256 * 1024 * 1024
"""No file may grow beyond it, however much room a router has."""

GRAIN = 256 * 1024
"""Whenever so much more has come, what came so far is kept: a full disk is felt on the way."""

SCRIPT, PACKAGE = ".auto.rsc", ".auto.npk"
"""A script that is run and a package that is installed as soon as it has been uploaded."""


@dataclass(eq=False, slots=True)
class Sheet:
    """A file that is open: it is read and written here, and goes to the router when it is closed."""

    name: str
    data: bytearray
    at: float
    appends: bool = False
    changed: bool = False
    kept: int = 0

    def seek(self, offset: int, whence: int) -> int:
        """Tell where data or a hole begins, for clients that ask for it: there are no holes."""
        if offset >= len(self.data):
            raise OSError(errno.ENXIO, "no data there")
        return offset if whence == os.SEEK_DATA else len(self.data)


class Shelf(asyncssh.SFTPServer):
    """The files of one session's router; nothing of this machine's own can be reached through it."""

    def __init__(self, entrance: Entrance, channel: asyncssh.SSHServerChannel[bytes]) -> None:
        super().__init__(channel)
        self._entrance = entrance
        self._router = entrance.router
        self._files = entrance.router.part(Files)

    async def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> Sheet:
        await self._hear()
        name = self._name(path)
        known = self._files.has(name)
        self._demand("write" if pflags & FXF_WRITE else "read")
        if self._is_directory(name):
            raise asyncssh.SFTPFailure("this is a directory")
        if known and pflags & FXF_CREAT and pflags & FXF_EXCL:
            raise asyncssh.SFTPFailure("file exists")
        if not known and not pflags & FXF_CREAT:
            raise asyncssh.SFTPNoSuchFile("no such file")
        begun = not known or bool(pflags & FXF_TRUNC)
        data = bytearray() if begun else bytearray(self._read(name))
        at = self._files.file(name).at if known else self._router.now()
        sheet = Sheet(name, data, at, bool(pflags & FXF_APPEND), begun and bool(pflags & FXF_WRITE))
        if not known:
            self._keep(sheet)
        return sheet

    def open56(self, path: bytes, desired_access: int, flags: int, attrs: asyncssh.SFTPAttrs) -> Sheet:
        raise asyncssh.SFTPOpUnsupported("only version 3 is spoken")

    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        await self._hear()
        return bytes(_sheet(file_obj).data[offset : offset + size])

    async def write(self, file_obj: object, offset: int, data: bytes) -> int:
        await self._hear()
        return self._put(_sheet(file_obj), offset, data)

    def _put(self, sheet: Sheet, offset: int, data: bytes) -> int:
        start = len(sheet.data) if sheet.appends else offset
        if start + len(data) > MOST:
            raise asyncssh.SFTPNoSpaceOnFilesystem("not enough space")
        sheet.data.extend(bytes(max(0, start - len(sheet.data))))
        sheet.data[start : start + len(data)] = data
        sheet.changed = True
        if len(sheet.data) - sheet.kept >= GRAIN:
            self._keep(sheet)
        return len(data)

    async def close(self, file_obj: object) -> None:
        """Keep what was written; what a lost connection left unfinished is kept too, but nothing comes of it."""
        sheet = _sheet(file_obj)
        await self._hear()
        if not sheet.changed:
            return
        self._keep(sheet)
        if not self.channel.is_closing():
            self._arrived(sheet.name)

    def stat(self, path: bytes) -> asyncssh.SFTPAttrs:
        name = self._name(path)
        if not name:
            return _attributes(stat.S_IFDIR | 0o755, 0, self._router.booted(self._router.now()))
        with _refusals():
            file = self._files.file(name)
        return _attributes(_mode(file.directory), len(file.data), file.at)

    def lstat(self, path: bytes) -> asyncssh.SFTPAttrs:
        return self.stat(path)

    def fstat(self, file_obj: object) -> asyncssh.SFTPAttrs:
        sheet = _sheet(file_obj)
        return _attributes(_mode(False), len(sheet.data), sheet.at)

    async def setstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        """Cut a file short, or lengthen it; pass over owners, permissions and times, which a router does not have."""
        if attrs.size is not None:
            sheet = await self.open(path, FXF_WRITE, attrs)
            self.fsetstat(sheet, attrs)
            self._keep(sheet)

    async def lsetstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        await self.setstat(path, attrs)

    def fsetstat(self, file_obj: object, attrs: asyncssh.SFTPAttrs) -> None:
        if attrs.size is not None:
            sheet = _sheet(file_obj)
            self._put(sheet, min(attrs.size, len(sheet.data)), bytes(max(0, attrs.size - len(sheet.data))))
            del sheet.data[attrs.size :]

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        name = self._name(path)
        self._demand("read")
        if not self._is_directory(name):
            raise asyncssh.SFTPNoSuchFile("no such directory")
        within = f"{name}/" if name else ""
        found = {one[len(within) :].split("/")[0] for one in self._files.names() if one.startswith(within)}
        for one in (".", "..", *sorted(found)):
            encoded = one.encode("utf-8", "surrogateescape")
            yield asyncssh.SFTPName(encoded, attrs=self.stat(posixpath.join(path, encoded)))

    def remove(self, path: bytes) -> None:
        name = self._name(path)
        self._demand("write")
        if self._is_directory(name):
            raise asyncssh.SFTPFailure("this is a directory")
        with _refusals():
            self._files.remove(name)

    def rename(self, oldpath: bytes, newpath: bytes) -> None:
        self._demand("write")
        with _refusals():
            self._files.rename(self._name(oldpath), self._name(newpath))

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        old, new = self._name(oldpath), self._name(newpath)
        self._demand("write")
        with _refusals():
            if old != new and not self._is_directory(old) and self._files.has(new):
                self._files.remove(new)
            self._files.rename(old, new)

    def realpath(self, path: bytes) -> bytes:
        return posixpath.normpath(posixpath.join(b"/", path)).replace(b"//", b"/")

    def mkdir(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        self._demand("write")
        with _refusals():
            self._files.make_directory(self._name(path))

    def rmdir(self, path: bytes) -> None:
        name = self._name(path)
        self._demand("write")
        if not self._is_directory(name):
            raise asyncssh.SFTPNoSuchFile("no such directory")
        if any(one.startswith(f"{name}/") for one in self._files.names()):
            raise asyncssh.SFTPFailure("directory is not empty")
        with _refusals():
            self._files.remove(name)

    def readlink(self, path: bytes) -> bytes:
        raise asyncssh.SFTPOpUnsupported("a router has no links")

    def symlink(self, oldpath: bytes, newpath: bytes) -> None:
        raise asyncssh.SFTPOpUnsupported("a router has no links")

    def link(self, oldpath: bytes, newpath: bytes) -> None:
        raise asyncssh.SFTPOpUnsupported("a router has no links")

    def statvfs(self, path: bytes) -> asyncssh.SFTPVFSAttrs:
        raise asyncssh.SFTPOpUnsupported("a router does not tell")

    def fstatvfs(self, file_obj: object) -> asyncssh.SFTPVFSAttrs:
        raise asyncssh.SFTPOpUnsupported("a router does not tell")

    def fsync(self, file_obj: object) -> None:
        """Do nothing: a file is kept when it is closed."""

    def exit(self) -> None:
        """Tell a client that left in good order that all went well."""
        if not self.channel.is_closing():
            self.channel.exit(0)

    async def _hear(self) -> None:
        """Answer nothing while the router is deaf, and nothing comes of what was asked then."""
        if is_deaf(self._router):
            await self.channel.wait_closed()
            raise asyncssh.SFTPConnectionLost("the router is gone")

    def _name(self, path: bytes) -> str:
        return self.realpath(path).decode("utf-8", "surrogateescape").strip("/")

    def _is_directory(self, name: str) -> bool:
        return not name or (self._files.has(name) and self._files.file(name).directory)

    def _demand(self, right: str) -> None:
        """Refuse who lacks the policy ``ftp`` or another one."""
        if not policy.may(self._entrance.active, frozenset({"ftp", right})):
            raise asyncssh.SFTPPermissionDenied(policy.NOT_ENOUGH)

    def _read(self, name: str) -> bytes:
        with _refusals():
            return self._files.read(name)

    def _keep(self, sheet: Sheet) -> None:
        """Put into the router what came so far."""
        with _refusals():
            self._files.write(sheet.name, bytes(sheet.data))
        sheet.kept = len(sheet.data)

    def _arrived(self, name: str) -> None:
        """Run a script that is to be run at once, and leave a log of it; install a package."""
        if name.endswith(SCRIPT):
            script = self._files.read(name).decode("utf-8", "surrogateescape")
            printed = console.execute(self._router, self._entrance.active, script)
            log = name.removesuffix(".rsc") + ".log"
            with _refusals():
                self._files.write(log, printed.text.encode("utf-8", "surrogateescape"))
        elif name.endswith(PACKAGE):
            self._router.part(Boot).restart()


def _sheet(file_obj: object) -> Sheet:
    if not isinstance(file_obj, Sheet):
        raise asyncssh.SFTPFailure("this is not open")
    return file_obj


def _mode(directory: bool) -> int:
    return stat.S_IFDIR | 0o755 if directory else stat.S_IFREG | 0o644


def _attributes(mode: int, size: int, at: float) -> asyncssh.SFTPAttrs:
    kind = FILEXFER_TYPE_DIRECTORY if stat.S_ISDIR(mode) else FILEXFER_TYPE_REGULAR
    return asyncssh.SFTPAttrs(type=kind, permissions=mode, size=size, atime=int(at), mtime=int(at))


@contextmanager
def _refusals() -> Iterator[None]:
    """Say in words of SFTP what the router refuses."""
    try:
        yield
    except Refused as refused:
        if refused.message == FULL:
            raise asyncssh.SFTPNoSpaceOnFilesystem(refused.message) from refused
        if refused.category == MISSING:
            raise asyncssh.SFTPNoSuchFile(refused.message) from refused
        raise asyncssh.SFTPFailure(refused.message) from refused
