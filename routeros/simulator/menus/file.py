"""Files and directories: ``/file``. What is outside ``flash``, where there is one, is lost at a restart."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence

from fleet.versions import Version
from routeros.simulator.device import formats
from routeros.simulator.device.model import Model
from routeros.simulator.doors.wire import Call
from routeros.simulator.menu import Menu
from routeros.simulator.outcome import ARGUMENT, MISSING, Outcome, Refused, Reply, Row
from routeros.simulator.parts.files import STORE, Files
from routeros.simulator.router import Router

LONGEST = 60_416
"""What ``contents`` takes; a few hundred bytes more are refused, 100 KiB end the connection."""

SHOWN, SHOWN_BEFORE = 60 * 1024, 4095
"""Up to so many bytes ``print`` shows contents: v7, and v6."""

LARGEST_CHUNK = 32_768
READ_SINCE, NAMED_SINCE = Version(7, 13), Version(7, 16)

_TYPES = {"backup": "backup", "rsc": "script", "npk": "package"}


def _show(router: Router, rows: Sequence[Row], wanted: Container[str]) -> Sequence[Row]:
    """Tell all files; rows that are given are those that just changed."""
    files = router.part(Files)
    names = [files.named(row[".id"]) for row in rows] or files.names()
    return [_row(router, name, wanted) for name in names]


def _row(router: Router, name: str, wanted: Container[str]) -> Row:
    file, version = router.part(Files).file(name), router.model.version
    row = {".id": file.id, "name": name, "type": _type(name, file.directory)}
    if not file.directory:
        row["size"] = str(len(file.data))
    moment = "last-modified" if version >= NAMED_SINCE else "creation-time"
    row[moment] = formats.moment(version, router.local(file.at))
    longest = SHOWN if version.major > 6 else SHOWN_BEFORE
    if "contents" in wanted and not file.directory and len(file.data) <= longest:
        row["contents"] = file.data.decode("utf-8", "surrogateescape")
    return row


def _type(name: str, directory: bool) -> str:
    if directory:
        return "disk" if name == "flash" else "directory"
    ending = name.rpartition("/")[2].rpartition(".")
    return _TYPES.get(ending[2], f".{ending[2]} file") if ending[0] else "file"


def _add(router: Router, call: Call) -> Outcome:
    name, files = _asked(call, "name").strip("/"), router.part(Files)
    if files.has(name):
        raise Refused("failure: file already exists")
    if call.attributes.get("type") == "directory":
        files.make_directory(name)
    else:
        files.write(name, _contents(call.attributes.get("contents", "")))
    return Reply(returned=files.file(name).id)


def _set(router: Router, call: Call) -> Outcome:
    files = router.part(Files)
    names = _named(files, call)
    for name in names:
        if "contents" in call.attributes:
            files.write(name, _contents(call.attributes["contents"]))
        if "name" in call.attributes and router.model.version >= NAMED_SINCE:
            files.rename(name, call.attributes["name"].strip("/"))
    return Reply()


def _remove(router: Router, call: Call) -> Outcome:
    files = router.part(Files)
    for name in _named(files, call):
        files.remove(name)
    return Reply()


def _read(router: Router, call: Call) -> Outcome:
    """Tell a part of a file of any length."""
    files = router.part(Files)
    data = files.read(files.named(_asked(call, "file")))
    offset, size = _number(call, "offset", 0, 2**63), _number(call, "chunk-size", 1, LARGEST_CHUNK)
    return Reply([{"data": data[offset : offset + size].decode("utf-8", "surrogateescape")}])


def _number(call: Call, name: str, low: int, high: int) -> int:
    said = call.attributes.get(name, str(low if name == "offset" else high))
    if not said.isascii() or not said.isdigit() or not low <= int(said) <= high:
        raise Refused(f"value of {name} out of range ({low}..{high})", ARGUMENT)
    return int(said)


def _asked(call: Call, name: str) -> str:
    if not call.attributes.get(name):
        raise Refused(f"missing value for argument {name}", MISSING)
    return call.attributes[name]


def _named(files: Files, call: Call) -> list[str]:
    asked = next((call.attributes[name] for name in (".id", "numbers") if name in call.attributes), None)
    if asked is None:
        raise Refused("missing value for argument numbers", MISSING)
    return [files.named(mark) for mark in asked.split(",")]


def _contents(said: str) -> bytes:
    data = said.encode("utf-8", "surrogateescape")
    if len(data) > LONGEST:
        raise Refused("failure: contents too long")
    return data


def _between(low: Version, high: Version) -> Callable[[Model], bool]:
    return lambda model: low <= model.version < high


_V6 = {"set": _set, "remove": _remove}
_V7 = {**_V6, "add": _add}
OLD = Menu(STORE, show=_show, exists=_between(Version(0, 0), Version(7, 0)), commands=_V6)
MODERN = Menu(STORE, show=_show, exists=_between(Version(7, 0), READ_SINCE), commands=_V7)
NEW = Menu(STORE, show=_show, exists=_between(READ_SINCE, Version(99, 0)), commands={**_V7, "read": _read})
